"""Text that people wrote, made fit for a terminal, a log and a table."""

from __future__ import annotations

import re
from typing import Final

# C0, DEL, C1; what has no width (but not the joiners that scripts and emoji need); marks that turn
# the direction of writing; separators of lines; annotations; lone halves of surrogate pairs.
_UNSEEN: Final = re.compile(
    "[\x00-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
    "\ud800-\udfff]"
)
_UNSEEN_BUT_NEWLINE: Final = re.compile(_UNSEEN.pattern.replace("\x00-\x1f", "\x00-\t\x0b-\x1f"))


def safe_text(text: str, *, newlines: bool = False) -> str:
    r"""The text with what acts instead of showing written out: ``\x1b``, ``\u202e``.

    What is returned moves no cursor, opens no hyperlink, turns no line around and can be encoded;
    it is one line, unless ``newlines`` are to stay. Letters, marks and emoji stay as they are.
    """
    if text.isascii() and text.isprintable():
        return text
    return (_UNSEEN_BUT_NEWLINE if newlines else _UNSEEN).sub(_write_out, text)


def _write_out(match: re.Match[str]) -> str:
    # Python's own notation.
    return repr(match[0])[1:-1]
