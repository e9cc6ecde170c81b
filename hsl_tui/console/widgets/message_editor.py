"""The field in which a message is written: its tags coloured, and put around what is selected."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final, cast

from rich.text import Text
from textual.binding import Binding, BindingType
from textual.widgets.text_area import Location, Selection

from hsl_tui.console.dialogs.format_menu import FormatMenu
from hsl_tui.console.dialogs.link_address import LinkAddress
from hsl_tui.console.formatting import FORMATS, Change, Format, is_around, toggle
from hsl_tui.console.highlighting import Piece, by_line, pieces
from hsl_tui.console.widgets.fields import MessageArea
from hsl_tui.errors import InvalidInputError

if TYPE_CHECKING:
    from hsl_tui.console.app import HslTuiApp

MENU_KEY: Final = "ctrl+g"
_BY_NAME: Final = {one.name: one for one in FORMATS}


class MessageEditor(MessageArea):
    """The field for a message in Telegram's HTML."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "message-editor--tag",
        "message-editor--reference",
        "message-editor--variable",
        "message-editor--wrong",
    }
    DEFAULT_CSS = """
    MessageEditor {
        & > .message-editor--tag { color: $text-accent; }
        & > .message-editor--reference { color: $text-warning; }
        & > .message-editor--variable { color: $text-success; text-style: italic; }
        & > .message-editor--wrong { color: $text-error; text-style: underline; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(MENU_KEY, "choose_format", "Format", id="compose.format"),
        *(
            Binding(
                "ctrl+b" if one.name == "bold" else f"alt+{one.key}",
                f"format('{one.name}')",
                one.said.rstrip("…"),
                show=False,
                id=f"compose.{one.name}",
            )
            for one in FORMATS
        ),
    ]

    def __init__(
        self,
        text: str = "",
        *,
        id: str | None = None,  # noqa: A002 - the name that every widget has for it
    ) -> None:
        super().__init__(
            text,
            id=id,
            compact=True,
            show_line_numbers=False,
            highlight_cursor_line=False,
        )
        self._coloured = ""
        self._pieces: dict[int, list[Piece]] = {}

    def get_line(self, line_index: int) -> Text:
        line = super().get_line(line_index)
        if (text := self._plain) != self._coloured:
            self._coloured, self._pieces = text, by_line(text, pieces(text))
        for one in self._pieces.get(line_index, ()):
            style = self.get_component_rich_style(f"message-editor--{one.kind}", partial=True)
            line.stylize(style, one.start, one.end)
        return line

    def show_place(self, line: int, column: int) -> None:
        """Move the caret to a place that is told from 1, and into view."""
        row = min(line, self.document.line_count) - 1
        self.move_cursor((row, min(column - 1, len(self.document.get_line(row)))), center=True)
        self.focus()

    def action_choose_format(self) -> None:
        """Let a format be chosen by its letter."""

        def chosen(name: str | None) -> None:
            if name is not None:
                self.action_format(name)

        self._app.open(FormatMenu(), chosen)

    def action_format(self, name: str) -> None:
        """Put a format's tags around what is selected, or take them away."""
        wanted = _BY_NAME[name]
        if name != "link" or is_around(self._plain, *self._selected, wanted):
            self._toggle(wanted)
            return

        def given(tag: str | None) -> None:
            if tag is not None:
                self._toggle(wanted, tag)

        start, end = self._selected
        self._app.open(LinkAddress(self._plain[start:end]), given)

    def _toggle(self, wanted: Format, opening: str | None = None) -> None:
        try:
            change = toggle(self._plain, *self._selected, wanted, opening)
        except InvalidInputError as error:
            self._app.tell_error(error)
            return
        self._carry_out(change)

    def _carry_out(self, change: Change) -> None:
        if change.instead or change.start != change.end:
            start, end = self._location(change.start), self._location(change.end)
            self.replace(change.instead, start, end, maintain_selection_offset=False)
        self.selection = Selection(*map(self._location, change.select))
        self.scroll_cursor_visible()
        self.focus()

    # --- the text by the indices of its characters ----------------------------------------------

    @property
    def _plain(self) -> str:
        """The text with line feeds only, whatever was pasted."""
        return "\n".join(self.document.lines)

    @property
    def _selected(self) -> tuple[int, int]:
        start, end = sorted((self.selection.start, self.selection.end))
        return self._index(start), self._index(end)

    def _index(self, location: Location) -> int:
        row, column = location
        return sum(len(line) + 1 for line in self.document.lines[:row]) + column

    def _location(self, index: int) -> Location:
        before = self._plain[:index]
        row = before.count("\n")
        return row, index - (before.rfind("\n") + 1)

    @property
    def _app(self) -> HslTuiApp:
        return cast("HslTuiApp", self.app)
