"""Calls in flight: each claim is made up, sent, and handed to the recorder with its outcome."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial

from hsl_tui.errors import DatabaseError, HslTuiError
from hsl_tui.models.enums import Act, ErrorKind, UncertainPolicy
from hsl_tui.models.views import Claim
from hsl_tui.services.context import Context
from hsl_tui.store.media import FileKey
from hsl_tui.telegram.gateway import Gateway
from hsl_tui.telegram.outcomes import Outcome, Verdict
from hsl_tui.telegram.uploads import Upload
from hsl_tui.worker.health import Health
from hsl_tui.worker.hold import Hold
from hsl_tui.worker.letters import Letter, Letters
from hsl_tui.worker.recorder import Recorder, Settled, key_of
from hsl_tui.worker.slots import Slots
from hsl_tui.worker.streaks import Streaks
from hsl_tui.worker.uploads import Uploads, why_in_vain
from hsl_tui.worker.verdicts import Policy, put_back, result_of, unsent, why_unsent

logger = logging.getLogger(__name__)


class Calls:
    """The claims of this worker that are not settled: calls that are open, or about to be."""

    def __init__(
        self,
        context: Context,
        gateway: Gateway,
        recorder: Recorder,
        *,
        hold: Hold,
        health: Health,
        slots: Slots,
        worker_id: Callable[[], int],
    ) -> None:
        self._now = context.clock.now
        self._gateway = gateway
        self._recorder = recorder
        self._hold = hold
        self._health = health
        self._slots = slots
        self._streaks = Streaks()
        self._worker_id = worker_id
        self._letters = Letters(context.database, context.settings.max_attempts)
        self._uploads = Uploads(context.database, gateway.bot_id)
        self._reading = asyncio.Lock()
        self._tasks: dict[asyncio.Task[None], Claim] = {}
        self._asked: set[tuple[int, int, int]] = set()
        """Claims of which Telegram may know by now."""
        self._is_cut_off = False
        self._changed = asyncio.Event()
        recorder.when_recorded(self._changed.set)

    def __len__(self) -> int:
        """How many have not ended and been recorded: a crash would leave no more uncertain."""
        return len(self._tasks) + self._recorder.unrecorded

    async def prepare(self, claims: Sequence[Claim]) -> None:
        """Read what the claims' broadcasts say, where it has not been read before.

        One that cannot be read for a reason of its own is met again by its calls.

        Raises:
            DatabaseError: nothing can be read.
        """
        wanted = {claim.broadcast_id for claim in claims}
        read = await asyncio.gather(*map(self._letter, wanted), return_exceptions=True)
        for error in read:
            if isinstance(error, DatabaseError):
                raise error

    def begin(self, claim: Claim, slot: float | None) -> None:
        """Set off a claim's call at its slot, in monotonic seconds, or at once (None).

        Its outcome goes to the recorder.
        """
        if self._is_cut_off:
            self.give_back(claim)
            return
        task = asyncio.get_running_loop().create_task(self._deliver(claim, slot))
        self._tasks[task] = claim
        task.add_done_callback(partial(self._ended, claim))

    @property
    def open(self) -> frozenset[tuple[int, int, int]]:
        """The claims that are not settled."""
        return frozenset(map(key_of, self._tasks.values()))

    @property
    def uploading(self) -> frozenset[int]:
        """Broadcasts whose file is on its way: the rest of them goes by its id, afterwards."""
        return self._letters.uploading

    def messages_of(self, claim: Claim) -> int:
        """How many messages its call makes, as far as is known: an album makes several."""
        letter = self._letters.kept(claim.broadcast_id)
        return 1 if letter is None else letter.messages

    def give_back(self, claim: Claim) -> None:
        """Put a claim back whose call was not begun."""
        self._recorder.add(Settled(claim, put_back(*key_of(claim), at=self._now())))

    def cut_off(self) -> None:
        """Wait for no answer: what may have reached Telegram is uncertain, the rest is put back."""
        self._is_cut_off = True
        for task in self._tasks:
            task.cancel()

    async def until_at_most(self, number: int) -> None:
        """Wait until no more than so many claims are open or unrecorded."""
        while len(self) > number:
            self._changed.clear()
            await self._changed.wait()

    async def _until_recorded(self, claim: Claim) -> None:
        while key_of(claim) in self._recorder.waiting_for:
            self._changed.clear()
            await self._changed.wait()

    def _ended(self, claim: Claim, task: asyncio.Task[None]) -> None:
        self._tasks.pop(task, None)
        self._changed.set()
        if task.cancelled():
            self._settle_cut_off(claim)
            return
        self._asked.discard(key_of(claim))
        error = task.exception()
        if error is not None and self._letters.kept(claim.broadcast_id) is None:
            # Nothing was called, and nothing of this broadcast can be.
            logger.error("Broadcast %d cannot be read.", claim.broadcast_id, exc_info=error)
            why = f"It cannot be read ({type(error).__name__}); the worker's log says more."
            back = put_back(*key_of(claim), at=self._now())
            self._recorder.add(Settled(claim, back, pause=why))
        elif error is not None:
            # A bug of ours, perhaps after the request was written: what became of it is unknown.
            logger.error("A delivery met an unexpected error.", exc_info=error)
            unknown = Outcome(Verdict.UNCERTAIN, ErrorKind.OTHER, description=type(error).__name__)
            self._settle(claim, unknown, self._letters.kept(claim.broadcast_id))

    def _settle_cut_off(self, claim: Claim) -> None:
        letter = self._letters.kept(claim.broadcast_id)
        if letter is None or key_of(claim) not in self._asked:
            self.give_back(claim)
            return
        said = "The console was left before Telegram answered."
        unknown = Outcome(Verdict.UNCERTAIN, ErrorKind.NO_ANSWER, description=said)
        result = result_of(unknown, claim, letter.policy, at=self._now())
        self._recorder.add(Settled(claim, result, unknown))

    async def _deliver(self, claim: Claim, slot: float | None) -> None:
        is_missed = slot is not None and not await self._is_in_time(slot)
        if is_missed or self._hold.is_on or self._health.is_ill:
            self.give_back(claim)
            return
        try:
            letter = await self._letter(claim.broadcast_id)
        except DatabaseError:
            self.give_back(claim)
            return
        forbidden = why_unsent(letter.act, claim, self._now())
        if forbidden is not None:
            self._unsent(claim, *forbidden)
            return
        try:
            text = letter.made_up_for(claim)
        except HslTuiError as error:
            self._unsent(claim, ErrorKind.RENDERING, str(error))
            return
        if not letter.untold:
            self._settle(claim, await self._send(claim, text, letter), letter)
        elif letter.is_left_alone:
            self.give_back(claim)
        else:
            async with letter.first:
                await self._send_first(claim, text, letter)

    async def _send_first(self, claim: Claim, text: str, letter: Letter) -> None:
        """Send the message whose answer tells the ids of files, by which the others go."""
        try:
            uploads = await self._uploads.take(letter, self._worker_id())
        except DatabaseError:
            uploads = None
        if uploads is None:
            self.give_back(claim)
            return
        file_ids: Sequence[str | None] = ()
        try:
            outcome = await self._send(claim, text, letter, uploads)
            file_ids = outcome.file_ids
        finally:
            files = self._uploads.end(letter, uploads, file_ids)
        if self._settle(claim, outcome, letter, files):
            # Until then others could be claimed, and upload it again; so would those that are
            # claimed already.
            await self._until_recorded(claim)
            letter.leave_alone()

    async def _send(
        self, claim: Claim, text: str, letter: Letter, uploads: Mapping[int, Upload] | None = None
    ) -> Outcome:
        began = time.monotonic()
        outcome = await self._call(claim, text, letter, uploads or {})
        # How long a file takes says nothing of how long a message does.
        seconds = None if uploads is not None else time.monotonic() - began
        self._health.note(outcome.verdict, seconds)
        return outcome

    async def _call(
        self, claim: Claim, text: str, letter: Letter, uploads: Mapping[int, Upload]
    ) -> Outcome:
        chat_id, content = claim.person.chat_id, letter.content
        message_ids = () if claim.original is None else claim.original.message_ids
        self._asked.add(key_of(claim))
        match letter.act:
            case Act.SEND:
                return await self._gateway.send(chat_id, text, content, uploads=uploads)
            case Act.EDIT:
                message_id = message_ids[0]
                return await self._gateway.edit(chat_id, text, content, message_id=message_id)
            case Act.RECALL:
                return await self._gateway.delete(chat_id, message_ids)

    async def _is_in_time(self, slot: float) -> bool:
        """Wait for the slot, and where a busy machine makes that late, for another one.

        Sent late, a message would come close to the one after it: the beginning of a burst.

        Returns:
            False where the slot was missed and this worker holds no other that is near.
        """
        other: float | None = slot
        while other is not None:
            await asyncio.sleep(other - time.monotonic())
            now = time.monotonic()
            if not self._slots.is_missed(other, now):
                return True
            other = self._slots.take(now)
        return False

    async def _letter(self, broadcast_id: int) -> Letter:
        kept = self._letters.kept(broadcast_id)
        if kept is not None:
            return kept
        async with self._reading:
            # Another call may have read it meanwhile.
            kept = self._letters.kept(broadcast_id)
            if kept is not None:
                return kept
            return await asyncio.to_thread(self._letters.read, broadcast_id)

    def _settle(
        self,
        claim: Claim,
        outcome: Outcome,
        letter: Letter | None,
        uploaded: Mapping[FileKey, str | None] | None = None,
    ) -> bool:
        """Hand a claim to the recorder; whether its broadcast is to pause."""
        if outcome.verdict is Verdict.RATE_LIMITED:
            wait = outcome.retry_after or 0.0
            self._hold.halt(wait)
            logger.warning("Telegram asks to wait %.0f s before the next message.", wait)
        if outcome.verdict is Verdict.BOT_REFUSED and self._hold.stopped_reason is None:
            self._hold.stopped_reason = outcome.description
            logger.error("Telegram refuses the bot token; nothing is sent: %s", outcome.description)
        policy = Policy(UncertainPolicy.HOLD, 1) if letter is None else letter.policy
        result = result_of(outcome, claim, policy, at=self._now())
        pause = self._streaks.note(claim.broadcast_id, outcome, uploaded=bool(uploaded))
        if outcome.file_ids and uploaded:
            pause = pause or why_in_vain(uploaded)
        self._recorder.add(Settled(claim, result, outcome, uploaded, pause))
        return pause is not None

    def _unsent(self, claim: Claim, kind: ErrorKind, said: str) -> None:
        self._recorder.add(Settled(claim, unsent(claim, kind, said, at=self._now())))
