"""The rows that an operator has marked, to do something to all of them."""

from __future__ import annotations

from collections.abc import Callable, Hashable


class Marks:
    """What marked rows are known by. It outlives the rows, which are read anew."""

    def __init__(self) -> None:
        self.all: frozenset[Hashable] = frozenset()
        self.extending = False
        """Whether the rows that the cursor passes are marked."""
        self.stays = False
        """Whether that goes on with every move."""
        self._anchor = 0
        self._before: frozenset[Hashable] = frozenset()
        self._passed: dict[int, Hashable] = {}

    def toggle(self, key: Hashable) -> None:
        """Mark a row, or unmark it."""
        self.extending = False
        self.all ^= {key}

    def begin(self, place: int, *, stays: bool) -> None:
        """Mark from here on what lies between this place and the cursor."""
        self.extending, self.stays = True, stays
        self._anchor, self._before, self._passed = place, self.all, {}

    def end(self) -> None:
        """Let the cursor move without marking."""
        self.extending = False

    def extend(self, cursor: int, key_at: Callable[[int], Hashable | None]) -> None:
        """Mark just what lies between the beginning and the cursor, beside earlier marks.

        Args:
            key_at: what the row at a place is known by; None where it is not in memory.
        """
        first, last = min(self._anchor, cursor), max(self._anchor, cursor)
        span = range(first, last + 1)
        found = ((place, self._passed.get(place, key_at(place))) for place in span)
        self._passed = {place: key for place, key in found if key is not None}
        self.all = self._before | frozenset(self._passed.values())

    def move(self, by: int) -> None:
        """The places of rows have moved."""
        self._anchor += by
        self._passed = {place + by: key for place, key in self._passed.items()}

    def clear(self) -> None:
        """Unmark everything."""
        self.all, self.extending = frozenset(), False
