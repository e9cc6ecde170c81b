"""Lines of a file that were skipped: what is said of them, however many there are."""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Final, overload

from hsl_tui.services.spools import Spool

_SAMPLE: Final = 64
"""Of so many, the place of one is in memory."""


@dataclass(frozen=True, slots=True)
class Reject:
    """A line that was skipped, by its number in the file, why, and what it says."""

    line: int
    reason: str
    cells: tuple[str, ...] = ()


class Rejects(Sequence[Reject]):
    """Skipped lines in their order, kept aside; a few bytes of each are in memory."""

    def __init__(self) -> None:
        self._spool = Spool()
        self._length = 0
        # Of every so manieth: its line, and its place in the spool.
        self._lines = array("q")
        self._places = array("q")

    def append(self, one: Reject) -> None:
        """Add one behind the others.

        Raises:
            HslTuiError: there is no room to keep it.
        """
        place = self._spool.append((one.line, one.reason, one.cells))
        if self._length % _SAMPLE == 0:
            self._lines.append(one.line)
            self._places.append(place)
        self._length += 1

    def shorten(self, length: int) -> None:
        """Forget all but the first so many."""
        self._length = min(length, self._length)

    def behind(self, line: int | None, limit: int) -> list[Reject]:
        """Up to so many on lines behind a line, or from the first one on."""
        sample = 0 if line is None else max(0, bisect_right(self._lines, line) - 1)
        found = (one for one in self._from(sample) if line is None or one.line > line)
        return list(islice(found, limit))

    def __len__(self) -> int:
        return self._length

    def __iter__(self) -> Iterator[Reject]:
        return self._from(0)

    @overload
    def __getitem__(self, at: int) -> Reject: ...
    @overload
    def __getitem__(self, at: slice) -> Sequence[Reject]: ...
    def __getitem__(self, at: int | slice) -> Reject | Sequence[Reject]:
        if isinstance(at, slice):
            return [self[place] for place in range(*at.indices(self._length))]
        place = at + self._length if at < 0 else at
        if not 0 <= place < self._length:
            raise IndexError(at)
        return next(islice(self._from(place // _SAMPLE), place % _SAMPLE, None))

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, Sequence)
            and len(other) == len(self)
            and all(one == another for one, another in zip(self, other, strict=True))
        )

    __hash__ = None  # type: ignore[assignment] # as that of a list

    def __repr__(self) -> str:
        return f"Rejects({self[:10]!r}, {self._length} in all)"

    def _from(self, sample: int) -> Iterator[Reject]:
        if sample >= len(self._places):
            return
        there = self._spool.read(self._places[sample])
        for line, reason, cells in islice(there, self._length - sample * _SAMPLE):
            yield Reject(line, reason, cells)
