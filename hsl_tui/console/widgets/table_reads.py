"""The ways in which a table's rows are read: each a call to the source, and what its rows are."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from hsl_tui.console.widgets.stretch import Stretch
from hsl_tui.console.widgets.table_source import Source

Row = TypeVar("Row")


@dataclass(frozen=True, slots=True)
class Read(Generic[Row]):
    """One call to a source.

    Attributes:
        load: the call, for a thread.
        put: takes the rows in; how far the places of those that were there have moved.
        land: where the cursor is then, if it leaps.
    """

    load: Callable[[], Sequence[Row]]
    put: Callable[[Sequence[Row]], int]
    land: Callable[[], int] | None = None


@dataclass(frozen=True, slots=True)
class Reads(Generic[Row]):
    """What can be read of a source into a stretch. Limits are rows."""

    of: Source[Row]
    rows: Stretch[Row]

    def beginning(self, limit: int) -> Read[Row]:
        """The first rows of the list."""
        of, rows = self.of, self.rows
        return Read(lambda: of.window(None, limit), lambda new: rows.put_first(new, limit))

    def ending(self, limit: int) -> Read[Row]:
        """The last rows of the list."""
        of, rows = self.of, self.rows
        return Read(lambda: of.before(None, limit), lambda new: rows.put_last(new, limit))

    def at(self, place: int, limit: int, *, after: Any = None) -> Read[Row]:
        """Rows from about a place on; from a key, where one is given."""
        of, rows = self.of, self.rows
        if after is None and of.place is not None:
            after = of.place(place)
        return Read(lambda: of.window(after, limit), lambda new: rows.put_at(place, new, limit))

    def further(self, limit: int) -> Read[Row]:
        """The rows behind those in memory."""
        of, rows, key = self.of, self.rows, self.rows.key(self.rows.rows[-1])
        return Read(lambda: of.window(key, limit), lambda new: rows.put_after(new, limit))

    def back(self, limit: int) -> Read[Row]:
        """The rows before those in memory."""
        of, rows, key = self.of, self.rows, self.rows.key(self.rows.rows[0])
        return Read(lambda: of.before(key, limit), lambda new: rows.put_before(new, limit))

    def again(self, place: int, limit: int) -> Read[Row]:
        """What is in memory, from a place on, as it is now.

        A row before it must be in memory, unless the list begins there.
        """
        of, rows = self.of, self.rows
        before = rows.row(place - 1)
        after = None if before is None else rows.key(before)
        return Read(lambda: of.window(after, limit), lambda new: rows.put_again(place, new, limit))

    def missing(self, first: int, last: int, *, ahead: int, limit: int) -> Read[Row] | None:
        """What is not in memory of what is in view, or near it."""
        rows = self.rows
        if not rows.rows:
            # Where a leap met no rows, the list ends before.
            lost = rows.start > 0 and self.of.ends
            return None if rows.begun else self.ending(limit) if lost else self.beginning(limit)
        afar = self._afar(first, last, ahead=ahead, limit=limit)
        if afar is not None:
            return afar
        if first - ahead < rows.start and not rows.begun:
            return self.back(limit)
        if last + ahead >= rows.end and not rows.ended:
            return self.further(limit)
        place = rows.from_here(first)
        if place is None or place >= rows.start + rows.stale:
            return None
        return self.again(place, limit)

    def _afar(self, first: int, last: int, *, ahead: int, limit: int) -> Read[Row] | None:
        """What is in view, where nothing of it is in memory and it can be read at once."""
        of, rows = self.of, self.rows
        if not rows.lies_outside(first, last):
            return None
        if last >= rows.length - 1 and of.ends and not rows.ended:
            return self.ending(limit)
        if of.place is None or rows.total is None:
            return None
        return self.at(first - ahead, limit) if first > ahead else self.beginning(limit)
