"""Reading CSV files as spreadsheets and scripts write them, whatever is in them.

Lines are read by the thousand where each is a row of its own. Where quotation marks go over lines,
or are out of place, they are read one by one, with care.
"""

from __future__ import annotations

import csv
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from hsl_tui.errors import InvalidInputError
from hsl_tui.services.text_lines import LONGEST_LINE, Lines

SEPARATORS: Final = ",;\t"
_MOST_LINES: Final = 200
"""Lines that one quoted cell may go over, before its quotation mark counts as a slip."""
_MANY: Final = 1000
"""Lines that are read at once."""
_FEW: Final = 16
"""Lines among which a slip is looked for one by one."""


@dataclass(frozen=True, slots=True)
class Row:
    """The cells of one row, and the line in the file, from 1, on which it begins."""

    line: int
    cells: list[str]


@dataclass(frozen=True, slots=True)
class BadRow:
    """A row that cannot be read, why, and what it says."""

    line: int
    reason: str
    text: str


@dataclass(frozen=True, slots=True)
class Block:
    """Rows that follow one another, blank ones among them.

    Attributes:
        first_line: of them.
        last_line: likewise.
        lines: on which the rows begin.
        rows: their cells.
        bad: rows among them that cannot be read.
    """

    first_line: int
    last_line: int
    lines: Sequence[int]
    rows: Sequence[list[str]]
    bad: Sequence[BadRow] = ()


class CsvFile:
    """Rows below a header.

    Args:
        lines: all of the file.
        name: what to call it in messages.
        keys: lower-case names of columns, of which the header must have one; they also tell what
            separates the columns.
        separators: what may do so.
        needs_keys: take no other header.

    Raises:
        InvalidInputError: there is no such header.
    """

    def __init__(
        self,
        lines: Lines,
        name: str,
        keys: Collection[str],
        separators: str = SEPARATORS,
        *,
        needs_keys: bool = True,
    ) -> None:
        self._lines = lines
        self._separator = separators[0]
        self.header = self._read_header(name, keys, separators, needs_keys=needs_keys)

    def blocks(self) -> Iterator[Block]:
        """The rows, about a thousand at a time.

        Raises:
            HslTuiError: the file can no longer be read.
        """
        size = _MANY
        while lines := self._lines.peek(size):
            rows = self._split_each(lines)
            if rows is not None:
                first = self._lines.number + 1
                self._lines.skip(len(lines))
                last = self._lines.number
                yield Block(first, last, range(first, last + 1), rows)
            elif len(lines) > _FEW:
                size = len(lines) // 2
                continue
            else:
                yield self._read_with_care(len(lines))
            size = min(2 * size, _MANY)

    def _read_header(
        self, name: str, keys: Collection[str], separators: str, *, needs_keys: bool
    ) -> list[str]:
        while (line := self._lines.take()) is not None:
            if line.strip():
                break
        else:
            raise InvalidInputError(f"{name} is empty.")
        found: dict[str, list[str]] = {}
        for separator in separators:
            self._separator = separator
            names = self._split([line]) if len(line) <= LONGEST_LINE else None
            if names and any(one.strip().lower() in keys for one in names):
                return [one.strip() for one in names]
            found[separator] = names or []
        if not needs_keys and any(found.values()):
            self._separator = max(found, key=lambda one: len(found[one]))
            return [one.strip() for one in found[self._separator]]
        shown = line.strip()
        shown = shown if len(shown) <= 60 else f"{shown[:60]}…"  # noqa: PLR2004 - half a line
        msg = (
            f"{name} has no column {' or '.join(keys)}; the first line must name the"
            f" columns, and reads {shown!r}."
        )
        raise InvalidInputError(msg)

    def _split_each(self, lines: list[str]) -> list[list[str]] | None:
        """The cells of lines, if each is a row of its own that holds nothing odd."""
        if len(max(lines, key=len)) > LONGEST_LINE or "\0" in "".join(lines):
            return None
        try:
            rows = list(self._reader(lines))
        except csv.Error:
            return None
        return rows if len(rows) == len(lines) else None

    def _read_with_care(self, count: int) -> Block:
        """The rows of at least so many lines."""
        rows: list[Row] = []
        bad: list[BadRow] = []
        first = self._lines.number + 1
        last = self._lines.number + count
        while self._lines.number < last and (row := self._read_row()) is not None:
            if isinstance(row, BadRow):
                bad.append(row)
            else:
                rows.append(row)
        lines = [row.line for row in rows]
        return Block(first, self._lines.number, lines, [row.cells for row in rows], bad)

    def _read_row(self) -> Row | BadRow | None:
        first = self._lines.take()
        if first is None:
            return None
        number = self._lines.number
        if len(first) > LONGEST_LINE:
            return BadRow(number, f"longer than {LONGEST_LINE} characters", first)
        if '"' not in first:
            return self._checked(number, [first])
        return self._read_quoted(number, first)

    def _read_quoted(self, number: int, first: str) -> Row | BadRow:
        """A row with quotation marks, which may go on over the lines that follow."""
        lines = [first]
        length = len(first)
        while (cells := self._split(lines)) is None:
            more = self._take_to_quote(LONGEST_LINE - length, _MOST_LINES - len(lines))
            if not more:
                break
            lines += more
            length += sum(map(len, more))
        else:
            # What a stray mark swallows seldom has the right number of cells.
            if len(lines) == 1 or len(cells) == len(self.header):
                return self._checked(number, lines)
        self._lines.give_back(lines[1:])
        return BadRow(number, "a quotation mark is out of place or is not closed", first)

    def _take_to_quote(self, most_characters: int, most_lines: int) -> list[str]:
        """Lines up to and with the next that has a quotation mark; none if that is too far."""
        lines: list[str] = []
        while most_characters > 0 and len(lines) < most_lines:
            line = self._lines.take()
            if line is None:
                break
            lines.append(line)
            most_characters -= len(line)
            if '"' in line and most_characters >= 0:
                return lines
        self._lines.give_back(lines)
        return []

    def _checked(self, number: int, lines: list[str]) -> Row | BadRow:
        if any("\0" in line for line in lines):
            return BadRow(number, "holds a NUL character", "".join(lines))
        return Row(number, self._split(lines) or [])

    def _split(self, lines: list[str]) -> list[str] | None:
        """The cells of the lines as one row; None when their quotation marks do not fit."""
        try:
            return next(self._reader(lines), [])
        except csv.Error:
            return None

    def _reader(self, lines: list[str]) -> Iterator[list[str]]:
        tabs = self._separator == "\t"
        return csv.reader(lines, delimiter=self._separator, strict=True, skipinitialspace=not tabs)
