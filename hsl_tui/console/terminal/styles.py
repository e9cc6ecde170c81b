"""What the parameters of an SGR sequence say (ECMA-48, 8.3.117), and the way between two."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

_CODE: Final = re.compile(r"[34]8;(?:5;\d+|2;\d+;\d+;\d+)|\d+")
_UNSEEN_ON_BLANKS: Final = frozenset({"foreground", "1", "2", "3"})
"""The colour of letters, bold, dim and italic."""


@lru_cache(4096)
def transition(before: str, after: str) -> str:
    """The sequence that goes from one style to another."""
    if before == after:
        return ""
    if not after:
        return "\x1b[m"
    had, wants = _parts(before), _parts(after)
    if not had.keys() <= wants.keys():
        return f"\x1b[;{after}m"
    return "\x1b[" + ";".join(code for kind, code in wants.items() if had.get(kind) != code) + "m"


@lru_cache(4096)
def of_blank(style: str) -> str:
    """As much of a style as shows on a blank; all of it where there is a line, or a reversal."""
    parts = _parts(style)
    if not parts.keys() <= _UNSEEN_ON_BLANKS | {"background"}:
        return style
    return parts.get("background", "")


@lru_cache(4096)
def can_erase(style: str, *, in_colour: bool) -> bool:
    """Whether erased cells look as blanks do in this style.

    Args:
        in_colour: erased cells take the background in force (terminfo: ``bce``).
    """
    seen = _parts(of_blank(style)).keys()
    return not seen or (in_colour and seen == {"background"})


@lru_cache(4096)
def _parts(style: str) -> dict[str, str]:
    """By what each code says something of: a colour, or one attribute."""
    parts: dict[str, str] = {}
    for code in _CODE.findall(style):
        first = int(code.partition(";")[0])
        if 30 <= first <= 38 or 90 <= first <= 97:  # noqa: PLR2004 - ECMA-48, and xterm's bright
            parts["foreground"] = code
        elif 40 <= first <= 48 or 100 <= first <= 107:  # noqa: PLR2004 - likewise
            parts["background"] = code
        else:
            parts[code] = code
    return parts
