"""Selectors: what picks recipients, as people write it.

``all``, ``tag:NAME``, ``chat:ID``, ``username:NAME``, and, of a broadcast, ``reached-by:ID`` or
``not-reached-by:ID``; several are a union, and a leading ``!`` takes away from it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from hsl_tui.errors import InvalidInputError

_WHOLE_NUMBER: Final = re.compile(r"[+-]?[0-9]+")
_WORD: Final = re.compile(r'(?:[^\s"]|"[^"]*"?)+')
_BLANK: Final = re.compile(r"\s")
_DIGITS_OF_64_BITS: Final = 19
_SHOWN: Final = 40

SELECTORS: Final = "all, tag:NAME, chat:ID, username:NAME, reached-by:ID, not-reached-by:ID"
"""All kinds, as help texts list them."""


class SelectorKind(StrEnum):
    """What a selector looks at."""

    ALL = "all"
    TAG = "tag"
    CHAT = "chat"
    USERNAME = "username"
    REACHED_BY = "reached-by"
    """Those of a broadcast's recipients who have its message, may have it, or had it."""
    NOT_REACHED_BY = "not-reached-by"
    """Those of a broadcast's recipients who certainly never got it."""


BY_BROADCAST: Final = frozenset({SelectorKind.REACHED_BY, SelectorKind.NOT_REACHED_BY})
"""Those that name a broadcast."""


@dataclass(frozen=True, slots=True)
class Selector:
    """One selector: a kind, what it is compared with, and whether it adds or takes away."""

    kind: SelectorKind
    value: str = ""
    exclude: bool = False

    def __str__(self) -> str:
        word = self.kind.value if self.kind is SelectorKind.ALL else f"{self.kind}:{self.value}"
        return f"!{word}" if self.exclude else word


def parse_selector(written: str) -> Selector:
    """Read one selector.

    Raises:
        InvalidInputError: it is none.
    """
    exclude = written.strip().startswith("!")
    word, colon, value = written.strip().removeprefix("!").partition(":")
    value = value.strip()
    try:
        kind = SelectorKind(word.strip().lower())
    except ValueError:
        raise InvalidInputError(_explain(written)) from None
    if (kind is SelectorKind.ALL) == bool(colon) or (colon and not value):
        raise InvalidInputError(_explain(written))
    if kind is SelectorKind.USERNAME:
        value = value.removeprefix("@")
    if kind is SelectorKind.CHAT:
        value = str(check_chat_id(value))
    if kind in BY_BROADCAST:
        value = str(_check_broadcast_id(value))
    return Selector(kind, value, exclude)


def parse_selectors(written: Iterable[str]) -> tuple[Selector, ...]:
    """Read selectors that belong together.

    Raises:
        InvalidInputError: one of them is none, or all of them take away.
    """
    selectors = tuple(parse_selector(one) for one in written)
    if not any(not selector.exclude for selector in selectors):
        msg = "No selector picks anyone; give at least one without `!`, such as `--to all`."
        raise InvalidInputError(msg)
    return selectors


def split_selectors(line: str) -> list[str]:
    """The selectors of one line, as people write them: blanks between them, or in ``"…"``."""
    return [word.replace('"', "") for word in _WORD.findall(line)]


def join_selectors(selectors: Iterable[Selector]) -> str:
    """One line that :func:`split_selectors` takes apart again."""
    words = (str(one) for one in selectors)
    return " ".join(f'"{word}"' if _BLANK.search(word) else word for word in words)


def check_chat_id(written: str) -> int:
    """Read a chat id: 64 bits, negative for groups and channels, never 0.

    Raises:
        InvalidInputError: it is none.
    """
    shown = _shorten(written)
    if not _WHOLE_NUMBER.fullmatch(written):
        msg = f"{shown} is not a chat id; it is a whole number such as 123456789."
        raise InvalidInputError(msg)
    digits = written.lstrip("+-").lstrip("0")
    if not digits:
        msg = "0 is not a chat id; Telegram numbers chats from 1, groups from -1."
        raise InvalidInputError(msg)
    # First by its length: Python refuses to read numbers of thousands of digits.
    sign = -1 if written.startswith("-") else 1
    chat_id = sign * int(digits) if len(digits) <= _DIGITS_OF_64_BITS else 2**63
    if not -(2**63) <= chat_id < 2**63:
        msg = f"{shown} is not a chat id; it is beyond 64 bits."
        raise InvalidInputError(msg)
    return chat_id


def _check_broadcast_id(written: str) -> int:
    # By its length too: Python refuses to read numbers of thousands of digits.
    digits = written.lstrip("0")
    read = re.fullmatch(r"[0-9]+", digits) and len(digits) <= _DIGITS_OF_64_BITS
    if not read or int(digits) >= 2**63:
        msg = f"{_shorten(written)} is not a broadcast's number; see `hsl-tui broadcasts list`."
        raise InvalidInputError(msg)
    return int(digits)


def _shorten(written: str) -> str:
    return repr(written if len(written) <= _SHOWN else f"{written[:_SHOWN]}…")


def _explain(written: str) -> str:
    return f"{_shorten(written)} is not a selector; use {SELECTORS}, with ! in front to take away."
