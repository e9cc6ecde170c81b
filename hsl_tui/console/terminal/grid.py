"""The cells of a terminal, as the sequences that Textual writes would leave them."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final

from rich.cells import split_graphemes

from hsl_tui.console.terminal.styles import of_blank

_PIECE: Final = re.compile(
    r"\x1b\[(?P<style>[0-9;]*)m"
    r"|\x1b\[(?P<line>[0-9]+);(?P<column>[0-9]+)H"
    r"|(?P<newline>\r?\n)"
    r"|(?P<text>[^\x00-\x1f\x7f-\x9f]+)"
)

_TURNS: Final = re.compile("[\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")
"""Marks that turn the direction of writing, of what stands beside them too."""

_PLAIN: Final = re.compile(
    "[\x20-\x7e\xa0-\xac\xae-\u02ff\u0370-\u0482\u048a-\u058f\u1e00-\u1fff\u2010-\u2027"
    "\u2030-\u205e\u2070-\u20cf\u2100-\u2319\u231c-\u23e8\u2400-\u25fc\u2600-\u2612"
    "\u2616-\u2647\u2654-\u267e\u2680-\u2692\u2701-\u2704\u270e-\u2727\u2729-\u274b\u2758-\u2794"
    "\u2798-\u27af\u2800-\u28ff]*"
)
"""Texts of which every character takes one cell of every terminal."""


@dataclass(slots=True)
class Line:
    """The cells of one line.

    Attributes:
        texts: what a cell shows; nothing in the second cell of what is two wide.
        styles: the parameters of the SGR sequence that it is drawn with; of blanks, as much of it
            as shows.
        even: whether all terminals agree on where its cells are.
    """

    texts: list[str]
    styles: list[str]
    even: bool = True


@dataclass(slots=True)
class Grid:
    """All lines, and where the cursor is: line and column, from 0."""

    height: int
    width: int
    lines: list[Line | None] = field(init=False)
    """None where it is not known what the terminal shows."""
    cursor: tuple[int, int] = (0, 0)

    def __post_init__(self) -> None:
        self.forget()

    def forget(self) -> None:
        """Know nothing any more of what is shown."""
        self.lines = [None] * self.height

    def draw(self, sequences: str, at: int, touched: set[int]) -> int:
        """Draw text, styles and moves from a place on; note which lines that touches.

        Returns:
            Where something else begins, or the end.
        """
        style = ""
        line, column = self.cursor
        while (piece := _PIECE.match(sequences, at)) is not None:
            at = piece.end()
            kind = piece.lastgroup
            if kind == "text":
                column = self._write(line, column, piece["text"], style)
                touched.add(line)
            elif kind == "style":
                style = "" if piece["style"] in {"", "0"} else piece["style"]
            elif kind == "newline":
                line, column = line + 1, 0
            else:
                line, column = int(piece["line"]) - 1, int(piece["column"]) - 1
        self.cursor = line, column
        return at

    def _write(self, number: int, column: int, text: str, style: str) -> int:
        """Put a text into cells; the column after it."""
        if number >= self.height:
            return column
        line = self.lines[number]
        if line is None:
            line = self.lines[number] = Line([" "] * self.width, [""] * self.width)
        if _PLAIN.fullmatch(text):
            texts = list(text)
        else:
            line.even = False
            texts = _cells(text)
        end = min(self.width, column + len(texts))
        if column >= end:
            return column + len(texts)
        line.texts[column:end] = texts[: end - column]
        blank = of_blank(style)
        line.styles[column:end] = [
            blank if text == " " else style for text in texts[: end - column]
        ]
        if not line.even:
            _mend(line, column, end)
        return column + len(texts)


def is_even(line: Line) -> bool:
    """Whether each of its cells is one cell wide on every terminal, as it is by now."""
    return all(line.texts) and _PLAIN.fullmatch("".join(line.texts)) is not None


def _cells(text: str) -> list[str]:
    """What each cell of a text shows."""
    cells: list[str] = []
    text = _TURNS.sub("", text)
    for start, end, width in split_graphemes(text)[0]:
        if width:
            cells += [text[start:end], *[""] * (width - 1)]
        elif cells:
            cells[-1] += text[start:end]
    return cells


def _mend(line: Line, start: int, end: int) -> None:
    """Leave nothing of what was two wide and is half covered now."""
    if not line.texts[start]:
        line.texts[start] = " "
    if end < len(line.texts) and not line.texts[end]:
        line.texts[end] = " "
    if start and _is_wide(line.texts[start - 1]) and line.texts[start]:
        line.texts[start - 1] = " "
    if _is_wide(line.texts[end - 1]) and (end == len(line.texts) or line.texts[end]):
        line.texts[end - 1] = " "


def _is_wide(cell: str) -> bool:
    return len(cell) > 0 and split_graphemes(cell)[1] > 1
