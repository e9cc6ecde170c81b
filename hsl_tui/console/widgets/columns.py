"""Columns and what stands in them, measured in cells of the terminal."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

from rich.cells import cell_len, set_cell_size

from hsl_tui.console.terminal_text import terminal_text
from hsl_tui.console.wording import Tone

GAP: Final = 2
"""Cells between two columns."""


class Column(NamedTuple):
    """A column; those with ``flex`` share the width that the others leave."""

    title: str
    width: int
    """Cells; for a flexible column the least."""
    right: bool = False
    flex: int = 0
    """Its share of what is left; 0 for a fixed width."""
    least: int = 0
    """The table's width below which the column is left out."""


class Cell(NamedTuple):
    """What stands in one column of one row."""

    text: str
    tone: Tone = "plain"


def widths(columns: Sequence[Column], width: int) -> list[int]:
    """Each column's cells in a table of this width; 0 for one that is left out."""
    found = [column.width if width >= column.least else 0 for column in columns]
    shares = [column.flex if room else 0 for column, room in zip(columns, found, strict=True)]
    gaps = GAP * (sum(1 for room in found if room) - 1)
    rest = max(0, width - 2 - gaps - sum(found))
    total = sum(shares)
    for at, share in enumerate(shares):
        if share:
            part = rest * share // total
            found[at] += part
            rest, total = rest - part, total - share
    return found


def fit(text: str, width: int, *, right: bool = False) -> str:
    """Text that people wrote, in exactly so many cells: cut with an ellipsis, or filled up."""
    line = terminal_text(" ".join(text.split("\n")))
    length = cell_len(line)
    if length > width:
        line = set_cell_size(line, max(0, width - 1)).rstrip() + "…"
        length = cell_len(line)
    return " " * (width - length) + line if right else line + " " * (width - length)


def wrap(text: str, width: int) -> list[str]:
    """A text in lines of at most so many cells, broken between words."""
    lines: list[str] = []
    for paragraph in text.split("\n"):
        line = ""
        for word in paragraph.split(" "):
            if line and cell_len(line) + 1 + cell_len(word) > width:
                lines.append(line)
                line = word
            else:
                line = f"{line} {word}" if line else word
        lines.append(line)
    return lines
