"""The buttons under a message: rows of equal width, drawn as the lower part of its bubble."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from textual.content import Content

from hsl_tui.console.preview.notes import Notes
from hsl_tui.console.terminal_text import terminal_text
from hsl_tui.models.content import Button
from hsl_tui.models.enums import ButtonStyle

EDGE: Final = "$border-blurred"
_LOOKS: Final = {
    None: ("", "$text-accent"),
    ButtonStyle.PRIMARY: ("◆ ", "bold $text-accent"),
    ButtonStyle.SUCCESS: ("✓ ", "bold $text-success"),
    ButtonStyle.DANGER: ("! ", "bold $text-error"),
}
"""A glyph says what the colour says."""
_LEAST: Final = 4
"""Cells of the narrowest button."""
# By what meets in a place: nothing, a line from above, one from below, both.
_CROSSINGS: Final = "─┴┬┼"


def keyboard_lines(rows: Sequence[Sequence[Button]], width: int, notes: Notes) -> Iterator[Content]:
    """All rows with the edges around them, ``width`` cells wide; opens where the bubble ends."""
    above: set[int] = set()
    for row in _fitting(rows, width):
        cells = _divided(width - 1 - len(row), len(row))
        walls = {sum(cells[:at]) + at for at in range(1, len(cells))}
        yield _edge("├┤", width, above, walls)
        wall = Content.styled("│", EDGE)
        labels = [_label(one, cell, notes) for one, cell in zip(row, cells, strict=True)]
        yield Content("").join([wall, *[part for label in labels for part in (label, wall)]])
        above = walls
    yield _edge("╰╯", width, above, set())


def _fitting(rows: Sequence[Sequence[Button]], width: int) -> Iterator[Sequence[Button]]:
    """The rows, of which one that is too long goes on in the next."""
    most = max(1, (width - 1) // (_LEAST + 1))
    for row in rows:
        for start in range(0, len(row), most):
            yield row[start : start + most]


def _divided(width: int, count: int) -> list[int]:
    share, rest = divmod(width, count)
    return [share + (at < rest) for at in range(count)]


def _edge(ends: str, width: int, above: set[int], below: set[int]) -> Content:
    line = "".join(_CROSSINGS[(at in above) + 2 * (at in below)] for at in range(1, width - 1))
    return Content.styled(f"{ends[0]}{line}{ends[1]}", EDGE)


def _label(button: Button, width: int, notes: Notes) -> Content:
    glyph, style = _LOOKS[button.style]
    mark = f" ↗{notes.mark(button.url)}"
    room = width - 2 - len(glyph) - len(mark)
    words = Content(terminal_text(button.text)).truncate(max(1, room), ellipsis=True)
    label = Content.assemble(glyph, words).stylize_before(style)
    label = Content.assemble(label, (mark, "$text-muted")).truncate(width)
    left = (width - label.cell_length) // 2
    return label.pad_left(left).pad_right(width - label.cell_length - left)
