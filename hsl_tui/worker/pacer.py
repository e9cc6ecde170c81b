"""When to claim and when to call: slots reserved in the database, in this worker's own time."""

from __future__ import annotations

import asyncio
from typing import Final

from hsl_tui.services.context import Context
from hsl_tui.store import pace
from hsl_tui.worker.server_time import ServerTime
from hsl_tui.worker.slots import LEAD, Slots

_LONGEST_CLAIM: Final = 0.5
"""Seconds before its slots that a claim is begun at most, however slow the database is."""

_FORGETTING: Final = 0.9
"""How much of the longest claim of late the next one remembers."""


class Pacer:
    """Keeps slots in hand, and says when to begin a claim for the next of them.

    Args:
        slots: where they are kept, for whoever missed one to take another.
    """

    def __init__(self, context: Context, bot_id: int, slots: Slots) -> None:
        self._context = context
        self._bot_id = bot_id
        self._slots = slots
        self._server_time = ServerTime()
        self._claim_time = 0.0
        """Seconds that a claim takes of late, from its beginning to its commit."""

    async def wait_for_claim(self) -> float:
        """Seconds until a claim for the next slot should begin; reserves where few are left.

        Raises:
            DatabaseError: none can be reserved.
        """
        while (first := self._slots.first(self._now())) is None or self._slots.run_out(
            self._now() + self._claim_time
        ):
            await self._reserve()
        return first - LEAD - self._claim_time - self._now()

    def ahead(self) -> int:
        """How many deliveries to claim now, for the slots that will be near by then."""
        return self._slots.ahead(self._now() + self._claim_time)

    def note_claim(self, seconds: float) -> None:
        """Take in how long a claim took: the next one begins so much earlier."""
        self._claim_time = min(max(seconds, _FORGETTING * self._claim_time), _LONGEST_CLAIM)

    async def next_slot(self) -> float | None:
        """The next slot, which this uses up; None where it is not near.

        Raises:
            DatabaseError: none can be reserved.
        """
        while self._slots.first(self._now()) is None:
            await self._reserve()
        return self._slots.take(self._now())

    async def _reserve(self) -> None:
        self._slots.add_block(await asyncio.to_thread(self._reserve_block))

    def _reserve_block(self) -> float:
        monotonic = self._context.clock.monotonic
        with self._context.database.write() as session:
            before = monotonic()
            block = pace.reserve(
                session,
                self._bot_id,
                slots=self._slots.block,
                interval_us=self._slots.interval_us,
            )
            self._server_time.note(before, block.now_us, monotonic())
        return self._server_time.monotonic(block.start_us)

    def _now(self) -> float:
        return asyncio.get_running_loop().time()
