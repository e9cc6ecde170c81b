"""Names as they are searched for: whatever their case, accents and width.

The keys stand in columns of their own, because no database folds letters beyond ASCII alike. They
are compared byte by byte, so that a beginning is a range of the index.
"""

from __future__ import annotations

import re
import sys
import unicodedata
from functools import lru_cache
from typing import Final

from hsl_tui.store.texts import REPLACEMENT, storable

COLUMNS: Final = ("name_key", "last_name_key", "username_key")

LENGTH: Final = 32
"""Characters that are kept of a key, and that count of what is searched for."""

_SLIGHT: Final = re.compile(
    "[\u0300-\u036f"  # accents, once they stand apart from their letters
    "\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufe00-\ufe0f\ufeff]"  # what shows nothing
)
"""Beside which letters are the same."""

_DOTLESS_I: Final = "\u0131"
_LAST_BEFORE_SURROGATES: Final = 0xD7FF
_FIRST_AFTER_SURROGATES: Final = 0xE000


def fold(text: str) -> str:
    """What is left of a text when case, accents and the like do not matter.

    ``İbrahim``, ``Ibrahim`` and ``ibrahim`` are the same then, so are ``Zoë`` and ``ZOE``.
    """
    if text.isascii():
        # By far the most, in an import of a million.
        return " ".join(text.lower().split())[:LENGTH].replace("\0", REPLACEMENT)
    bare = _SLIGHT.sub("", unicodedata.normalize("NFKD", text)).casefold()
    folded = unicodedata.normalize("NFC", bare.replace(_DOTLESS_I, "i"))
    return storable(" ".join(folded.split()), LENGTH)


def keys(
    first_name: str | None, last_name: str | None, username: str | None
) -> dict[str, str | None]:
    """The key columns of a recipient; None where there is nothing to search for.

    The first one begins with the first name and goes on with the last.
    """
    return dict(zip(COLUMNS, key_cells(first_name, last_name, username), strict=True))


def key_cells(
    first_name: str | None, last_name: str | None, username: str | None
) -> tuple[str | None, str | None, str | None]:
    """The values of :func:`keys` alone, in the order of :data:`COLUMNS`."""
    first, last = _fold_name(first_name or ""), _fold_name(last_name or "")
    both = f"{first} {last}"[:LENGTH] if first and last else first or last
    return both or None, last or None, fold(username or "") or None


@lru_cache(maxsize=8192)
def _fold_name(name: str) -> str:
    """As :func:`fold`; in an import the same names come again and again."""
    return fold(name)


def end(beginning: str) -> str | None:
    """The least text that sorts behind all that begin so, or None where there is none."""
    while beginning:
        code = ord(beginning[-1])
        beginning = beginning[:-1]
        if code < sys.maxunicode:
            following = code + 1
            if code == _LAST_BEFORE_SURROGATES:
                following = _FIRST_AFTER_SURROGATES
            return beginning + chr(following)
    return None
