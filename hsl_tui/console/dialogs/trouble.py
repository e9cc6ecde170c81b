"""The dialog for what nobody foresaw."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static, TextArea


class Trouble(ModalScreen[None]):
    """A traceback that can be read and copied.

    Args:
        traceback: without secrets and without characters that act on a terminal.
    """

    AUTO_FOCUS = "TextArea"
    HELP_TITLE = "Something went wrong"
    HELP_TEXT = "What is written here says where. It is in the log too; nothing in it is secret."
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss(None)", "Close", id="trouble.close"),
        Binding("y,c", "copy", "Copy it to the terminal's clipboard", id="trouble.copy"),
    ]

    def __init__(self, traceback: str) -> None:
        super().__init__(classes="-wide-dialog")
        self._traceback = traceback

    def compose(self) -> ComposeResult:
        with Vertical(id="dialog"):
            yield Static(
                Content.styled("Something went wrong that should not", "bold $text-error"),
                id="title",
                markup=False,
            )
            yield Static(
                Content("It is in the log too. What was asked for may not have been done."),
                markup=False,
            )
            yield TextArea(self._traceback, read_only=True, id="traceback", compact=True)
            yield Static(
                Content.styled("y copies it · esc closes", "$text-muted"), id="hint", markup=False
            )

    def action_copy(self) -> None:
        """Put the traceback on the clipboard, through the terminal."""
        self.app.copy_to_clipboard(self._traceback)
        self.notify("Copied to the terminal's clipboard.", markup=False)
