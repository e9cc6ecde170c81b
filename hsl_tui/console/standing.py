"""What is true of sending and of the database, gathered for the head of every screen."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from hsl_tui.bot_token import bot_id_of
from hsl_tui.console.wording import Tone, duration, plural, zone_name
from hsl_tui.errors import DatabaseError, DatabaseUnavailableError
from hsl_tui.services.context import Context
from hsl_tui.services.outlook import Outlook, look
from hsl_tui.worker import Worker, WorkerStatus

_MINUTE: Final = timedelta(minutes=1)
_FILE: Final = "sqlite:///"
_TWO_DIGITS: Final = 10
_GOOD_FOR: Final = 6.0
"""Seconds after which nobody knows whether what was read still is so."""
_ENDED: Final = "The worker ended on its own; the log says why. Start hsl-tui again."
_AWAY: Final = "Nothing is sent from here while the database is away."


@dataclass(frozen=True, slots=True)
class Standing:
    """What is true at a moment.

    Attributes:
        sending: whether messages leave, from here or elsewhere, and if not, why not.
        bot: its @username or number.
        database: its label, without a password.
        clock: the time of day with its zone, to the minute.
        pace: messages a second, used and allowed; nothing where nobody could send.
        sweep: when broadcasts that are due are looked for next; nothing likewise.
        waiting: whether the database has kept somebody waiting for a while.
        away: since when the database is not there, and why, in words; nothing while it is.
    """

    sending: str
    tone: Tone
    bot: str
    database: str
    clock: str
    pace: str = ""
    sweep: str = ""
    waiting: bool = False
    away: str = ""


class WatchOut:
    """Looks from time to time at what the database tells, and whether it is there.

    Args:
        changed: called when the standing is another now.
        is_back: called when a database that was away has answered.
        slow: whether somebody has been waiting for an answer.
        start: runs a coroutine in the background.
    """

    def __init__(
        self,
        context: Context,
        worker: Worker | None,
        why_off: str | None,
        *,
        changed: Callable[[], None],
        is_back: Callable[[], None],
        slow: Callable[[], bool],
        start: Callable[[Coroutine[None, None, None]], object],
    ) -> None:
        self._context = context
        self._worker = worker
        self._why_off = why_off
        self._changed = changed
        self._is_back = is_back
        self._slow = slow
        self._start = start
        self._seen: tuple[float, Outlook] | None = None
        """What was read last, and when, by the clock that never steps back."""
        self._is_looking = False
        self._bot: str | None = None
        self._lost_at: datetime | None = None
        self._why_lost = ""

    # --- the database ---------------------------------------------------------------------------

    @property
    def is_away(self) -> bool:
        """Whether the database was not there when it was asked last."""
        return self._lost_at is not None

    def begin_look(self) -> None:
        """Look in a thread, unless the last look goes on: little is asked of a slow database."""
        if not self._is_looking:
            self._is_looking = True
            self._start(self._look())

    async def _look(self) -> None:
        began = self._context.clock.monotonic()
        try:
            self._seen = began, await asyncio.to_thread(look, self._context)
        except DatabaseUnavailableError as error:
            self.note_lost(str(error))
            return
        except DatabaseError:
            # It is there, and whoever wants something of it is told.
            return
        finally:
            self._is_looking = False
        was_away, self._lost_at = self.is_away, None
        self._changed()
        if was_away:
            self._is_back()

    def note_error(self, error: DatabaseError) -> None:
        """Take note of what somebody was told who cannot say it."""
        if isinstance(error, DatabaseUnavailableError):
            self.note_lost(str(error))

    def note_lost(self, why: str) -> None:
        """Take note that the database was not there for somebody."""
        if self._lost_at is None:
            self._lost_at = self._context.clock.now()
        self._why_lost = why
        self._changed()

    def note_answer(self) -> None:
        """Take note that somebody was answered: a database that was away may be back."""
        if self.is_away:
            self.begin_look()

    # --- in words -------------------------------------------------------------------------------

    def standing(self) -> Standing:
        """What is true now, without asking anybody."""
        now = self._context.clock.now()
        status = None if self._worker is None else self._worker.status
        sending, tone = self._sending(status)
        return Standing(
            sending=sending,
            tone=tone,
            bot=self._named(status),
            database=self._context.database.label.removeprefix(_FILE),
            clock=self._clock(now, zone=True),
            pace=self._pace(tone),
            sweep=self._sweep(status, tone, now),
            waiting=self._slow() or (self._seen is not None and self._outlook is None),
            away=self._away(),
        )

    def _clock(self, at: datetime, *, zone: bool = False) -> str:
        local = at.astimezone(self._context.settings.zone)
        return f"{local:%H:%M} {zone_name(local)}" if zone else f"{local:%H:%M}"

    def _away(self) -> str:
        if self._lost_at is None:
            return ""
        since = self._clock(self._lost_at)
        return f"The database is away since {since}; trying again. {self._why_lost}"

    @property
    def _outlook(self) -> Outlook | None:
        """What was read, while it may be taken to be so still."""
        if self._seen is None or self._age > _GOOD_FOR:
            return None
        return self._seen[1]

    @property
    def _age(self) -> float:
        """Seconds since that was read."""
        return 0.0 if self._seen is None else self._context.clock.monotonic() - self._seen[0]

    def _named(self, status: WorkerStatus | None) -> str:
        if status is not None and status.alive and self._worker is not None:
            if status.bot is not None:
                self._bot = status.bot
            elif self._bot is None:
                self._worker.ask_name()
        if self._bot:
            return f"@{self._bot}"
        token = self._context.settings.bot_token
        return "" if token is None else f"bot {bot_id_of(token)}"

    def _sending(self, status: WorkerStatus | None) -> tuple[str, Tone]:
        """In words who sends and what keeps them from it, the most serious first."""
        if self.is_away:
            return f"✗ {_AWAY}", "bad"
        if status is None:
            return self._sending_elsewhere()
        wrong = status.stopped_reason or status.trouble
        if wrong or not (status.alive or status.ending):
            return f"✗ {wrong or _ENDED}", "bad"
        if status.ending or status.starting:
            return f"○ The worker is {'ending' if status.ending else 'starting'}.", "plain"
        if status.halted_for > 0:
            return _halted(status.halted_for)
        busy = status.in_flight or (self._outlook is not None and self._outlook.under_way)
        return ("◐ Sending", "busy") if busy else ("● Ready to send", "good")

    def _sending_elsewhere(self) -> tuple[str, Tone]:
        why, outlook = self._why_off or "This process sends nothing.", self._outlook
        if outlook is None:
            return f"○ {why}", "warn"
        if not outlook.workers:
            return f"○ {why} No worker elsewhere.", "warn"
        if outlook.stopped_reason:
            return f"✗ {outlook.stopped_reason}", "bad"
        if (left := outlook.halted_for - self._age) > 0:
            return _halted(left)
        who = f"{plural(outlook.workers, 'worker')} elsewhere"
        if outlook.under_way:
            return f"◐ Sending: {who}, none here", "busy"
        return f"● Ready to send: {who}, none here", "good"

    def _pace(self, tone: Tone) -> str:
        """Messages a second of the bot, of how many it may send."""
        if self._outlook is None or tone in {"warn", "bad"}:
            return ""
        rate, budget = self._outlook.rate, self._context.settings.messages_per_second
        if not rate and tone == "busy":
            # How fast it goes is known once it has gone for a while.
            return f"up to {budget:g} a second" if budget else ""
        used = f"{rate:.1f}" if 0 < rate < _TWO_DIGITS else f"{rate:.0f}"
        return f"{used}/{budget:g} a second" if budget else f"{used} a second"

    def _sweep(self, status: WorkerStatus | None, tone: Tone, now: datetime) -> str:
        at = None if status is None else status.next_sweep
        if status is None and tone in {"good", "busy"}:
            # Every worker sweeps at the beginning of each minute.
            at = now.replace(second=0, microsecond=0) + _MINUTE
        return f"sweep {self._clock(at)}" if at is not None else ""


def _halted(seconds: float) -> tuple[str, Tone]:
    return f"‖ Telegram asks to wait {duration(math.ceil(seconds))}", "warn"
