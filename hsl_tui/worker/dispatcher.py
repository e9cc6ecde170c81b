"""The dispatcher: reserve, claim, call, record, again and again while anything is due.

A delivery's way through it::

    slots reserved -> claimed and committed as `sending` -> called at its slot -> recorded

The claim is committed before the call leaves, and never larger than the places that are free nor
further ahead than its slot, so that a crash leaves only calls in flight uncertain.
"""

from __future__ import annotations

import asyncio
import logging
import math
from collections import deque
from collections.abc import Callable, Collection
from datetime import timedelta
from typing import Final

from hsl_tui.errors import DatabaseError
from hsl_tui.failpoints import Failpoint, reach
from hsl_tui.models.views import Claim
from hsl_tui.services.context import Context
from hsl_tui.store import ledger, pace, recording
from hsl_tui.store.database import Session
from hsl_tui.telegram.gateway import Gateway
from hsl_tui.worker.calls import Calls
from hsl_tui.worker.claims import Turn, claim_fairly, waiting_broadcasts
from hsl_tui.worker.health import Health
from hsl_tui.worker.hold import Hold
from hsl_tui.worker.outage import Outage
from hsl_tui.worker.pacer import Pacer
from hsl_tui.worker.recorder import Recorder
from hsl_tui.worker.slots import Slots
from hsl_tui.worker.verdicts import put_back

logger = logging.getLogger(__name__)

POLL: Final = 1.0
"""Seconds between looks for work when there is none: how soon a broadcast for now starts."""

_AFTER_TROUBLE: Final = 2.0
"""Seconds before the next attempt when the database is away."""

_PATIENCE_ONCE: Final = 10.0
"""Seconds between probes of a Telegram that gives no answers, beyond which a single sweep ends."""

_SOON: Final = 2.0
"""Seconds for which a single sweep waits for what was put off because its chat had been written to
a moment ago; the next sweep would be far later."""

_LONG_HALT: Final = 60.0
"""Seconds of a halt for which a single sweep does not wait: the next one is nearer."""


def places(rate: float) -> int:
    """How many calls may be open at once: two seconds' worth, within bounds."""
    return 250 if rate == 0 else min(max(math.ceil(2 * rate), 10), 400)


