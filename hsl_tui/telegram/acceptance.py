"""Whether Telegram takes a template's text for one person after the other, quickly.

Values are escaped: they can neither open nor close a tag. So the markup of a text is right for
everyone for whom the same parts of the template go out, whatever is filled in between them, and
TDLib need read it once for all of these. What stays to be looked at for each is how long it is.
"""

from __future__ import annotations

import html
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from hsl_tui.errors import TextRefusedError
from hsl_tui.models.views import Person
from hsl_tui.telegram.markup import (
    CAPTION_LIMIT,
    TEXT_LIMIT,
    arrives_as_it_is,
    check_text,
    parse_html,
    require_length,
    utf16_length,
)
from hsl_tui.telegram.rendering import Template
from hsl_tui.telegram.tags import find_tags

_FILLED_IN: Final = "\ue000"
_OPEN_REFERENCE: Final = re.compile(r"&[#\w]*$")
_ESCAPED: Final = re.compile("&(?:amp|lt|gt|#34|#39);")
_SEEN: Final = re.compile("[0-9A-Za-z]")
_MOST_KEPT: Final = 1000

_Shape = tuple[str | None, ...]
"""The parts of a text that go out as they were typed, with None for each value between them."""


@dataclass(frozen=True, slots=True)
class _Frame:
    """What TDLib makes of a shape.

    Attributes:
        length: without its values, in UTF-16 code units.
        is_exact: all its values are shown, and nothing around them is cut off.
    """

    length: int
    is_exact: bool


class Acceptance:
    """Checks the text of one template as :func:`check_text` does, without reading all of it."""

    def __init__(self, template: Template, *, caption: bool) -> None:
        self._template = template
        self._caption = caption
        self._limit = CAPTION_LIMIT if caption else TEXT_LIMIT
        self._typed = template.typed
        # For each shape; None where its values matter to more than its length.
        self._frames: dict[_Shape, _Frame | None] = {}

    def make_up(self, person: Person) -> str:
        """The text for one person, as :meth:`Template.render` gives it, if Telegram takes it.

        Raises:
            RenderingError: the text cannot be made up for them.
            TextRefusedError: made up for them, Telegram would refuse it.
        """
        pieces = self._template.pieces(person)
        shape = self._shape(pieces)
        frame = self._frame(shape)
        if frame is not None:
            values = [one for one, of in zip(pieces, shape, strict=True) if of is None]
            # A value is never shorter than what is shown of it.
            if frame.length + sum(map(utf16_length, values)) > self._limit:
                self._check_length(frame, values)
            elif _is_whole(values):
                return "".join(pieces)
        text = "".join(pieces)
        check_text(text, caption=self._caption)
        return text

    def is_general(self, person: Person, *, room: int) -> bool:
        """Whether the text is taken for this person, and whatever other values it is filled with.

        Args:
            room: UTF-16 code units that those may have more than this person's, all together.

        Raises:
            RenderingError: as :meth:`make_up`.
        """
        pieces = self._template.pieces(person)
        shape = self._shape(pieces)
        frame = self._frame(shape)
        if frame is None:
            return False
        values = [one for one, of in zip(pieces, shape, strict=True) if of is None]
        length = frame.length + sum(map(utf16_length, values))
        return length + room <= self._limit and _is_whole(values)

    def _shape(self, pieces: Sequence[str]) -> _Shape:
        typed = self._typed
        return tuple([one if one in typed or "<" in one else None for one in pieces])

    def _frame(self, shape: _Shape) -> _Frame | None:
        try:
            return self._frames[shape]
        except KeyError:
            return self._learn(shape)

    def _check_length(self, frame: _Frame, values: list[str]) -> None:
        shown = html.unescape("".join(values))
        # With a letter on either side, so that its margins are not those of the text.
        if frame.is_exact and _is_whole(values) and arrives_as_it_is(f"x{shown}x"):
            require_length(frame.length + utf16_length(shown), caption=self._caption)

    def _learn(self, shape: _Shape) -> _Frame | None:
        frame = _frame(shape)
        if len(self._frames) < _MOST_KEPT:
            self._frames[shape] = frame
        return frame


def _frame(shape: _Shape) -> _Frame | None:
    typed = [one or "" for one in shape]
    if _FILLED_IN in "".join(typed) or any(
        following is None and _OPEN_REFERENCE.search(one)
        for one, following in zip(typed, shape[1:], strict=False)
    ):
        return None
    source = "".join(_FILLED_IN if one is None else one for one in shape)
    try:
        without = parse_html("".join(typed))
        filled = parse_html(source)
    except TextRefusedError:
        return None
    values = shape.count(None)
    shown = filled.length - without.length
    # Something must always be seen; and any address will do, but not any other attribute.
    if shown + _count_in_addresses(source) != values or not _SEEN.search(without.text):
        return None
    is_bordered = not (filled.text.startswith(_FILLED_IN) or filled.text.endswith(_FILLED_IN))
    is_exact = shown == values and is_bordered and arrives_as_it_is(filled.text)
    return _Frame(without.length, is_exact)


def _count_in_addresses(source: str) -> int:
    pairs, _ = find_tags(source)
    return sum(
        (value or "").count(_FILLED_IN)
        for pair in pairs
        if pair.name == "a"
        for name, value in pair.attributes
        if name == "href"
    )


def _is_whole(values: list[str]) -> bool:
    """Whether none ends in the middle of what TDLib reads.

    A reference that was cut in two might be completed by what follows it, and at a NUL it takes a
    tag for unclosed.
    """
    together = " ".join(values)
    if "\0" in together:
        return False
    return "&" not in together or "&" not in _ESCAPED.sub("", together)
