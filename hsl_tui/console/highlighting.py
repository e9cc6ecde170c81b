"""Where the tags, references and variables of a text stand, to be coloured while it is written.

It is a reading at a glance, for every key; what Telegram makes of the text, TDLib says.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import accumulate
from typing import Final, Literal

Kind = Literal["tag", "reference", "variable", "wrong"]

LONGEST: Final = 100_000
"""Characters; beyond that, and far beyond what Telegram takes, nothing is coloured."""

_NAMES: Final = frozenset(
    "b strong i em u ins s strike del a code pre blockquote span"  # noqa: SIM905 - reads better
    " tg-spoiler tg-emoji tg-time".split()
)
_VARIABLE: Final = re.compile(
    r"\{\{(?:(?!\{\{|\}\}).)*\}\}|\{%(?:(?!\{%|%\}).)*%\}|\{#(?:(?!\{#|#\}).)*#\}", re.DOTALL
)
_TAG: Final = re.compile(r"<(?P<end>/?)(?P<name>[A-Za-z][A-Za-z0-9-]*)(?:\s[^<>]*)?>")
_OTHER: Final = re.compile(
    r"(?P<reference>&(?:lt|gt|amp|quot|#[0-9]+|#x[0-9A-Fa-f]+);)|&[A-Za-z]+;|</?>|<|\{[{%#]"
)


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of the text, from its first character to the one behind it."""

    start: int
    end: int
    kind: Kind


@dataclass(frozen=True, slots=True)
class Tag:
    """A tag as it is written, known or not.

    Attributes:
        name: in small letters.
        is_end: whether it closes what another one opened.
    """

    start: int
    end: int
    name: str
    is_end: bool


def variables(text: str) -> list[Piece]:
    """What the template fills in or does, in order."""
    return [Piece(*one.span(), "variable") for one in _VARIABLE.finditer(text)]


def tags(text: str) -> list[Tag]:
    """All tags outside of variables, in order."""
    filled = _blank(text, variables(text))
    return [
        Tag(one.start(), one.end(), one["name"].lower(), bool(one["end"]))
        for one in _TAG.finditer(filled)
    ]


def pieces(text: str) -> list[Piece]:
    """All that is to be coloured; where two overlap, the later one lies above."""
    if len(text) > LONGEST:
        return []
    within = variables(text)
    found = tags(text)
    # Which tags belong together is not known where parts of the text may be left out.
    has_blocks = any(text.startswith("{%", one.start) for one in within)
    lonely = set() if has_blocks else _without_partner(found)
    marked = [
        Piece(one.start, one.end, "wrong" if one.name not in _NAMES or one in lonely else "tag")
        for one in found
    ]
    rest = _blank(text, [*within, *marked])
    others = [
        Piece(*one.span(), "reference" if one["reference"] else "wrong")
        for one in _OTHER.finditer(rest)
    ]
    return [*marked, *others, *within]


def by_line(text: str, found: list[Piece]) -> dict[int, list[Piece]]:
    """The pieces of each line, with columns in place of indices."""
    lines = text.split("\n")
    starts = list(accumulate((len(line) + 1 for line in lines), initial=0))
    cut: dict[int, list[Piece]] = {}
    line = 0
    for piece in found:
        if piece.start < starts[line]:
            line = 0  # the next kind begins anew
        while starts[line + 1] <= piece.start:
            line += 1
        for at, columns in _columns(piece, starts, line):
            cut.setdefault(at, []).append(columns)
    return cut


def _columns(piece: Piece, starts: list[int], line: int) -> Iterator[tuple[int, Piece]]:
    while line + 1 < len(starts) and starts[line] < piece.end:
        start, end = max(piece.start, starts[line]), min(piece.end, starts[line + 1] - 1)
        if start < end:
            yield line, Piece(start - starts[line], end - starts[line], piece.kind)
        line += 1


def _without_partner(found: list[Tag]) -> set[Tag]:
    wrong: set[Tag] = set()
    opened: list[Tag] = []
    for one in found:
        if not one.is_end:
            opened.append(one)
        elif opened and opened[-1].name == one.name:
            opened.pop()
        else:
            wrong.add(one)
    return wrong.union(opened)


def _blank(text: str, found: list[Piece]) -> str:
    """The text with something that means nothing in place of these."""
    parts: list[str] = []
    at = 0
    for one in sorted(found, key=lambda piece: piece.start):
        if one.end > at:
            start = max(at, one.start)
            parts += [text[at:start], "_" * (one.end - start)]
            at = one.end
    return "".join([*parts, text[at:]])
