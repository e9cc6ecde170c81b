"""The bubble: a message in its frame, as wide as on a phone."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from textual.content import Content
from textual.css.styles import RulesMap
from textual.strip import Strip
from textual.style import Style
from textual.visual import RenderOptions, Visual

from hsl_tui.console.preview.attached import link_lines, media_lines
from hsl_tui.console.preview.blocks import ends_in_block, lines_of
from hsl_tui.console.preview.keyboard import EDGE, keyboard_lines
from hsl_tui.console.preview.letters import Letters
from hsl_tui.console.preview.message import Message
from hsl_tui.console.preview.notes import Notes

WIDEST: Final = 46
_NARROWEST: Final = 16
_TIME: Final = 7
"""Cells of the time and the gap before it: it shares the last line where that leaves room."""
_SIDES: Final = 4
"""Cells of the frame and the blanks inside of it."""


class Bubble(Visual):
    """Draws a message at whatever width there is, up to a phone's.

    Args:
        revealed: whether what spoilers hide is shown, and quotes that expand are in full.
        key: what is pressed to reveal it; told below the bubble where something is hidden.
    """

    def __init__(self, message: Message, *, revealed: bool = False, key: str | None = None) -> None:
        self.message = message
        self.revealed = revealed
        self.key = key
        self._drawn: tuple[int, Content] | None = None

    @property
    def hides(self) -> bool:
        """Whether there is anything to reveal."""
        return any(
            one.type in {"spoiler", "expandable_blockquote"} for one in self.message.entities
        ) or any(one.spoiler for one in self.message.media)

    def content(self, width: int) -> Content:
        """The whole bubble, in lines of at most ``width`` cells."""
        width = max(_NARROWEST, min(width, WIDEST))
        if self._drawn is None or self._drawn[0] != width:
            self._drawn = width, Content("\n").join(self._lines(width))
        return self._drawn[1]

    def get_optimal_width(self, rules: RulesMap, container_width: int) -> int:
        """See :class:`Visual`."""
        return WIDEST

    def get_height(self, rules: RulesMap, width: int) -> int:
        """See :class:`Visual`."""
        return self.content(width).get_height(rules, width)

    def render_strips(
        self, width: int, height: int | None, style: Style, options: RenderOptions
    ) -> list[Strip]:
        """See :class:`Visual`."""
        return self.content(width).render_strips(width, height, style, options)

    def _lines(self, width: int) -> Iterator[Content]:
        notes = Notes()
        yield Content.styled(f"╭{'─' * (width - 2)}╮", EDGE)
        for line in self._inside(width - _SIDES, notes):
            if line is None:
                yield Content.styled(f"├{'─' * (width - 2)}┤", EDGE)
            else:
                gap = max(0, width - _SIDES - line.cell_length)
                yield Content.assemble(("│ ", EDGE), line, " " * gap, (" │", EDGE))
        yield from keyboard_lines(self.message.buttons, width, notes)
        yield from notes.lines(width)
        if self.key is not None and self.hides:
            does = "hides it again" if self.revealed else "shows what is hidden"
            yield Content.assemble((self.key, "$text-accent"), (f" {does}", "$text-muted"))

    def _inside(self, width: int, notes: Notes) -> list[Content | None]:
        """The lines in the frame; None is a line across it."""
        message, revealed = self.message, self.revealed
        media = media_lines(message.media, width, notes, revealed=revealed)
        letters = Letters(message, notes, revealed=revealed)
        caption = lines_of(letters, width, revealed=revealed) if message.text else []
        link = [] if message.link is None else link_lines(message.link, width)
        caption = link + caption if message.link_above else caption + link
        inside: list[Content | None] = []
        for part in (caption, media) if message.caption_above else (media, caption):
            if inside and part:
                inside.append(None)
            inside.extend(part)
        if message.at is not None:
            time = Content.styled(f"{message.at:%H:%M}", "$text-muted")
            last = inside[-1] if inside else None
            if last is None or ends_in_block(letters) or _room(last, width) < _TIME:
                inside.append(time.pad_left(width - time.cell_length))
            else:
                inside[-1] = last + time.pad_left(_room(last, width) - time.cell_length)
        return inside


def _room(line: Content, width: int) -> int:
    return width - line.cell_length
