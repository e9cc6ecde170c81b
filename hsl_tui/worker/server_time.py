"""The database's clock in terms of this process's monotonic one.

Slots are reserved in the database's time, by workers whose statements take different times to be
answered. Counting from the answer would move whole blocks by as much, some together, and a server
would see a burst. Each answer brackets the moment at which the database read its clock; the
narrowest bracket of late tells best.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import Final

from hsl_tui.store.server_clock import SECOND_US

_KEPT: Final = 40
"""Answers that are remembered: about ten seconds of them."""


@dataclass(frozen=True, slots=True)
class _Bracket:
    """Between which two values the monotonic clock less the database's lies."""

    low: float
    high: float

    @property
    def width(self) -> float:
        return self.high - self.low


class ServerTime:
    """Follows the database's clock."""

    def __init__(self) -> None:
        self._brackets: deque[_Bracket] = deque(maxlen=_KEPT)

    def note(self, before: float, server_us: int, after: float) -> None:
        """Take in that the database read ``server_us`` between two monotonic moments."""
        server = server_us / SECOND_US
        seen = _Bracket(before - server, after - server)
        if any(seen.high < one.low or seen.low > one.high for one in self._brackets):
            # One of the clocks was set: what was seen before says nothing any more.
            self._brackets.clear()
        self._brackets.append(seen)

    def monotonic(self, server_us: int) -> float:
        """The monotonic moment at which the database's clock reads so."""
        best = min(self._brackets, key=lambda one: one.width)
        return server_us / SECOND_US + (best.low + best.high) / 2
