"""A long list, of which only the pages in use are in memory."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Container, Sequence
from typing import Final, Generic, TypeVar

Row = TypeVar("Row")

PAGE: Final = 100
"""Rows that are read at a time."""

_KEPT: Final = 8
"""Pages in memory; more than any terminal shows at once."""


class Pages(Generic[Row]):
    """Rows by their place in the list, as far as it is known.

    A page is read by the key of the row before it, so that the cost of reading one does not grow
    with its place. Of pages that were dropped only that key is kept.

    Args:
        key: what a reader goes on after: a number that orders the rows.
    """

    def __init__(self, key: Callable[[Row], int]) -> None:
        self.key = key
        self.length = 0
        """How many rows are known to be there."""
        self.complete = False
        """Whether that is all of them."""
        self._after: list[int | None] = [None]
        self._pages: OrderedDict[int, Sequence[Row]] = OrderedDict()

    def row(self, index: int) -> Row | None:
        """The row at a place, or None where its page is not in memory."""
        page = self._pages.get(index // PAGE)
        if page is None or index % PAGE >= len(page):
            return None
        self._pages.move_to_end(index // PAGE)
        return page[index % PAGE]

    def index_of(self, key: int) -> int | None:
        """Where the row with a key is, among the pages in memory."""
        for number, page in self._pages.items():
            for offset, row in enumerate(page):
                if self.key(row) == key:
                    return number * PAGE + offset
        return None

    def missing(self, first: int, last: int) -> int | None:
        """The first page that is needed to show these places and is not in memory."""
        for number in range(first // PAGE, last // PAGE + 1):
            if number >= len(self._after):
                return None
            if number not in self._pages and not (self.complete and number * PAGE >= self.length):
                return number
        return None

    def after(self, number: int) -> int | None:
        """The key that a page is read after; None for the beginning of the list."""
        return self._after[number]

    def page(self, number: int) -> Sequence[Row]:
        """The rows of a page; none where it is not in memory."""
        return self._pages.get(number, ())

    def put(self, number: int, rows: Sequence[Row]) -> bool:
        """Take in a page that was read; whether that changed anything that is shown."""
        if self._pages.get(number) == rows:
            return False
        self._pages[number] = rows
        self._pages.move_to_end(number)
        while len(self._pages) > _KEPT:
            self._pages.popitem(last=False)
        end = number * PAGE + len(rows)
        if len(rows) < PAGE:
            self._cut(number)
            self.length, self.complete = end, True
            return True
        last = self.key(rows[-1])
        if len(self._after) <= number + 1:
            self._after.append(last)
        elif self._after[number + 1] != last:
            # The list has moved: what was read of the pages behind no longer follows.
            self._cut(number)
            self._after.append(last)
            self.length, self.complete = end, False
            return True
        self.length = max(self.length, end)
        return True

    def keep(self, numbers: Container[int]) -> None:
        """Drop all other pages, so that they are read anew when they are needed."""
        for other in [one for one in self._pages if one not in numbers]:
            del self._pages[other]

    def _cut(self, number: int) -> None:
        del self._after[number + 1 :]
        for later in [one for one in self._pages if one > number]:
            del self._pages[later]
