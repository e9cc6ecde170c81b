"""The fields in which text is written: what was pasted shows instead of acting on the terminal."""

from __future__ import annotations

from typing import Final

from rich.text import Text
from textual.widgets import Input, TextArea

from hsl_tui.safety import safe_text

_REPLACEMENT: Final = "\N{REPLACEMENT CHARACTER}"


class MessageArea(TextArea):
    """The field for a message."""

    def get_line(self, line_index: int) -> Text:
        line = super().get_line(line_index)
        line.plain = _one_for_one(line.plain)
        return line


class LineField(Input):
    """A field for one line."""

    @property
    def _value(self) -> Text:
        value = super()._value
        value.plain = _one_for_one(value.plain)
        return value


def _one_for_one(text: str) -> str:
    """The text made safe without a change of its length: the cursor stays where the text is."""
    if safe_text(text) == text:
        return text
    return "".join(one if one == "\t" or safe_text(one) == one else _REPLACEMENT for one in text)
