"""Sending the answers to commands: paced with all else that the bot sends, and never doubled."""

from __future__ import annotations

import asyncio
import logging
import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from hsl_tui.errors import DatabaseError
from hsl_tui.failpoints import IntakePoint, reach
from hsl_tui.models.enums import ErrorKind
from hsl_tui.models.intake import AnswerStatus
from hsl_tui.models.types import EPOCH
from hsl_tui.services import answering, enclosures
from hsl_tui.services.answering import Answer
from hsl_tui.services.context import Context
from hsl_tui.store import answers, bot_intake, pace, profiles, recipients
from hsl_tui.store.answers import Settled, Waiting
from hsl_tui.store.bot_intake import Lease
from hsl_tui.store.database import Session
from hsl_tui.store.server_clock import SECOND_US
from hsl_tui.telegram.gateway import Gateway
from hsl_tui.telegram.outcomes import Outcome, Verdict
from hsl_tui.worker.intake_record import IntakeRecord
from hsl_tui.worker.server_time import ServerTime
from hsl_tui.worker.slots import LATEST, Slots

logger = logging.getLogger(__name__)

BLOCK: Final = 5
"""Answers that are on their way at once: as many a crash can leave uncertain."""

LOOK: Final = 1.0
"""Seconds between looks for answers that wait, and after trouble."""

FIRST_BACKOFF: Final = 5.0
"""Seconds before an answer that was not sent is tried again; each further wait is thrice that."""

_MOST_SLOTS: Final = 5
"""Slots that one answer may miss before it is put back."""

_LONGEST_LEAD: Final = 0.5
_FIRST_LEAD: Final = 0.05
"""Seconds before its slot that an answer is claimed: as long as that takes of late."""

_LONGEST_PAUSE: Final = 60.0
"""Seconds without any answer at most, while Telegram is ill."""


@dataclass(frozen=True, slots=True)
class _Sent:
    """An answer with what became of its call."""

    waiting: Waiting
    answer: Answer
    outcome: Outcome | None
    """None where no call was made: its slot was missed."""


