"""From a rendered text back to what was typed: where each of its characters came from."""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass
from typing import Final

from hsl_tui.models.views import Person
from hsl_tui.telegram.places import line_and_column
from hsl_tui.telegram.rendering import compile_template
from hsl_tui.telegram.template_language import MARKS, lexemes, with_plain_line_ends

# Neither what was typed nor what is filled in has it: NUL is refused, and a value's `<` is escaped.
_ANCHOR: Final = "<\0{}>"
_ANCHORS: Final = re.compile("<\0([0-9]+)>")


@dataclass(frozen=True, slots=True)
class _Stretch:
    """Characters that went out as they were typed; until the next one, what was filled in."""

    rendered: int
    typed: int
    length: int


class Trace:
    """A text made up for one person, and the way back from it to what was typed.

    Attributes:
        typed: the text before it was made up.
        rendered: what :meth:`Template.render` gives.
    """

    __slots__ = ("_starts", "_stretches", "rendered", "typed")

    def __init__(self, typed: str, rendered: str, stretches: list[_Stretch]) -> None:
        self.rendered = rendered
        self.typed = typed
        self._stretches = stretches
        self._starts = [one.rendered for one in stretches]

    def place(self, index: int) -> tuple[int, int]:
        """Line and column, in what was typed, of a character of the rendered text.

        What was filled in stands where its variable begins.
        """
        stretch = self._stretch(index)
        behind = min(index - stretch.rendered, stretch.length)
        return line_and_column(self.typed, stretch.typed + behind)

    def is_typed(self, start: int, end: int) -> bool:
        """Whether all between two places of the rendered text went out as it was typed."""
        stretch = self._stretch(start)
        return end <= stretch.rendered + stretch.length

    def _stretch(self, index: int) -> _Stretch:
        return self._stretches[max(0, bisect_right(self._starts, index) - 1)]


def trace(text: str, person: Person) -> Trace:
    """Make up a text that was checked before, and remember where everything came from.

    Raises:
        RenderingError: as :meth:`Template.render`.
        TextRefusedError: as :func:`compile_template`.
    """
    if not any(mark in text for mark in MARKS):
        return Trace(text, text, [_Stretch(0, 0, len(text))])
    typed = with_plain_line_ends(text)
    pieces: list[str] = []
    at = 0
    lengths = {}
    for piece in lexemes(text):
        if piece.kind == "data":
            pieces += [typed[at : piece.start], _ANCHOR.format(piece.start)]
            lengths[piece.start] = len(piece.value)
            at = piece.start
    marked = compile_template("".join([*pieces, typed[at:]]), None).render(person)
    rendered: list[str] = []
    stretches = [_Stretch(0, 0, 0)]
    length = 0
    # What stands before the first anchor, then by turns an anchor and what follows it.
    before, *rest = _ANCHORS.split(marked)
    for anchor, following in zip(["0", *rest[::2]], [before, *rest[1::2]], strict=True):
        start = int(anchor)
        rendered.append(following)
        stretches.append(_Stretch(length, start, lengths.get(start, 0)))
        length += len(following)
    return Trace(typed, "".join(rendered), stretches)