class Dispatcher:
    """Sends what is due, through one gateway, in one event loop.

    Args:
        worker_id: gives the row of ``workers`` to claim for, which may change while this runs.
        actor: this worker as the audit log names it.
    """

    def __init__(
        self,
        context: Context,
        gateway: Gateway,
        recorder: Recorder,
        *,
        worker_id: Callable[[], int],
        actor: str,
    ) -> None:
        self._context = context
        self._recorder = recorder
        self._gateway = gateway
        self._bot_id = gateway.bot_id
        self._worker_id = worker_id
        self._actor = actor
        self.hold = Hold()
        rate = context.settings.messages_per_second
        self.health = Health(rate, places(rate))
        self._slots = Slots(rate)
        self.calls = Calls(
            context,
            gateway,
            recorder,
            hold=self.hold,
            health=self.health,
            slots=self._slots,
            worker_id=worker_id,
        )
        self._pacer = Pacer(context, gateway.bot_id, self._slots)
        self._outage = Outage(context, gateway, self.health, actor)
        self._turn = Turn()
        self._wake = asyncio.Event()
        self._stopping = False
        self._has_work = False
        self._called_at = -math.inf
        """When this began, or a call was set off last, in the event loop's time."""
        self._in_doubt: set[int] = set()
        """Workers' rows whose last claim may or may not have been committed."""
        self.trouble: str | None = None
        """Why nothing can be claimed at the moment."""

    def wake(self) -> None:
        """Look for work now."""
        self._wake.set()

    def stop(self) -> None:
        """Claim nothing more; what is in flight ends."""
        self._stopping = True
        self._wake.set()

    def cut_off(self) -> None:
        """Claim nothing more, and wait for no answer."""
        self.stop()
        self.calls.cut_off()

    async def run(self, *, once: bool) -> None:
        """Send until stopped, or with ``once`` until nothing due is left to send now.

        Returns when every claim has its outcome and every outcome is recorded.
        """
        self._called_at = self._now()
        while not self._stopping and await self._step(once=once):
            pass
        await self.calls.until_at_most(0)
        await self._recorder.drained()
        while self._in_doubt:
            await self._step(once=True)

    async def _step(self, *, once: bool) -> bool:
        """Do what there is to do next; False when a single sweep has come to its end."""
        try:
            if self._in_doubt:
                await self._give_back_in_doubt()
            elif self.health.is_ill:
                if once and self.health.probe_after > _PATIENCE_ONCE:
                    return False
                await self._outage.hold()
                await self._idle(self.health.probe_after)
                if not self._stopping:
                    await self._outage.probe()
            elif not await self._proceed():
                if once and await self._is_done():
                    return False
                await self._idle(POLL)
        except DatabaseError as error:
            if self.trouble is None:
                logger.warning("Nothing can be claimed: %s", error)
            self.trouble = str(error)
            await self._idle(_AFTER_TROUBLE)
        else:
            self.trouble = None
        return True

    async def _proceed(self) -> bool:
        """Send a little of what is due; False when nothing is."""
        self._has_work = self._has_work or await self._look()
        if self._has_work:
            await self._gateway.prepare()
            await self._round()
            return True
        return False

    async def _round(self) -> None:
        """Claim for the next slots, and set off their calls."""
        limit = self.health.limit
        if self._slots.unlimited:
            # Half of the places at once, so that a commit serves many.
            await self.calls.until_at_most(limit // 2)
            await self._claim_and_call(limit - len(self.calls))
            return
        await self.calls.until_at_most(limit - 1)
        wait = await self._pacer.wait_for_claim()
        if wait > POLL:
            # Many workers share the budget, or one has met a 429. The slots stay reserved: giving
            # them up to reserve others, further ahead, would go on for ever. What may have changed
            # meanwhile, a stop too, is looked at.
            self._has_work = False
            await self._idle(POLL)
            return
        await asyncio.sleep(max(0.0, wait))
        await self._claim_and_call(min(self._pacer.ahead(), limit - len(self.calls)))

    async def _claim_and_call(self, limit: int) -> None:
        if limit < 1 or self._stopping:
            return
        worker_id = self._worker_id()
        began = self._now()
        try:
            claims = await asyncio.to_thread(self._claim, worker_id, limit, self.calls.uploading)
        except DatabaseError:
            # It may have been committed all the same, with only the answer lost.
            self._in_doubt.add(worker_id)
            raise
        reach(Failpoint.CLAIM_COMMITTED)
        self._pacer.note_claim(self._now() - began)
        self._has_work = bool(claims)
        if not claims:
            self._slots.clear()
        await self._call(deque(claims))

    async def _call(self, claims: deque[Claim]) -> None:
        """Set off a call for each claim, or put it back."""
        try:
            # Before the slots are taken: what is read after its slot's moment leaves late, and
            # close to the next.
            await self.calls.prepare(claims)
            while claims:
                slot = None
                if not self._slots.unlimited:
                    slot = await self._pacer.next_slot()
                    if slot is None:
                        return
                claim = claims.popleft()
                self._slots.owe(self.calls.messages_of(claim) - 1)
                self.calls.begin(claim, slot)
                self._called_at = self._now()
        finally:
            for claim in claims:
                self.calls.give_back(claim)

    def _claim(self, worker_id: int, limit: int, without: Collection[int]) -> list[Claim]:
        with self._context.database.write() as session:
            if self._is_held(session):
                return []
            return claim_fairly(
                session,
                self._turn,
                worker_id=worker_id,
                actor=self._actor,
                limit=limit,
                sweep_limit=self._context.settings.sweep_limit,
                without=without,
                now=self._context.clock.now(),
            )

    async def _give_back_in_doubt(self) -> None:
        """Put back what a failed claim may have taken: nothing of it was called."""
        known = self.calls.open | self._recorder.waiting_for
        for worker_id in tuple(self._in_doubt):
            await asyncio.to_thread(self._give_back_unknown, worker_id, known)
            self._in_doubt.discard(worker_id)

    def _give_back_unknown(self, worker_id: int, known: Collection[tuple[int, int, int]]) -> None:
        with self._context.database.write() as session:
            now = self._context.clock.now()
            unknown = [one for one in ledger.held(session, worker_id) if one not in known]
            recording.record(session, [put_back(*one, at=now) for one in unknown], now=now)

    async def _look(self, *, ahead: float = 0.0) -> bool:
        """Whether there is anything that may be sent now, or within so many seconds."""
        return await asyncio.to_thread(self._is_anything_due, self.calls.uploading, ahead)

    def _is_anything_due(self, without: Collection[int], ahead: float) -> bool:
        with self._context.database.read() as session:
            if self._is_held(session):
                return False
            now = self._context.clock.now() + timedelta(seconds=ahead)
            return bool(waiting_broadcasts(session, limit=1, without=without, now=now))

    def _is_held(self, session: Session) -> bool:
        """Whether nothing may be sent, by what any worker of the bot has learnt."""
        standing = pace.standing(session, self._bot_id)
        self.hold.stopped_reason = standing.stopped_reason
        self.hold.halt(standing.halted_for)
        return self.hold.is_on

    async def _is_done(self) -> bool:
        """Whether a single sweep has come to its end."""
        if self.hold.stopped_reason is not None or self.hold.halted_for > _LONG_HALT:
            return True
        if self.hold.is_on:
            return False
        # An outcome may have put something back that is due at once.
        await self.calls.until_at_most(0)
        await self._recorder.drained()
        # Bounded, for another worker's call to the same chat may take long.
        waits = self._now() - self._called_at < _SOON
        return not await self._look(ahead=_SOON if waits else 0) and not self.hold.is_on

    async def _idle(self, seconds: float) -> None:
        """Wait so long, or until woken."""
        try:
            async with asyncio.timeout(seconds):
                await self._wake.wait()
        except TimeoutError:
            return
        self._wake.clear()

    def _now(self) -> float:
        return asyncio.get_running_loop().time()
