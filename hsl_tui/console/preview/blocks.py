"""A message's text in lines: paragraphs, quotes and blocks of code, wrapped as on a phone."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Final

from textual.content import Content

from hsl_tui.console.preview.letters import PLAIN_CODE, Letters, Stretch
from hsl_tui.console.terminal_text import terminal_text

_QUOTES: Final = ("blockquote", "expandable_blockquote")
_KINDS: Final = (*_QUOTES, "pre")
_COLLAPSED: Final = 3
"""Lines of an expandable quote before it is expanded."""
_QUOTE_BAR: Final = Content.styled("▎ ", "$text-accent")
_CODE_BAR: Final = Content.styled("┆ ", "$text-warning")


def lines_of(letters: Letters, width: int, *, revealed: bool) -> list[Content]:
    """The whole text in lines of at most ``width`` cells.

    Args:
        revealed: whether expandable quotes are shown in full.
    """
    blocks = [one for one in letters.stretches if one.entity.type in _KINDS]
    blocks.sort(key=lambda one: (one.start, -one.end, _KINDS.index(one.entity.type)))
    layout = _Layout(letters, revealed=revealed)
    return list(layout.lines(0, len(letters.text), blocks, width))


def ends_in_block(letters: Letters) -> bool:
    """Whether the text ends with a quote or code, beside which nothing can stand."""
    end = len(letters.text)
    return any(one.end == end and one.entity.type in _KINDS for one in letters.stretches)


class _Layout:
    def __init__(self, letters: Letters, *, revealed: bool) -> None:
        self._letters = letters
        self._revealed = revealed

    def lines(
        self, start: int, end: int, blocks: Sequence[Stretch], width: int
    ) -> Iterator[Content]:
        """Characters ``start`` to ``end``; blocks, outer before inner, are set apart."""
        at, after_block = start, False
        for index, block in enumerate(blocks):
            first, last = max(block.start, at), min(block.end, end)
            if first >= last:
                continue
            yield from self._between(at, first, width, after=after_block, before=True)
            inner = [replace(one, start=max(one.start, first)) for one in blocks[index + 1 :]]
            yield from self._block(replace(block, start=first, end=last), inner, width)
            at, after_block = last, True
        yield from self._between(at, end, width, after=after_block, before=False)

    def _between(
        self, start: int, end: int, width: int, *, after: bool, before: bool
    ) -> Iterator[Content]:
        """Text beside blocks: they begin and end lines, as a line break there does."""
        if start == end:
            return
        text = self._letters.text
        if after and text[start] == "\n":
            start += 1
            if start == end:
                return
        if before and text[end - 1] == "\n":
            end -= 1
        yield from self._paragraphs(start, end, width)

    def _paragraphs(self, start: int, end: int, width: int) -> Iterator[Content]:
        content = self._letters.content(start, end)
        for paragraph in content.split("\n", allow_blank=True):
            to_the_right = _reads_leftwards(paragraph.plain)
            for line in paragraph.wrap(width):
                gap = width - line.cell_length
                yield line.pad_left(gap) if to_the_right and gap > 0 else line

    def _block(self, block: Stretch, inner: Sequence[Stretch], width: int) -> Iterator[Content]:
        width -= _QUOTE_BAR.cell_length
        if block.entity.type == "pre":
            for line in self._code(block, width):
                yield _CODE_BAR + line
            return
        lines = list(self.lines(block.start, block.end, inner, width))
        folds = block.entity.type == "expandable_blockquote" and not self._revealed
        if folds and len(lines) > _COLLAPSED:
            last = lines[_COLLAPSED - 1].rstrip().truncate(width - 2)
            lines[_COLLAPSED - 1 :] = [Content.assemble(last, (" …", "bold $text-accent"))]
        for line in lines:
            yield _QUOTE_BAR + line

    def _code(self, block: Stretch, width: int) -> Iterator[Content]:
        content = self._letters.content(block.start, block.end)
        language = block.entity.language
        if language:
            # Here, since what knows the languages takes a megabyte, and few messages hold any.
            from hsl_tui.console.preview.code import highlighted  # noqa: PLC0415 - as it says

            name = Content.styled(terminal_text(language), "bold $text-muted")
            yield name.truncate(width, ellipsis=True)
            content = highlighted(content.plain, language).add_spans(content.spans)
        else:
            content = content.stylize_before(PLAIN_CODE)
        for line in content.split("\n", allow_blank=True):
            yield from line.wrap(width)


def _reads_leftwards(text: str) -> bool:
    """Whether a paragraph is set from the right: its first letter tells."""
    directions = map(unicodedata.bidirectional, text)
    return next((one != "L" for one in directions if one in {"L", "R", "AL"}), False)
