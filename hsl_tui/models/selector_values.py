"""What stands behind the colon of a term: read as its kind has it, or refused in a sentence."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from hsl_tui.errors import InvalidInputError
from hsl_tui.models.enums import RecipientState
from hsl_tui.models.selector_terms import BY_BROADCAST, SelectorKind

_WHOLE_NUMBER: Final = re.compile(r"[+-]?[0-9]+")
_LANGUAGE: Final = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_DIGITS_OF_64_BITS: Final = 19
_LONGEST_LANGUAGE: Final = 16
_SHOWN: Final = 40


def read_value(kind: SelectorKind, written: str) -> str:
    """A term's value as it is compared; not an attribute's, which means itself.

    Raises:
        InvalidInputError: no recipient could have it.
    """
    if kind is SelectorKind.CHAT:
        return str(check_chat_id(written))
    if kind is SelectorKind.USERNAME:
        return _check_username(written)
    if kind is SelectorKind.LANG:
        return _check_language(written)
    if kind is SelectorKind.STATE:
        return _check_state(written)
    if kind in BY_BROADCAST:
        return str(_check_broadcast_id(written))
    return written


def check_chat_id(written: str) -> int:
    """Read a chat id: 64 bits, negative for groups and channels, never 0.

    Raises:
        InvalidInputError: it is none.
    """
    shown = shorten(written)
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


def check_attribute(written: str) -> str:
    """The name of an attribute.

    Raises:
        InvalidInputError: none has such a name.
    """
    if not written.isidentifier():
        msg = f"{shorten(written)} is not the name of an attribute; write attr:city=Berlin."
        raise InvalidInputError(msg)
    return written


def comparable_language(code: str) -> str:
    """A language code as codes are compared: ``en_GB`` as ``en-gb``."""
    return code.lower().replace("_", "-")


def nearest(written: str, words: Iterable[str]) -> str | None:
    """The word that was probably meant; None where there is no such one."""
    from difflib import get_close_matches  # noqa: PLC0415 - only who mistypes waits for it

    return next(iter(get_close_matches(written.lower(), list(words), n=1)), None)


def shorten(written: str) -> str:
    """What was written, as an error quotes it."""
    return repr(written if len(written) <= _SHOWN else f"{written[:_SHOWN]}…")


def _check_username(written: str) -> str:
    name = written.lstrip("@")
    if not name:
        raise InvalidInputError(f"{shorten(written)} is not a user name; write username:NAME.")
    return name


def _check_language(written: str) -> str:
    code = comparable_language(written)
    if not _LANGUAGE.fullmatch(code) or len(code) > _LONGEST_LANGUAGE:
        msg = f"{shorten(written)} is not a language's code; write lang:en or lang:pt-br."
        raise InvalidInputError(msg)
    return code


def _check_state(written: str) -> str:
    state = written.lower()
    if state not in set(RecipientState):
        meant = nearest(state, RecipientState)
        advice = f"did you mean {meant}?" if meant else f"use {', '.join(RecipientState)}."
        raise InvalidInputError(f"{shorten(written)} is no state of recipients; {advice}")
    return state


def _check_broadcast_id(written: str) -> int:
    # By its length too: Python refuses to read numbers of thousands of digits.
    digits = written.lstrip("0")
    read = re.fullmatch(r"[0-9]+", digits) and len(digits) <= _DIGITS_OF_64_BITS
    if not read or int(digits) >= 2**63:
        msg = f"{shorten(written)} is not a broadcast's number; see `hsl-tui broadcasts list`."
        raise InvalidInputError(msg)
    return int(digits)
