"""Send slots: moments at which one message may leave, at most so many a second.

The pace of a bot is reserved in the database in blocks (``store/pace.py``); here a block becomes
moments of this machine's monotonic clock. A slot that was missed is dropped: sends are never moved
together, but those that are within 4 ms, so that Telegram never sees a burst.
"""

from __future__ import annotations

import math
from collections import deque
from typing import Final

from hsl_tui.store.server_clock import SECOND_US

LEAD: Final = 0.020
"""Seconds before its slot by which a delivery is claimed."""

AHEAD: Final = 0.045
"""Seconds before their slots that others are claimed along with it, so that at a high pace a commit
serves many. A crash leaves these uncertain: at 30 a second one or two."""

_RESERVE_AHEAD: Final = 0.1
"""Seconds before the last slot is used up that the next block is reserved: slots that come while
that is under way are not lost."""

LATEST: Final = 0.005
"""Seconds after its moment until which a slot can still be used."""

TICK: Final = 0.004
"""Seconds: slots that are closer than this leave together, at the next multiple of it. At 1000 a
second a worker would wake up for each alone."""

LATEST_TOGETHER: Final = 0.003
"""As LATEST, for slots that leave together: it comes on top of TICK."""

HEADROOM: Final = 0.984
"""Share of the budget that is used. At the full rate 31 messages fit into a closed window of one
second; so much less leaves room for TICK, LATEST and the jitter of a network."""

NEAR: Final = 1.0
"""Seconds ahead of its slot that a claim is held at most: a pause takes effect within two."""

_EVEN: Final = 0.1
"""Share of an interval by which a block may be late and still count as next to another."""

_TICK_US: Final = round(TICK * SECOND_US)

_BLOCK: Final = 0.25
"""Seconds of budget that are reserved at once: how long a halt takes to reach other workers."""


class Slots:
    """The slots that this worker holds.

    Args:
        rate: messages a second; 0 for no limit.
    """

    def __init__(self, rate: float) -> None:
        self.unlimited = rate == 0
        self.interval_us = 0 if self.unlimited else round(SECOND_US / (rate * HEADROOM))
        self._together = self.interval_us < _TICK_US
        self._latest = LATEST_TOGETHER if self._together else LATEST
        self.block = max(1, round(rate * _BLOCK))
        """How many slots to reserve at once."""
        self._moments: deque[float] = deque()
        self._owed = 0
        """Slots to leave out."""
        self._last = 0.0
        """The last slot that was used or left out."""
        self._cleared = False

    def add_block(self, start: float) -> None:
        """Take a reserved block whose first slot is at ``start``, in monotonic seconds."""
        interval = self.interval_us / SECOND_US
        if self._cleared and self._owed:
            # Nothing was sent meanwhile: the slots that there would have been are left out too.
            passed = int((start - self._last) / interval + _EVEN) - 1
            self._owed = max(0, self._owed - max(0, passed))
            self._last = start - interval
        self._cleared = False
        self._moments.extend(start + number * interval for number in range(self.block))

    def first(self, now: float) -> float | None:
        """The first slot that can still be used, or None when a block must be reserved."""
        while self._moments and (self._owed or self._moments[0] < now - self._latest):
            self._owed = max(0, self._owed - 1)
            self._last = self._moments.popleft()
        return self._moments[0] if self._moments else None

    def run_out(self, now: float) -> bool:
        """Whether it is time to reserve another block."""
        return not self._moments or self._moments[-1] < now + _RESERVE_AHEAD

    def ahead(self, now: float) -> int:
        """How many slots start so soon that their deliveries should be claimed now."""
        return sum(1 for moment in self._moments if moment <= now + AHEAD)

    def take(self, now: float) -> float | None:
        """Use up the first slot: the moment to leave at, or None with none within ``NEAR``."""
        moment = self.first(now)
        if moment is None or moment > now + NEAR:
            return None
        self._last = self._moments.popleft()
        return math.ceil(moment / TICK) * TICK if self._together else moment

    def owe(self, number: int) -> None:
        """Leave out so many of the next slots: an album leaves as a whole at its first one.

        By number and not by time: the slots in between may be those of other workers. Only while
        there is nothing to send, after :meth:`clear`, time repays it.
        """
        if not self.unlimited:
            self._owed += number

    def is_missed(self, slot: float, now: float) -> bool:
        """Whether it is too late for a slot that was taken."""
        return now > slot + self._latest

    def clear(self) -> None:
        """Give up all slots: nothing may, or nothing is there to, be sent. What is owed stays."""
        self._moments.clear()
        self._cleared = True
