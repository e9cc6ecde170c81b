"""The part of a long list that is in memory: rows that follow one another, and where they stand."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final, Generic, TypeVar

Row = TypeVar("Row")

PAGE: Final = 100
"""Rows that are read at a time."""

_KEPT: Final = 400
"""Rows that stay in memory on either side of what is in view."""


class Stretch(Generic[Row]):
    """Rows in their order, with the place of the first of them in the list.

    Places are counted from the beginning of the list. After a leap they are an estimate, which is
    put right where the stretch meets one end of the list; what takes rows in says by how much the
    places of those that stay have moved.

    Args:
        key: what a reader goes on after and before: any value that orders the rows.
    """

    def __init__(self, key: Callable[[Row], Any]) -> None:
        self.key = key
        self.rows: list[Row] = []
        self.start = 0
        """The place of the first row in memory."""
        self.begun = False
        """Whether that is the first row of the list."""
        self.ended = False
        """Whether the last row in memory is the last of the list."""
        self.stale = 0
        """How many of the first rows in memory may have changed since they were read."""
        self._total: int | None = None
        self._seen = 0
        self._counted = True
        """Whether places were counted from the beginning without a leap."""

    @property
    def end(self) -> int:
        """The place behind the last row in memory."""
        return self.start + len(self.rows)

    @property
    def length(self) -> int:
        """How many rows the list has, as far as is known."""
        return self.end if self.ended else max(self.end, self._seen, self._total or 0)

    @property
    def total(self) -> int | None:
        """How many rows the list is said to have, where somebody knows."""
        return self._total

    @total.setter
    def total(self, total: int | None) -> None:
        if total != self._total:
            self._total = total
            if total is not None and total > self.length:
                self.ended = False

    @property
    def complete(self) -> bool:
        """Whether all there is has been read, so that no row means that there is none."""
        return self.begun and self.ended

    def row(self, place: int) -> Row | None:
        """The row at a place, or None where it is not in memory."""
        return self.rows[place - self.start] if self.start <= place < self.end else None

    def place_of(self, key: Any) -> int | None:
        """Where the row with a key is, if it is in memory."""
        keys = (at for at, row in enumerate(self.rows, self.start) if self.key(row) == key)
        return next(keys, None)

    def lies_outside(self, first: int, last: int) -> bool:
        """Whether none of these places is in memory."""
        return last < self.start or first >= self.end

    def from_here(self, place: int) -> int | None:
        """The first place from a given one on that has its forerunner in memory, to read after."""
        place = max(place, self.start + (not self.begun))
        return place if place < self.end else None

    # --- what was read --------------------------------------------------------------------------

    def put_first(self, rows: Sequence[Row], limit: int) -> int:
        """The beginning of the list."""
        self._become(0, rows)
        self.begun, self._counted = True, True
        return self._end_with(ended=len(rows) < limit)

    def put_last(self, rows: Sequence[Row], limit: int) -> int:
        """The end of the list."""
        whole = len(rows) < limit
        room = 0 if self._total is not None else PAGE
        length = len(rows) if whole else max(self.length, len(rows) + room)
        self._become(length - len(rows), rows)
        self.begun, self._counted = whole, whole
        return self._end_with(ended=True)

    def put_at(self, place: int, rows: Sequence[Row], limit: int) -> int:
        """Rows from about this place on; how far that turned out to be off."""
        self._become(place, rows)
        self.begun, self._counted = False, False
        return self._end_with(ended=len(rows) < limit)

    def put_after(self, rows: Sequence[Row], limit: int) -> int:
        """The rows behind the last in memory; how far the places have moved."""
        self.rows.extend(rows)
        return self._end_with(ended=len(rows) < limit)

    def put_before(self, rows: Sequence[Row], limit: int) -> int:
        """The rows before the first in memory; how far the places have moved."""
        self.rows[:0] = rows
        self.start -= len(rows)
        self.stale += len(rows) if self.stale else 0
        if len(rows) < limit:
            self.begun, self._counted = True, True
            return self._move(-self.start)
        return self._move(limit) if self.start <= 0 else 0

    def put_again(self, place: int, rows: Sequence[Row], limit: int) -> int:
        """What is there now from this place on; how far the places have moved."""
        self.rows[place - self.start :] = rows
        self.begun = self.begun or place == 0
        self.stale = place - self.start
        return self._end_with(ended=len(rows) < limit)

    def trim(self, first: int, last: int) -> None:
        """Keep only what is near these places."""
        if (over := self.end - (last + _KEPT)) > PAGE and over < len(self.rows):
            self._seen, self.ended = self.length, False
            del self.rows[-over:]
        if (over := first - _KEPT - self.start) > PAGE and over < len(self.rows):
            del self.rows[:over]
            self.start, self.begun = self.start + over, False
            self.stale = max(0, self.stale - over)

    def _become(self, start: int, rows: Sequence[Row]) -> None:
        self._seen = self.length
        self.start, self.rows, self.ended, self.stale = start, list(rows), False, 0

    def _end_with(self, *, ended: bool) -> int:
        self.ended = ended
        moved = 0
        if ended:
            if not self._counted and self._total is not None:
                moved = self._move(max(len(self.rows), self._total) - self.end)
            self._seen = self.end
        return moved

    def _move(self, by: int) -> int:
        self.start += by
        return by
