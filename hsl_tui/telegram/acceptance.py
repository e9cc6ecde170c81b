"""Whether Telegram takes a template's text for one person after the other, quickly.

Values are escaped: they can neither open nor close a tag. So the markup of a text is right for
everyone for whom the same parts of the template go out, whatever is filled in between them, and
TDLib need read it once for all of these. What stays to be looked at for each is how long it is.
"""

from __future__ import annotations

import re
from typing import Final

from hsl_tui.errors import TextRefusedError
from hsl_tui.models.views import Person
from hsl_tui.telegram.markup import CAPTION_LIMIT, TEXT_LIMIT, check_text, parse_html, utf16_length
from hsl_tui.telegram.rendering import Template

_FILLED_IN: Final = "\ue000"
_OPEN_REFERENCE: Final = re.compile(r"&[#\w]*$")
_ESCAPED: Final = re.compile("&(?:amp|lt|gt|#34|#39);")
_SEEN: Final = re.compile("[0-9A-Za-z]")
_MOST_KEPT: Final = 1000

_Shape = tuple[str | None, ...]
"""The parts of a text that go out as they were typed, with None for each value between them."""


class Acceptance:
    """Checks the text of one template as :func:`check_text` does, without reading all of it."""

    def __init__(self, template: Template, *, caption: bool) -> None:
        self._template = template
        self._caption = caption
        self._limit = CAPTION_LIMIT if caption else TEXT_LIMIT
        self._typed = template.typed
        # For each shape, how long it is without its values; None where they matter.
        self._lengths: dict[_Shape, int | None] = {}

    def check(self, person: Person) -> None:
        """Let only pass what Telegram takes for this person.

        Raises:
            RenderingError: the text cannot be made up for them.
            TextRefusedError: made up for them, Telegram would refuse it.
        """
        pieces = self._template.pieces(person)
        typed = self._typed
        shape = tuple([one if one in typed or "<" in one else None for one in pieces])
        try:
            length = self._lengths[shape]
        except KeyError:
            length = self._learn(shape)
        if length is not None:
            values = " ".join([one for one, of in zip(pieces, shape, strict=True) if of is None])
            if length + utf16_length(values) <= self._limit and _is_whole(values):
                return
        check_text("".join(pieces), caption=self._caption)

    def _learn(self, shape: _Shape) -> int | None:
        length = self._length(shape)
        if len(self._lengths) < _MOST_KEPT:
            self._lengths[shape] = length
        return length

    def _length(self, shape: _Shape) -> int | None:
        typed = [one or "" for one in shape]
        if any(
            following is None and _OPEN_REFERENCE.search(one)
            for one, following in zip(typed, shape[1:], strict=False)
        ):
            return None
        try:
            without = parse_html("".join(typed))
            filled = parse_html("".join(_FILLED_IN if one is None else one for one in shape))
        except TextRefusedError:
            return None
        shown = filled.length - without.length
        # Fewer are shown where one fills in an attribute; and something must always be seen.
        return without.length if shown == shape.count(None) and _SEEN.search(without.text) else None


def _is_whole(values: str) -> bool:
    """Whether no reference was cut in two, so that what follows it might complete another."""
    return "&" not in values or "&" not in _ESCAPED.sub("", values)
