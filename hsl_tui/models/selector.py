r"""Selectors: what picks recipients, as people write it.

A selector is one term or several joined with ``+``, of which all must hold; a leading ``!`` takes
those away whom it picks, and one in front of a later term means that it must not hold::

    line     = selector { blank selector }
    selector = [ "!" ] term { "+" [ "!" ] term }
    term     = "all" | kind ":" value | "attr:" name "=" value
    value    = bare | '"' { character | "\"" | "\\" } '"'

A bare value ends at a blank, or at a ``+`` that a term follows; what holds either, a ``!`` or a
quotation mark is better quoted. Where a selector stands by itself (a shell's word, a line of a
list) blanks belong to bare values, as in ``tag:two words``. A whole term may be quoted, too:
``"tag:two words"``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from enum import Enum, auto
from typing import Final, TypeVar

from hsl_tui.errors import InvalidInputError, SelectorError
from hsl_tui.models.selector_terms import (
    BY_BROADCAST,
    SELECTORS,
    Selector,
    SelectorKind,
    Term,
    join_selectors,
)
from hsl_tui.models.selector_values import (
    check_attribute,
    check_chat_id,
    nearest,
    read_value,
    shorten,
)

__all__ = [
    "BY_BROADCAST",
    "SELECTORS",
    "Selector",
    "SelectorKind",
    "Term",
    "check_chat_id",
    "join_selectors",
    "parse_line",
    "parse_selector",
    "parse_selectors",
    "read_line",
    "split_selectors",
]

MOST_JOINED: Final = 200
"""Terms of all selectors that have several: each is a part of the question to the database."""

_ReadT = TypeVar("_ReadT")

_KINDS: Final = tuple(SelectorKind)
_EXAMPLES: Final = {example.partition(":")[0]: example for example in SELECTORS.split(", ")}
_BLANKS: Final = re.compile(r"\s*")
_WORD: Final = re.compile(r"\S*")
_QUOTED: Final = re.compile(r'"((?:[^"\\]|\\.)*)"', re.DOTALL)
_ESCAPE: Final = re.compile(r'\\(["\\])')
_JOIN: Final = re.compile(r"\s*\+\s*")
_KIND: Final = re.compile(r'([^\s:+!"]*)(\s*:)?')
_KEY: Final = re.compile(r'\s*([^\s="+!]+)\s*=')
_END_OF_VALUE: Final = re.compile(r"\s+|\+")
_JOINED_TERM: Final = re.compile(
    # A `+` with a blank behind it alone is the end of a value, as in `tag:c++ lang:de`.
    r'(?:\s+\+\s*!?\s*|\+!?)"?!?(?:(?P<kind>[a-z-]{1,20})\s*:|all(?=[\s+"]|$))',
    re.IGNORECASE,
)


def parse_selector(written: str) -> Selector:
    """Read one selector, which stands by itself.

    Raises:
        SelectorError: it is none.
    """
    return _Reader(written, _Standing.ALONE).alone()


def parse_selectors(written: Iterable[str]) -> tuple[Selector, ...]:
    """Read selectors that belong together, each of which stands by itself.

    Raises:
        SelectorError: one of them is none.
        InvalidInputError: all of them take away, or they join too many terms.
    """
    return _together(parse_selector(one) for one in written)


def parse_line(line: str) -> tuple[Selector, ...]:
    """Read selectors that belong together and stand on one line, with blanks between them.

    Raises:
        SelectorError: one of them is none; its place is one in the line.
        InvalidInputError: all of them take away, or they join too many terms.
    """

    def good() -> Iterator[Selector]:
        for _, one in read_line(line):
            if isinstance(one, SelectorError):
                raise one
            yield one

    return _together(good())


def read_line(line: str) -> list[tuple[str, Selector | SelectorError]]:
    """What stands on one line: each selector as it is written, with what it is or what is wrong."""
    return list(_Reader(line, _Standing.ON_LINE).every())


def split_selectors(line: str) -> list[str]:
    """The selectors of one line as they are written, each to stand by itself."""
    return [written for written, _ in read_line(line)]


def _together(selectors: Iterable[Selector]) -> tuple[Selector, ...]:
    together = tuple(selectors)
    if all(selector.exclude for selector in together):
        msg = "No selector picks anyone; give at least one without `!`, such as `--to all`."
        raise InvalidInputError(msg)
    joined = sum(len(one.terms) for one in together if one.single is None)
    if joined > MOST_JOINED:
        msg = (
            f"These selectors join {joined} terms with `+`, and {MOST_JOINED} are taken; tag those"
            " who are meant, and name the tag."
        )
        raise InvalidInputError(msg)
    return together


class _Standing(Enum):
    """Where a selector stands, which decides where its bare values end."""

    ON_LINE = auto()
    """At the next blank, or where another term is joined."""
    ALONE = auto()
    """Where another term is joined."""
    QUOTED = auto()
    """At the end: the quotation marks are around it all."""


class _Reader:
    """Goes through what was written once, from its beginning."""

    def __init__(self, text: str, standing: _Standing) -> None:
        self._text = text
        self._standing = standing
        self._at = 0

    def alone(self) -> Selector:
        """The one selector that all of it is."""
        self._skip(_BLANKS)
        selector = self._selector()
        self._skip(_BLANKS)
        if self._at < len(self._text):
            behind = shorten(self._text[self._at :])
            msg = f"{behind} stands behind a selector; give each by itself, or join terms with +."
            raise self._error(msg, self._at, len(self._text))
        return selector

    def every(self) -> Iterator[tuple[str, Selector | SelectorError]]:
        """One after the other; behind one that is wrong it goes on with the next word."""
        self._skip(_BLANKS)
        while (begin := self._at) < len(self._text):
            read: Selector | SelectorError
            try:
                read = self._selector()
            except SelectorError as error:
                read = error
                self._at = max(self._at, error.offset + error.length)
            if (behind := self._skip(_WORD)) and not isinstance(read, SelectorError):
                msg = f"A blank or a + is missing in front of {shorten(behind)}."
                read = self._error(msg, self._at - len(behind), self._at)
            yield self._text[begin : self._at], read
            self._skip(_BLANKS)

    # --- the grammar ----------------------------------------------------------------------------

    def _selector(self) -> Selector:
        first = self._term(negated=self._takes_sign())
        terms = [replace(first, negated=False)]
        while self._standing is not _Standing.QUOTED and self._skip(_JOIN):
            terms.append(self._term(negated=self._takes_sign()))
        return Selector(tuple(dict.fromkeys(terms)), exclude=first.negated)

    def _term(self, *, negated: bool) -> Term:
        begin = self._at
        if self._is_quoted():
            inside = _Reader(self._quotation(), _Standing.QUOTED)
            one = self._placed(begin, inside.alone)
            return replace(one.terms[0], negated=one.exclude != negated)
        kind = self._kind()
        if kind is SelectorKind.ALL:
            return Term(kind, negated=negated)
        key, value = self._attribute(begin) if kind is SelectorKind.ATTR else ("", self._value())
        if not value and not (key and self._text[self._at - 1] == '"'):
            msg = f"{kind}: needs a value behind it, as in {_EXAMPLES[kind]}."
            raise self._error(msg, begin, self._at)
        read = self._placed(begin, lambda: read_value(kind, value))
        return Term(kind, read, key, negated)

    def _kind(self) -> SelectorKind:
        begin = self._at
        found = _KIND.match(self._text, begin)
        word, colon = found.groups() if found is not None else ("", None)
        end = begin + len(self._peek(_WORD))
        if word.lower() not in _KINDS:
            raise self._error(_explain(self._text[begin:end], word), begin, begin + len(word))
        kind = SelectorKind(word.lower())
        if (kind is SelectorKind.ALL) == bool(colon):
            what = "takes no value" if colon else f"needs a value, as in {_EXAMPLES[kind]}"
            raise self._error(f"{kind} {what}.", begin, end)
        self._at = begin + len(word) + len(colon or "")
        return kind

    def _attribute(self, begin: int) -> tuple[str, str]:
        if self._is_quoted():
            key, _, value = self._quotation().partition("=")
        else:
            found = _KEY.match(self._text, self._at)
            if found is None:
                msg = f"attr: needs a name and a value behind it, as in {_EXAMPLES['attr']}."
                raise self._error(msg, begin, self._at)
            key = found[1]
            self._at = found.end()
            value = self._value()
        return self._placed(begin, lambda: check_attribute(key)), value

    def _value(self) -> str:
        if self._standing is not _Standing.ON_LINE:
            self._skip(_BLANKS)
        if self._is_quoted():
            return self._quotation()
        begin, end = self._at, self._end_of_value()
        value = self._text[begin:end].rstrip()
        self._at = begin + len(value)
        return value

    def _end_of_value(self) -> int:
        if self._standing is not _Standing.QUOTED:
            for found in _END_OF_VALUE.finditer(self._text, self._at):
                ends = self._standing is _Standing.ON_LINE and found[0] != "+"
                if ends or self._is_joined(found.start()):
                    return found.start()
        return len(self._text)

    def _is_joined(self, at: int) -> bool:
        found = _JOINED_TERM.match(self._text, at)
        if found is None:
            return False
        kind = found["kind"]
        return kind is None or kind.lower() in _KINDS or nearest(kind, _KINDS) is not None

    # --- its words ------------------------------------------------------------------------------

    def _is_quoted(self) -> bool:
        return self._standing is not _Standing.QUOTED and self._text.startswith('"', self._at)

    def _quotation(self) -> str:
        found = _QUOTED.match(self._text, self._at)
        if found is None:
            msg = "The quotation mark is not closed; end it with another one."
            raise self._error(msg, self._at, len(self._text))
        self._at = found.end()
        return _ESCAPE.sub(r"\1", found[1])

    def _takes_sign(self) -> bool:
        sign = self._text.startswith("!", self._at)
        if sign:
            self._at += 1
            self._skip(_BLANKS)
        return sign

    def _peek(self, what: re.Pattern[str]) -> str:
        found = what.match(self._text, self._at)
        return "" if found is None else found[0]

    def _skip(self, what: re.Pattern[str]) -> str:
        skipped = self._peek(what)
        self._at += len(skipped)
        return skipped

    def _placed(self, begin: int, read: Callable[[], _ReadT]) -> _ReadT:
        """What is read there, or what is wrong with it."""
        try:
            return read()
        except InvalidInputError as error:
            raise self._error(str(error), begin, self._at) from None

    def _error(self, message: str, begin: int, end: int) -> SelectorError:
        begin = min(begin, max(len(self._text) - 1, 0))
        end = min(max(end, begin + 1), len(self._text))
        return SelectorError(message, self._text, begin, end - begin)


def _explain(written: str, word: str) -> str:
    if not written:
        return f"A selector is missing; use {SELECTORS}."
    meant = nearest(word, _KINDS)
    if meant is None:
        advice = f"use {SELECTORS}, with ! in front to take away."
    else:
        advice = f"did you mean {meant}{'' if meant == SelectorKind.ALL else ':'}?"
    return f"{shorten(written)} is not a selector; {advice}"
