"""Names that people give to tags and templates."""

from __future__ import annotations

import unicodedata
from typing import Final

from hsl_tui.errors import InvalidInputError

LONGEST_NAME: Final = 64
"""Characters."""

_UNSEEN: Final = {"Cc", "Cs", "Zl", "Zp"}
"""Unicode's control characters, lone surrogates, and separators of lines and paragraphs."""


def check_name(written: str, *, of: str) -> str:
    """A name as it is kept: without blanks around it.

    Args:
        of: what bears it, in a word.

    Raises:
        InvalidInputError: it is none.
    """
    name = written.strip()
    if not name:
        msg = f"A {of} needs a name of 1 to {LONGEST_NAME} characters; this one is empty."
        raise InvalidInputError(msg)
    if len(name) > LONGEST_NAME:
        msg = f"The {of} {name[:LONGEST_NAME] + '…'!r} is longer than {LONGEST_NAME} characters."
        raise InvalidInputError(msg)
    if any(unicodedata.category(character) in _UNSEEN for character in name):
        msg = f"The {of} {name!r} holds a control character; leave it out."
        raise InvalidInputError(msg)
    return name
