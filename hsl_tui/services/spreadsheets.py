"""Cells that a spreadsheet would run as a formula, written so that it shows them as text.

A name like ``=HYPERLINK(…)`` in an exported file would act on whoever opens it. An apostrophe in
front is the customary guard; an import takes it off again.
"""

from __future__ import annotations

import re
from typing import Final

# Some programs take the wide signs of East Asian keyboards for the narrow ones, or look behind
# blanks; \s has the blanks of every script, and tabs and ends of lines.
_START: Final = "(?:\\s*[=+\\-@\uff1d\uff0b\uff0d\uff20]|[\\t\\r\\n])"
_FORMULA: Final = re.compile(f"'*{_START}")
_GUARDED: Final = re.compile(f"''*{_START}")
_NUMBER: Final = re.compile(r"-[0-9]+(\.[0-9]+)?")


def guard(text: str) -> str:
    """The text as it may stand in a cell; plain numbers, such as chat ids of groups, stay."""
    if _FORMULA.match(text) and not _NUMBER.fullmatch(text):
        return f"'{text}"
    return text


def unguard(cell: str) -> str:
    """What :func:`guard` was given."""
    return cell[1:] if _GUARDED.match(cell) else cell
