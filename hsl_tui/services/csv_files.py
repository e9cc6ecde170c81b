"""Reading CSV files as spreadsheets and scripts write them, line by line, whatever is in them."""

from __future__ import annotations

import csv
import io
import shutil
import stat
import tempfile
from collections import deque
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

from hsl_tui.errors import HslTuiError, InvalidInputError
from hsl_tui.services.encodings import find_encoding

_SEPARATORS: Final = ",;\t"
_LONGEST_LINE: Final = 100_000
"""Characters; also of a row that goes over several lines. Below the limit of Python's csv."""
_MOST_LINES: Final = 200
"""Lines that one quoted cell may go over, before its quotation mark counts as a slip."""


@dataclass(frozen=True, slots=True)
class Row:
    """The cells of one row, and the line in the file, from 1, on which it begins."""

    line: int
    cells: list[str]


@dataclass(frozen=True, slots=True)
class BadRow:
    """A row that cannot be read, and why."""

    line: int
    reason: str


class CsvFile:
    """A file of rows below a header; iterating gives its rows once, blank ones left out."""

    def __init__(self, file: BinaryIO, path: Path, keys: Collection[str]) -> None:
        self._file = file
        self._path = path
        self.size = file.seek(0, io.SEEK_END)
        """Bytes."""
        file.seek(0)
        encoding = find_encoding(file, str(path))
        self._text = io.TextIOWrapper(file, encoding=encoding, newline="")
        self._waiting: deque[str] = deque()
        self._line = 0
        self._separator = ","
        self.header = self._read_header(keys)

    @property
    def position(self) -> int:
        """Bytes that were read; a little ahead of the rows that were given."""
        return self._file.tell()

    def __iter__(self) -> Iterator[Row | BadRow]:
        """The rows.

        Raises:
            HslTuiError: the file can no longer be read.
        """
        while (row := self._read_row()) is not None:
            if isinstance(row, BadRow) or any(map(str.strip, row.cells)):
                yield row

    def _read_header(self, keys: Collection[str]) -> list[str]:
        while (line := self._take()) is not None:
            if line.strip():
                break
        else:
            raise InvalidInputError(f"{self._path} is empty.")
        for separator in _SEPARATORS:
            self._separator = separator
            names = self._split([line]) if len(line) <= _LONGEST_LINE else None
            if names and any(name.strip().lower() in keys for name in names):
                return [name.strip() for name in names]
        shown = line.strip()
        shown = shown if len(shown) <= 60 else f"{shown[:60]}…"  # noqa: PLR2004 - half a line
        msg = (
            f"{self._path} has no column {' or '.join(keys)}; the first line must name the"
            f" columns, and reads {shown!r}."
        )
        raise InvalidInputError(msg)

    def _read_row(self) -> Row | BadRow | None:
        first = self._take()
        if first is None:
            return None
        number = self._line
        if len(first) > _LONGEST_LINE:
            return BadRow(number, f"longer than {_LONGEST_LINE} characters")
        if '"' not in first:
            return self._checked(number, [first])
        return self._read_quoted(number, first)

    def _read_quoted(self, number: int, first: str) -> Row | BadRow:
        """A row with quotation marks, which may go on over the lines that follow."""
        lines = [first]
        length = len(first)
        while (cells := self._split(lines)) is None:
            more = self._take_to_quote(_LONGEST_LINE - length, _MOST_LINES - len(lines))
            if not more:
                break
            lines += more
            length += sum(map(len, more))
        else:
            # What a stray mark swallows seldom has the right number of cells.
            if len(lines) == 1 or len(cells) == len(self.header):
                return self._checked(number, lines)
        self._give_back(lines[1:])
        return BadRow(number, "a quotation mark is out of place or is not closed")

    def _take_to_quote(self, most_characters: int, most_lines: int) -> list[str]:
        """Lines up to and with the next that has a quotation mark; none if that is too far."""
        lines: list[str] = []
        while most_characters > 0 and len(lines) < most_lines:
            line = self._take()
            if line is None:
                break
            lines.append(line)
            most_characters -= len(line)
            if '"' in line and most_characters >= 0:
                return lines
        self._give_back(lines)
        return []

    def _checked(self, number: int, lines: list[str]) -> Row | BadRow:
        if any("\0" in line for line in lines):
            return BadRow(number, "holds a NUL character")
        cells = self._split(lines) or []
        if any(cell.strip() for cell in cells[len(self.header) :]):
            return BadRow(number, f"too many fields: {len(cells)}, and {len(self.header)} columns")
        return Row(number, cells)

    def _split(self, lines: list[str]) -> list[str] | None:
        """The cells of the lines as one row; None when their quotation marks do not fit."""
        reader = csv.reader(
            lines, delimiter=self._separator, strict=True, skipinitialspace=self._separator != "\t"
        )
        try:
            cells = next(reader, [])
        except csv.Error:
            return None
        return cells

    def _take(self) -> str | None:
        """The next line with its end; one that is too long is cut and still too long."""
        self._line += 1
        if self._waiting:
            return self._waiting.popleft()
        try:
            line = self._text.readline(_LONGEST_LINE + 1)
            rest = line
            while len(rest) > _LONGEST_LINE and not rest.endswith(("\n", "\r")):
                rest = self._text.readline(_LONGEST_LINE + 1)
        except (OSError, UnicodeDecodeError) as error:
            reason = error.strerror if isinstance(error, OSError) else "it was changed meanwhile"
            msg = (
                f"{self._path} cannot be read beyond line {self._line - 1}: {reason}."
                " What stands before may have been taken; begin again with the whole file."
            )
            raise HslTuiError(msg) from error
        return line or None

    def _give_back(self, lines: list[str]) -> None:
        self._waiting.extendleft(reversed(lines))
        self._line -= len(lines)


@contextmanager
def open_csv(path: Path, *, keys: Collection[str]) -> Iterator[CsvFile]:
    """Open a CSV file: UTF-8 or UTF-16 with a mark, separated by commas, semicolons or tabs.

    A pipe is read to its end first.

    Args:
        keys: lower-case names of columns, of which the header must have one; they also tell what
            separates the columns.

    Raises:
        InvalidInputError: it cannot be opened or is no such file.
    """
    with _opened(path) as file:
        yield CsvFile(file, path, keys)


def _opened(path: Path) -> BinaryIO:
    try:
        mode = path.stat().st_mode
        if not (stat.S_ISREG(mode) or stat.S_ISFIFO(mode)):
            what = "a folder" if stat.S_ISDIR(mode) else "not a file"
            raise InvalidInputError(f"{path} is {what}; name a CSV file.")
        file = path.open("rb")
        return file if stat.S_ISREG(mode) else _copy(file)
    except FileNotFoundError as error:
        raise InvalidInputError(f"There is no file {path}.") from error
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "its name holds a NUL character"
        raise InvalidInputError(f"{path} cannot be read: {reason}.") from error


def _copy(pipe: BinaryIO) -> BinaryIO:
    """All that comes through a pipe, as a file that can be read twice."""
    copy = tempfile.TemporaryFile()  # noqa: SIM115 - whoever asked for it closes it
    with pipe:
        shutil.copyfileobj(pipe, copy)
    copy.seek(0)
    return copy
