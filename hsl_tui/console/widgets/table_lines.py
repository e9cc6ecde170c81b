"""How a table's lines are drawn: titles, rows, and the words where there are no rows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from hsl_tui.console.terminal_text import terminal_text
from hsl_tui.console.widgets.columns import GAP, Cell, Column, fit, widths, wrap
from hsl_tui.console.wording import Tone

MARK: Final = "◆"
"""Stands before a marked row: a colour alone would not tell."""


def draw_titles(columns: Sequence[Column], width: int, style: Style) -> Strip:
    """The line over the rows."""
    titles = [Cell(column.title) for column in columns]
    return _join(columns, titles, width, Segment(" ", style), lambda _: style)


def draw_row(
    columns: Sequence[Column],
    cells: Sequence[Cell],
    width: int,
    style_of: Callable[[Tone], Style],
    *,
    marked: bool = False,
) -> Strip:
    """One row, in exactly so many cells.

    Args:
        style_of: the style of a tone; ``plain`` is the row's own.
    """
    lead = Segment(MARK, style_of("busy")) if marked else Segment(" ", style_of("plain"))
    return _join(columns, cells, width, lead, style_of)


def draw_words(words: str, y: int, width: int, style: Style, around: Style) -> Strip:
    """A line of what is said in place of rows."""
    lines = wrap(terminal_text(words, newlines=True), max(10, width - 4))
    line = lines[y - 2] if 0 <= y - 2 < len(lines) else ""
    return Strip([Segment(f"  {line}", style)]).adjust_cell_length(width, around)


def _join(
    columns: Sequence[Column],
    cells: Sequence[Cell],
    width: int,
    lead: Segment,
    style_of: Callable[[Tone], Style],
) -> Strip:
    segments = [lead]
    for column, cell, room in zip(columns, cells, widths(columns, width), strict=True):
        if not room:
            continue
        gap = " " * GAP if len(segments) > 1 else ""
        # In one piece, and with its like beside it: each piece costs its styles on the line.
        text = gap + fit(cell.text, room, right=column.right)
        segments.append(Segment(text, style_of(cell.tone)))
    return Strip(segments).adjust_cell_length(width, style_of("plain")).simplify()
