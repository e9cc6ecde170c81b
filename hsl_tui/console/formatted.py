"""A message as its reader would see it, as far as a terminal can."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate
from typing import Final, Protocol

from textual.content import Content, Span

from hsl_tui.console.terminal_text import UNEVEN, terminal_text

_STYLES: Final = {
    "bold": "bold",
    "italic": "italic",
    "underline": "underline",
    "strikethrough": "strike",
    "spoiler": "reverse dim",
    "code": "$text-warning",
    "pre": "$text-warning",
    "text_link": "$text-accent underline",
    "text_mention": "$text-accent underline",
    "blockquote": "italic $text-muted",
    "expandable_blockquote": "italic $text-muted",
}

_ASTRAL: Final = 0x10000


class Entity(Protocol):
    """A stretch of formatted text, in UTF-16 code units."""

    @property
    def type(self) -> str:
        """The Bot API's name for the kind of formatting."""

    @property
    def offset(self) -> int:
        """Where it begins."""

    @property
    def length(self) -> int:
        """How long it is."""

    @property
    def url(self) -> str | None:
        """Where a link leads."""


def formatted(text: str, entities: Sequence[Entity]) -> Content:
    """The text with its formatting, and with what would act on a terminal written out.

    A link is followed by where it leads: that is what an operator must check.
    """
    uneven = {at for match in UNEVEN.finditer(text) for at in range(*match.span())}
    shown = [
        "" if at in uneven else terminal_text(character, newlines=True)
        for at, character in enumerate(text)
    ]
    links: dict[int, str] = {}
    at_unit = _positions(text)
    last = len(text)
    for entity in entities:
        if entity.url is not None:
            end = at_unit.get(entity.offset + entity.length, last)
            links[end] = links.get(end, "") + f" ({terminal_text(entity.url)})"
    pieces: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    length = 0
    for index in range(last + 1):
        ends.append(length)
        if index in links:
            pieces.append(links[index])
            length += len(links[index])
        starts.append(length)
        if index < last:
            pieces.append(shown[index])
            length += len(shown[index])
    spans = [
        Span(
            starts[at_unit.get(entity.offset, last)],
            ends[at_unit.get(entity.offset + entity.length, last)],
            _STYLES[entity.type],
        )
        for entity in entities
        if entity.type in _STYLES
    ]
    return Content("".join(pieces), spans=spans)


def _positions(text: str) -> dict[int, int]:
    """From UTF-16 code units to characters."""
    units = accumulate((2 if ord(one) >= _ASTRAL else 1 for one in text), initial=0)
    return {unit: index for index, unit in enumerate(units)}
