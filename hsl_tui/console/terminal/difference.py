"""The shortest sequences that make a terminal show another grid."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from hsl_tui.console.terminal.grid import Grid, Line, is_even
from hsl_tui.console.terminal.styles import can_erase, of_blank, transition

_APART: Final = 6
"""Cells that stay as they are, between two that change, up to which both are drawn as one: to go
there costs as much."""

_ERASED: Final = 8
"""Blank cells from which on they are erased and not drawn: that costs as much."""


class Painter:
    """Writes what a terminal lacks, and knows in which style and where it writes.

    Args:
        erases_in_colour: erased cells take the background in force (terminfo: ``bce``).
    """

    def __init__(self, *, erases_in_colour: bool) -> None:
        self._erases = erases_in_colour
        self._style = ""
        self._at: tuple[int, int] | None = None

    def forget(self) -> None:
        """Know nothing any more of the terminal's style and cursor."""
        self._style, self._at = "", None

    def paint(self, shown: Grid, wanted: Grid, touched: Iterable[int]) -> str:
        """What turns the touched lines of one grid into the other's; they are equal after it."""
        drawn: list[str] = []
        for number in sorted(touched):
            if number >= wanted.height or (line := wanted.lines[number]) is None:
                continue
            line.even = line.even or is_even(line)
            for start, end in _changes(shown.lines[number], line):
                drawn += self._draw(number, line, start, end)
            shown.lines[number] = Line(line.texts.copy(), line.styles.copy(), line.even)
        if drawn:
            drawn.append(self._restyle(""))
            drawn.append(self._go(*wanted.cursor))
        elif self._at != wanted.cursor:
            drawn.append(self._go(*wanted.cursor))
        return "".join(drawn)

    def _draw(self, number: int, line: Line, start: int, end: int) -> Iterator[str]:
        yield self._go(number, start)
        if not line.even:
            # A terminal that draws it narrower than it is counted leaves cells out.
            yield self._restyle(line.styles[start]) + "\x1b[2K"
        column = start
        while column < end:
            until, style = _run(line, column, end)
            yield self._restyle(style)
            yield from self._draw_run(number, line, column, until, style)
            column = until

    def _draw_run(self, number: int, line: Line, start: int, end: int, style: str) -> Iterator[str]:
        """Cells of one style, of which blank ones at the end may be erased."""
        text = "".join(line.texts[start:end])
        kept = text.rstrip(" ")
        blank = len(text) - len(kept)
        if blank < _ERASED or not can_erase(style, in_colour=self._erases):
            yield text
            # Where terminals may disagree on widths, the next cell is gone to, not come to.
            self._at = (number, end) if line.even and end < len(line.texts) else None
            if self._at is None and end < len(line.texts):
                yield self._go(number, end)
            return
        yield kept
        if not line.even:
            self._at = None
            yield self._go(number, end - blank)
        if end == len(line.texts):
            yield "\x1b[K"
            self._at = number, end - blank
        else:
            yield f"\x1b[{blank}X\x1b[{blank}C"
            self._at = number, end

    def _go(self, line: int, column: int) -> str:
        before, self._at = self._at, (line, column)
        if before == (line, column):
            return ""
        if before is not None and before[0] == line and before[1] < column:
            by = column - before[1]
            return f"\x1b[{by}C" if by > 1 else "\x1b[C"
        if column == 0 and before is not None and before[0] == line - 1:
            return "\r\n"
        if column:
            return f"\x1b[{line + 1};{column + 1}H"
        return f"\x1b[{line + 1}H" if line else "\x1b[H"

    def _restyle(self, style: str) -> str:
        before, self._style = self._style, style
        return transition(before, style)


def _run(line: Line, start: int, end: int) -> tuple[int, str]:
    """How far one style goes from a cell on, and that style; blanks fit more than their own."""
    style, blank = line.styles[start], line.texts[start] == " "
    until = start + 1
    while until < end:
        another = line.styles[until]
        if line.texts[until] == " ":
            if another != of_blank(style):
                break
        elif blank:
            if of_blank(another) != style:
                break
            style, blank = another, False
        elif another != style:
            break
        until += 1
    return until, style


def _changes(shown: Line | None, wanted: Line) -> Iterator[tuple[int, int]]:
    """The stretches of cells that differ."""
    width = len(wanted.texts)
    if shown is None or not (shown.even and wanted.even):
        if shown is None or shown.texts != wanted.texts or shown.styles != wanted.styles:
            yield 0, width
        return
    if shown.texts == wanted.texts and shown.styles == wanted.styles:
        return
    differ = [
        column
        for column, (one, other, style, new) in enumerate(
            zip(shown.texts, wanted.texts, shown.styles, wanted.styles, strict=True)
        )
        if one != other or style != new
    ]
    start = end = differ[0]
    for column in differ:
        if column - end > _APART:
            yield start, end + 1
            start = column
        end = column
    yield start, end + 1
