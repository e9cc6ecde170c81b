"""The fields in which text is written: what was pasted shows instead of acting on the terminal."""

from __future__ import annotations

from typing import ClassVar, Final

from rich.text import Text
from textual.widgets import Input, TextArea

from hsl_tui.errors import HslTuiError, SelectorError
from hsl_tui.safety import safe_text

_REPLACEMENT: Final = "\N{REPLACEMENT CHARACTER}"


class MessageArea(TextArea):
    """The field for a message."""

    def get_line(self, line_index: int) -> Text:
        line = super().get_line(line_index)
        line.plain = _one_for_one(line.plain)
        return line


class LineField(Input):
    """A field for one line, in which the place of an error can be marked."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {"line-field--fault"}

    _fault: range | None = None

    def mark_error(self, error: HslTuiError | None) -> None:
        """Mark what an error is about, where it tells the place in what stands here; else nothing.

        A place behind the end is marked at the last character.
        """
        fault = None
        if isinstance(error, SelectorError) and error.text == self.value:
            fault = range(error.offset, error.offset + error.length)
        if fault != self._fault:
            self._fault = fault
            self.refresh()

    @property
    def _value(self) -> Text:
        value = super()._value
        value.plain = _one_for_one(value.plain)
        if self._fault is not None and value.plain:
            start = min(self._fault.start, len(value.plain) - 1)
            style = self.get_component_rich_style("line-field--fault", partial=True)
            value.stylize(style, start, max(self._fault.stop, start + 1))
        return value


def _one_for_one(text: str) -> str:
    """The text made safe without a change of its length: the cursor stays where the text is."""
    if safe_text(text) == text:
        return text
    return "".join(one if one == "\t" or safe_text(one) == one else _REPLACEMENT for one in text)
