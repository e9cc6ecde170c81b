"""The dialog that tells one entry of the audit log in full."""

from __future__ import annotations

from datetime import tzinfo
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from hsl_tui.console.widgets.audit_row import in_full
from hsl_tui.console.widgets.pane import Pane
from hsl_tui.console.wording import number
from hsl_tui.models.views import AuditView


class EntryDialog(ModalScreen[None]):
    """A detail a line, however many there are."""

    AUTO_FOCUS = "#dialog-body"
    HELP_TITLE = "One entry of the audit log"
    HELP_TEXT = "All that it says. What was changed shows as - before and + after."
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,enter", "dismiss(None)", "Close", id="entry.close"),
        Binding("y", "copy_out", "Copy", id="entry.copy"),
    ]

    def __init__(self, entry: AuditView, zone: tzinfo) -> None:
        super().__init__(classes="-wide-dialog")
        self._title = f"Entry {number(entry.id)}"
        self._said = in_full(entry, zone)

    def compose(self) -> ComposeResult:
        with Vertical(id="dialog"):
            yield Static(Content.styled(self._title, "bold"), id="title", markup=False)
            with Pane(id="dialog-body"):
                yield Static(self._said, markup=False)
            hint = "y copies it · esc closes"
            yield Static(Content.styled(hint, "$text-muted"), id="hint", markup=False)

    def action_copy_out(self) -> None:
        """Put all of it on the clipboard, through the terminal."""
        self.app.copy_to_clipboard(f"{self._title}\n{self._said.plain}")
        self.notify("Copied to the terminal's clipboard.", markup=False)
