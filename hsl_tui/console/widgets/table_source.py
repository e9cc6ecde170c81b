"""Where the rows of a table come from, read from a key on, or back from one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final, Generic, TypeVar

Row = TypeVar("Row")

Load = Callable[[Any, int], Sequence[Row]]
"""Called in a thread: up to so many rows after a key, or from the beginning for None.

Read backwards it is up to so many before a key, or at the end for None, in the list's order.
"""

_REACH: Final = 4
"""Windows that are read to find a key again."""


@dataclass(frozen=True, slots=True)
class Source(Generic[Row]):
    """A list of any length.

    Attributes:
        before: reads backwards.
        place: gives the key after which the row at a place stands, exactly or about; it is asked
            only where the length of the list is known.
        ends: whether ``before`` can tell the end of the list.
    """

    window: Load[Row]
    before: Load[Row]
    place: Callable[[int], Any] | None = None
    ends: bool = True


def source(
    window: Load[Row],
    before: Load[Row] | None,
    place: Callable[[int], Any] | None,
    key: Callable[[Row], Any],
) -> Source[Row]:
    """A list, which may be one that can be read forwards only."""
    if before is not None:
        return Source(window, before, place)
    passed = _Passed(window, key)
    return Source(passed.window, passed.before, place, ends=False)


class _Passed(Generic[Row]):
    """Goes back over a list that can be read forwards only, by the keys that it was read after."""

    def __init__(self, load: Load[Row], key: Callable[[Row], Any]) -> None:
        self._load = load
        self._key = key
        self._starts: list[Any] = []
        self._descends = False

    def window(self, after: Any, limit: int) -> Sequence[Row]:
        rows = self._load(after, limit)
        if after is None:
            self._descends = bool(rows) and self._key(rows[0]) > self._key(rows[-1])
        elif not self._starts or self._precedes(self._starts[-1], after):
            self._starts.append(after)
        return rows

    def before(self, key: Any, limit: int) -> Sequence[Row]:
        number = len(self._starts)
        while number and not self._precedes(self._starts[number - 1], key):
            number -= 1
        # One more back: between the last of them and the key there may be less than a page.
        start = self._starts[number - 2] if number > 1 else None
        rows = self._load(start, _REACH * limit)
        return [row for row in rows if self._precedes(self._key(row), key)][-limit:]

    def _precedes(self, one: Any, other: Any) -> bool:
        return bool(one > other if self._descends else one < other)