class Answers:
    """Sends answers while this worker holds the lease.

    Args:
        lease: gives the lease that is held; None while there is none.
    """

    def __init__(
        self,
        context: Context,
        gateway: Gateway,
        record: IntakeRecord,
        lease: Callable[[], Lease | None],
    ) -> None:
        self._database = context.database
        self._wall = context.clock.now
        self._most = context.settings.max_attempts
        self._gateway = gateway
        self._bot_id = gateway.bot_id
        self._record = record
        self._lease = lease
        self._interval_us = Slots(context.settings.messages_per_second).interval_us
        self._interval = self._interval_us / SECOND_US
        self._server_time = ServerTime()
        self._reserving = asyncio.Lock()
        self._lead = _FIRST_LEAD
        self._ill = 0
        """Rounds in a row of which an outcome was uncertain."""
        self._wake = asyncio.Event()
        self._is_stopped = False

    def wake(self) -> None:
        """Look for answers now."""
        self._wake.set()

    def stop(self) -> None:
        """Send nothing more; calls on their way end."""
        self._is_stopped = True
        self._wake.set()

    async def run(self) -> None:
        """Send answers until stopped."""
        await self._gateway.prepare()
        while not self._is_stopped:
            (sent,) = await asyncio.gather(self._round(), return_exceptions=True)
            if isinstance(sent, DatabaseError):
                # Whoever takes updates in says so.
                await self._idle(LOOK)
            elif isinstance(sent, BaseException):
                logger.error("The answers met an unexpected error.", exc_info=sent)
                await self._idle(LOOK)
            elif not sent:
                await self._idle(LOOK)

    async def _round(self) -> bool:
        """Send a few answers; False where there was nothing to send, or nothing may be sent."""
        lease = self._lease()
        if lease is None:
            return False
        slots = await asyncio.to_thread(self._reserve, lease)
        if not slots:
            return False
        await self._until(slots[0] - self._lead)
        if self._is_stopped:
            return False
        began = time.monotonic()
        claimed = await asyncio.to_thread(self._claim, lease, len(slots))
        self._lead = min(max(time.monotonic() - began, 0.9 * self._lead), _LONGEST_LEAD)
        reach(IntakePoint.ANSWERS_CLAIMED)
        calls = (
            self._send(one, answer, slot)
            for (one, answer), slot in zip(claimed, slots, strict=False)
        )
        sent = await asyncio.gather(*calls)
        reach(IntakePoint.ANSWERS_SENT)
        await self._keep(lease, sent)
        reach(IntakePoint.ANSWERS_RECORDED)
        await self._spare(sent)
        return bool(claimed)

    def _reserve(self, lease: Lease) -> list[float]:
        """Reserve slots for what waits, in monotonic seconds; none where nothing may be sent."""
        now = self._wall()
        with self._database.read() as session:
            number = answers.due(session, lease, limit=BLOCK, now=now)
            if not number or self._is_held(session):
                return []
        return self._slots(number)

    def _slots(self, number: int) -> list[float]:
        """Reserve so many slots that are not too near to be used, in monotonic seconds."""
        slots = self._block(number)
        too_near = time.monotonic() + self._lead - slots[0]
        if self._interval and too_near > 0:
            # Nobody had reserved any further ahead, so that nobody misses these.
            passed = math.ceil(too_near / self._interval)
            slots = (slots + self._block(passed))[passed:]
        return slots

    def _block(self, number: int) -> list[float]:
        with self._database.write() as session:
            before = time.monotonic()
            block = pace.reserve(session, self._bot_id, slots=number, interval_us=self._interval_us)
            self._server_time.note(before, block.now_us, time.monotonic())
        start = self._server_time.monotonic(block.start_us)
        return [start + at * self._interval for at in range(number)]

    def _is_held(self, session: Session) -> bool:
        standing = pace.standing(session, self._bot_id)
        return standing.stopped_reason is not None or standing.halted_for > 0

    def _claim(self, lease: Lease, number: int) -> list[tuple[Waiting, Answer]]:
        """Commit answers as being sent, and make them up."""
        with self._database.write() as session:
            # By now another worker may hold the lease, or Telegram have asked for silence.
            if bot_intake.lock(session, lease) is None or self._is_held(session):
                return []
            claimed = answers.claim(session, lease, limit=number, now=self._wall())
            return [
                (one, answering.make_up(session, one.kind, one.chat_id, self._bot_id))
                for one in claimed
            ]

    async def _send(self, waiting: Waiting, answer: Answer, slot: float) -> _Sent:
        if not await self._is_in_time(slot):
            return _Sent(waiting, answer, None)
        sending = self._gateway.send(
            waiting.chat_id, answer.text, answer.content, uploads=answer.uploads
        )
        (outcome,) = await asyncio.gather(sending, return_exceptions=True)
        if isinstance(outcome, BaseException):
            # A bug of ours, perhaps after the request was written.
            logger.error("An answer met an unexpected error.", exc_info=outcome)
            outcome = Outcome(
                Verdict.UNCERTAIN, ErrorKind.OTHER, description=type(outcome).__name__
            )
        return _Sent(waiting, answer, outcome)

    async def _is_in_time(self, slot: float) -> bool:
        """Wait for the slot, and where a busy machine makes that late, for another one.

        Returns:
            False where all were missed, or this is to end.
        """
        for _ in range(_MOST_SLOTS):
            await self._until(slot)
            if self._is_stopped:
                return False
            if not self._interval or time.monotonic() <= slot + max(LATEST, self._interval / 10):
                return True
            async with self._reserving:
                (slot,) = await asyncio.to_thread(self._slots, 1)
        return False

    async def _keep(self, lease: Lease, sent: Sequence[_Sent]) -> None:
        """Record what became of answers, as soon as that can be; when stopped, at once or never."""
        while True:
            recording = asyncio.to_thread(self._settle, lease, sent)
            (error,) = await asyncio.gather(recording, return_exceptions=True)
            if not isinstance(error, DatabaseError):
                if error is not None:
                    raise error
                return
            if self._is_stopped:
                # The next holder of the lease takes them for uncertain.
                raise error
            await self._idle(LOOK)

    def _settle(self, lease: Lease, sent: Sequence[_Sent]) -> None:
        now = self._wall()
        with self._database.write() as session:
            answers.settle(session, lease, [_settled(one, self._most, now) for one in sent])
            self._follow(session, sent, now)
        refused = [one.outcome for one in sent if _is(one, Verdict.BOT_REFUSED)]
        if refused and refused[0] is not None:
            self._record.stop_bot(f"Telegram refuses the bot token: {refused[0].description}")

    def _follow(self, session: Session, sent: Sequence[_Sent], now: datetime) -> None:
        """Carry out what outcomes mean beyond their answers."""
        known = profiles.lock(session, [one.waiting.chat_id for one in sent])
        for one in sent:
            outcome, recipient = one.outcome, known.get(one.waiting.chat_id)
            if outcome is None:
                continue
            enclosures.note_files(session, self._bot_id, one.answer.kept, outcome)
            if outcome.verdict is Verdict.CONTENT_REFUSED:
                logger.warning(
                    "Telegram refuses the template %r: %s", one.waiting.kind, outcome.description
                )
            if recipient is not None and outcome.recipient_state is not None:
                reason = outcome.description or ""
                recipients.set_state(
                    session, recipient.id, outcome.recipient_state, reason=reason, now=now
                )
            if (to := outcome.migrate_to_chat_id) is not None:
                answers.move_chat(session, one.waiting.chat_id, to)
            if outcome.verdict is Verdict.RATE_LIMITED:
                pace.halt(session, self._bot_id, seconds=outcome.retry_after or 0.0)

    async def _spare(self, sent: Sequence[_Sent]) -> None:
        """Wait for longer and longer, while answers get no clear outcome."""
        if not any(_is(one, Verdict.UNCERTAIN) for one in sent):
            self._ill = 0
            return
        await self._idle(min(2.0**self._ill, _LONGEST_PAUSE))
        self._ill = min(self._ill + 1, 10)

    async def _until(self, moment: float) -> None:
        """Wait for a moment of the monotonic clock, or until stopped."""
        while not self._is_stopped and (wait := moment - time.monotonic()) > 0:
            await self._idle(wait)

    async def _idle(self, seconds: float) -> None:
        """Wait so long, or until woken."""
        try:
            async with asyncio.timeout(seconds):
                await self._wake.wait()
        except TimeoutError:
            return
        self._wake.clear()


