"""Where the tags and references of a text stand that Telegram takes: what they mean, TDLib says."""

from __future__ import annotations

import html
from dataclasses import dataclass
from html.parser import HTMLParser
from itertools import accumulate


@dataclass(frozen=True, slots=True)
class Pair:
    """A start tag and its end tag; indices of their first characters, and of what follows them."""

    name: str
    attributes: tuple[tuple[str, str | None], ...]
    start: int
    start_end: int
    end: int
    end_end: int

    def start_tag(self, leave_out: str | None = None) -> str:
        """The start tag written anew, without one attribute."""
        kept = (one for one in self.attributes if one[0] != leave_out)
        words = [
            name if value is None else f'{name}="{html.escape(value)}"' for name, value in kept
        ]
        return f"<{' '.join([self.name, *words])}>"


@dataclass(frozen=True, slots=True)
class Reference:
    """A character written by its name or number, such as ``&lt;``."""

    written: str
    start: int


def find_tags(source: str) -> tuple[list[Pair], list[Reference]]:
    """Pairs in the order of their ends, so that what is inside comes first; and references.

    Args:
        source: Telegram HTML that TDLib takes; its tags are closed in order.
    """
    scan = _Scan(source)
    scan.feed(source)
    scan.close()
    return scan.pairs, scan.references


class _Scan(HTMLParser):
    def __init__(self, source: str) -> None:
        super().__init__(convert_charrefs=False)
        self._source = source
        lengths = (len(line) + 1 for line in source.split("\n"))
        self._line_starts = list(accumulate(lengths, initial=0))
        self._open: list[Pair] = []
        self.pairs: list[Pair] = []
        self.references: list[Reference] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        start = self._index()
        start_end = start + len(self.get_starttag_text() or "")
        self._open.append(Pair(tag, tuple(attrs), start, start_end, start_end, start_end))

    def handle_endtag(self, tag: str) -> None:
        # What is passed over was closed by `</>`, which TDLib takes and this parser does not see.
        while self._open:
            one = self._open.pop()
            if one.name == tag:
                end = self._index()
                behind = self._source.find(">", end) + 1
                self.pairs.append(
                    Pair(one.name, one.attributes, one.start, one.start_end, end, behind)
                )
                return

    def handle_entityref(self, name: str) -> None:
        self._refer(f"&{name};")

    def handle_charref(self, name: str) -> None:
        self._refer(f"&#{name};")

    def _refer(self, written: str) -> None:
        start = self._index()
        if self._source.startswith(written, start):
            self.references.append(Reference(written, start))

    def _index(self) -> int:
        line, column = self.getpos()
        return self._line_starts[line - 1] + column
