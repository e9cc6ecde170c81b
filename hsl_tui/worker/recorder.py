"""Recording outcomes in group commits: what comes in while one commit runs goes into the next."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import islice
from typing import Final

from hsl_tui.errors import DatabaseError
from hsl_tui.failpoints import Failpoint, reach
from hsl_tui.models.enums import BroadcastState, DeliveryStatus, ErrorKind, RecipientState
from hsl_tui.models.moves import StateChange
from hsl_tui.models.types import EPOCH
from hsl_tui.models.views import BroadcastView, Claim
from hsl_tui.services.endings import note_finish
from hsl_tui.store import audit, broadcasts, media, moves, pace, recipients, recording
from hsl_tui.store.database import Database, Session
from hsl_tui.store.media import FileKey
from hsl_tui.store.reasons import Reason
from hsl_tui.store.recording import Result
from hsl_tui.telegram.outcomes import Outcome, Verdict

logger = logging.getLogger(__name__)

_GROUP: Final = 500
_ENOUGH: Final = 50
_GATHER: Final = 0.02
"""Seconds for which outcomes are gathered while there are not enough: a commit costs nearly as much
for one as for fifty. A crash leaves them uncertain, like calls in flight."""
_RETRY_AFTER: Final = 1.0
"""Seconds between attempts to record while the database is away."""


@dataclass(frozen=True, slots=True)
class Settled:
    """A claim with what became of it, waiting to be recorded."""

    claim: Claim
    result: Result
    outcome: Outcome | None = None
    """None where no call was made."""
    uploaded: Mapping[FileKey, str | None] | None = None
    """The files that this call uploaded, with the ids that Telegram gave them."""
    pause: str | None = None
    """Why the broadcast is to pause after this."""


def key_of(claim: Claim) -> tuple[int, int, int]:
    """Broadcast, ``seq`` and token, as :func:`hsl_tui.store.ledger.held` gives them."""
    return claim.broadcast_id, claim.seq, claim.token


class Recorder:
    """Keeps what is settled until the database has it.

    Args:
        on_recorded: told which broadcasts moved, in the event loop.
    """

    def __init__(
        self,
        database: Database,
        bot_id: int,
        actor: str,
        now: Callable[[], datetime],
        on_recorded: Callable[[frozenset[int]], None],
    ) -> None:
        self._database = database
        self._bot_id = bot_id
        self._actor = actor
        self._now = now
        self._on_recorded = on_recorded
        self._waiting: deque[Settled] = deque()
        self._size = _GROUP
        self._news = asyncio.Event()
        self._enough = asyncio.Event()
        self._empty = asyncio.Event()
        self._empty.set()
        self._tell: Callable[[], None] = lambda: None
        self.trouble: str | None = None
        """Why nothing can be recorded at the moment."""

    def when_recorded(self, tell: Callable[[], None]) -> None:
        """Have ``tell`` called, in the event loop, whenever something has been recorded."""
        self._tell = tell

    def add(self, settled: Settled) -> None:
        """Take in what became of a claim; it is kept until it is recorded."""
        self._waiting.append(settled)
        self._empty.clear()
        self._news.set()
        if len(self._waiting) >= _ENOUGH:
            self._enough.set()

    async def drained(self) -> None:
        """Wait until everything is recorded."""
        await self._empty.wait()

    @property
    def waiting_for(self) -> frozenset[tuple[int, int, int]]:
        """The claims whose outcomes only this process knows."""
        return frozenset(key_of(one.claim) for one in self._waiting)

    @property
    def unrecorded(self) -> int:
        """How many outcomes only this process knows."""
        return len(self._waiting)

    async def run(self) -> None:
        """Record for ever; cancel it after :meth:`drained`."""
        while True:
            await self._news.wait()
            self._news.clear()
            while self._waiting:
                await self._gather()
                group = list(islice(self._waiting, self._size))
                error = await self._try(group)
                if isinstance(error, DatabaseError):
                    await asyncio.sleep(_RETRY_AFTER)
                elif error is not None:
                    self._set_apart(group, error)
                else:
                    self._forget(group)
            self._empty.set()

    async def _gather(self) -> None:
        """Let more outcomes come in, for a moment, unless there are enough for a commit."""
        self._enough.clear()
        if len(self._waiting) < _ENOUGH:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_GATHER):
                    await self._enough.wait()

    async def _try(self, group: list[Settled]) -> BaseException | None:
        recording = asyncio.to_thread(self._record, group)
        (error,) = await asyncio.gather(recording, return_exceptions=True)
        if isinstance(error, DatabaseError):
            if self.trouble is None:
                logger.warning("%d outcomes wait to be recorded: %s", len(group), error)
            self.trouble = str(error)
        else:
            self.trouble = None
        return error

    def _forget(self, group: list[Settled]) -> None:
        for _ in group:
            self._waiting.popleft()
        self._size = min(_GROUP, 2 * self._size)
        self._tell()
        self._on_recorded(frozenset(one.claim.broadcast_id for one in group))

    def _set_apart(self, group: list[Settled], error: BaseException) -> None:
        """Find the outcome that no transaction takes, so that it does not stand before the rest."""
        if len(group) > 1:
            self._size = len(group) // 2
            return
        (settled,) = group
        logger.error("An outcome cannot be recorded.", exc_info=error)
        unknown = replace(
            settled, result=_unknown(settled.result), outcome=None, uploaded=None, pause=None
        )
        if settled == unknown:
            self._waiting.popleft()
            self._tell()
        else:
            self._waiting[0] = unknown

    def _record(self, group: list[Settled]) -> None:
        reach(Failpoint.BEFORE_RECORD)
        with self._database.write() as session:
            now = self._now()
            recorded = recording.record(session, [one.result for one in group], now=now)
            stale = set(recorded.stale)
            for result in stale:
                logger.warning(
                    "An outcome of broadcast %d came after its claim was lost: nothing changed.",
                    result.broadcast_id,
                )
            valid = [one for one in group if one.result not in stale]
            self._follow(session, valid, now)
            # What is said of the bot and of files is true whoever holds the claim by now.
            self._hold_bot(session, group, now)
            for one in group:
                media.end_uploads(session, one.uploaded or {}, self._bot_id)
            self._pause(session, valid, now)
            for broadcast in recorded.finished:
                note_finish(session, broadcast, actor=self._actor, now=now)
        reach(Failpoint.AFTER_RECORD)

    def _follow(self, session: Session, group: list[Settled], now: datetime) -> None:
        """Carry out what outcomes mean beyond their deliveries."""
        told = [(one, one.outcome) for one in group if one.outcome is not None]
        changes = [
            StateChange(
                one.claim.recipient_id,
                outcome.recipient_state,
                outcome.description or "",
                # Who has come back since then stays: the answer is older than that.
                learnt_at=one.result.at,
            )
            for one, outcome in told
            if outcome.recipient_state is not None
        ]
        migrated = {
            one.claim.recipient_id: (one.claim, outcome)
            for one, outcome in told
            if outcome.migrate_to_chat_id is not None
        }
        if migrated:
            # All at once, for the order of locks.
            moves.lock(session, {*migrated, *(change.recipient_id for change in changes)})
        moves.apply(session, changes, now=now)
        for claim, outcome in migrated.values():
            self._migrate(session, claim, outcome, now)

    def _migrate(self, session: Session, claim: Claim, outcome: Outcome, now: datetime) -> None:
        if outcome.migrate_to_chat_id is None:
            return
        moved = recipients.move_chat(
            session, claim.recipient_id, outcome.migrate_to_chat_id, now=now
        )
        if not moved:
            # The chat is on record under its new id already, and gets its message there.
            reason = f"It became {outcome.migrate_to_chat_id}, which is on record."
            recipients.set_state(
                session, claim.recipient_id, RecipientState.INVALID, reason=reason, now=now
            )

    def _pause(self, session: Session, group: list[Settled], now: datetime) -> None:
        """Pause broadcasts whose next thousand would fail like these."""
        reasons = {one.claim.broadcast_id: one.pause for one in group if one.pause is not None}
        for broadcast in broadcasts.lock(session, reasons).values():
            if broadcast.state is not BroadcastState.SENDING:
                continue
            reason = reasons[broadcast.id]
            broadcasts.set_state(session, broadcast.id, BroadcastState.PAUSED, reason=reason)
            self._audit(session, now, "broadcast.paused", broadcast, reason=reason)

    def _hold_bot(self, session: Session, group: list[Settled], now: datetime) -> None:
        outcomes = [one.outcome for one in group if one.outcome is not None]
        waits = [one.retry_after or 0 for one in outcomes if one.verdict is Verdict.RATE_LIMITED]
        if waits:
            pace.halt(session, self._bot_id, seconds=max(waits))
        refusals = [one for one in outcomes if one.verdict is Verdict.BOT_REFUSED]
        if refusals:
            reason = f"Telegram refuses the bot token: {refusals[0].description}"
            if pace.stop(session, self._bot_id, reason):
                self._audit(session, now, "bot.stopped", None, reason=reason)

    def _audit(
        self,
        session: Session,
        now: datetime,
        action: str,
        broadcast: BroadcastView | None,
        **details: object,
    ) -> None:
        audit.append(
            session,
            at=now,
            actor=self._actor,
            action=action,
            broadcast_id=None if broadcast is None else broadcast.id,
            details=details,
        )


def _unknown(result: Result) -> Result:
    """The least that can be said of a claim: it may have been delivered."""
    said = "What became of it could not be recorded; the log says why."
    return replace(
        result,
        status=DeliveryStatus.UNCERTAIN,
        counted=True,
        not_before=EPOCH,
        message_id=None,
        reason=Reason(ErrorKind.OTHER, None, said),
    )