def _is(one: _Sent, verdict: Verdict) -> bool:
    return one.outcome is not None and one.outcome.verdict is verdict


def _settled(one: _Sent, most: int, now: datetime) -> Settled:
    """What is recorded of an answer after its call."""
    waiting, outcome = one.waiting, one.outcome
    if outcome is None:
        return Settled(waiting.id, AnswerStatus.PENDING, counted=False)
    said = outcome.description
    match outcome.verdict:
        case Verdict.SENT:
            return Settled(waiting.id, AnswerStatus.SENT)
        case Verdict.UNCERTAIN:
            return Settled(waiting.id, AnswerStatus.UNCERTAIN, error=said)
        case Verdict.RATE_LIMITED | Verdict.BOT_REFUSED:
            return Settled(waiting.id, AnswerStatus.PENDING, counted=False, error=said)
        case Verdict.NOT_SENT | Verdict.MIGRATED if waiting.attempts + 1 < most:
            is_moved = outcome.verdict is Verdict.MIGRATED
            wait = timedelta(seconds=FIRST_BACKOFF * 3 ** min(waiting.attempts, 6))
            at = EPOCH if is_moved else now + wait
            return Settled(waiting.id, AnswerStatus.PENDING, not_before=at, error=said)
        case _:
            return Settled(waiting.id, AnswerStatus.FAILED, error=said)
