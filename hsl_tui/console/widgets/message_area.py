"""The field in which a message is written."""

from __future__ import annotations

from typing import Final

from rich.text import Text
from textual.widgets import TextArea

from hsl_tui.safety import safe_text

_REPLACEMENT: Final = "\N{REPLACEMENT CHARACTER}"


class MessageArea(TextArea):
    """A text area in which pasted control characters show instead of acting on the terminal."""

    def get_line(self, line_index: int) -> Text:
        line = super().get_line(line_index)
        plain = line.plain
        if safe_text(plain) != plain:
            # One for one, so that the cursor stays where the text is.
            line.plain = "".join(
                one if one == "\t" or safe_text(one) == one else _REPLACEMENT for one in plain
            )
        return line
