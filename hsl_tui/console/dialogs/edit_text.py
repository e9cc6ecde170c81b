"""The dialog in which the text of what was sent is changed."""

from __future__ import annotations

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Button, Static, TextArea

from hsl_tui.console.background import ask
from hsl_tui.console.terminal_text import terminal_text
from hsl_tui.console.widgets.fields import MessageArea
from hsl_tui.console.wording import number, plural
from hsl_tui.errors import HslTuiError, TextRefusedError
from hsl_tui.models.enums import DeliveryStatus
from hsl_tui.models.views import BroadcastView
from hsl_tui.services import followups
from hsl_tui.services.context import Context
from hsl_tui.telegram.markup import ParsedText


class EditText(ModalScreen[str | None]):
    """Ends with the new text, which Telegram takes, or None for «leave it».

    Args:
        text: what the messages say by now.
    """

    AUTO_FOCUS = "#text"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss(None)", "Leave it"),
        Binding("ctrl+r", "change", "Change"),
    ]

    def __init__(self, context: Context, broadcast: BroadcastView, text: str) -> None:
        super().__init__(classes="-wide-dialog")
        self.context = context
        self._broadcast = broadcast
        self._text = text

    def compose(self) -> ComposeResult:
        messages = plural(self._broadcast.counts[DeliveryStatus.SENT], "message")
        with Vertical(id="dialog"):
            title = Content.styled(f"Edit: broadcast {self._broadcast.id}", "bold")
            yield Static(title, id="title", markup=False)
            yield MessageArea(
                self._text,
                id="text",
                compact=True,
                show_line_numbers=False,
                highlight_cursor_line=False,
            )
            yield Static(id="verdict", markup=False)
            said = f"{messages} in the chats will say this. Media, buttons and options stay."
            waiting = self._broadcast.counts[DeliveryStatus.PENDING]
            if waiting:
                said += f" The {number(waiting)} that still wait will get the text as it was."
            yield Static(Content(said), id="said", markup=False)
            with Horizontal(id="answers"):
                yield Button(Content("Change them"), id="change", variant="primary", compact=True)
                yield Button(Content("Leave it"), id="leave", compact=True)

    def on_mount(self) -> None:
        self._read()

    @on(TextArea.Changed, "#text")
    def _read(self) -> None:
        text = self.query_one("#text", MessageArea).text
        # Until it has been read, what was said of the one before holds no more.
        self.query_one("#change", Button).disabled = True
        ask(
            self,
            lambda: followups.read_edit(self.context, self._broadcast.id, text),
            lambda read: self._show(text, read),
            refused=self._refuse,
            group="text",
        )

    def _show(self, text: str, read: ParsedText) -> None:
        self.query_one("#change", Button).disabled = text == self._text
        same = "  as it is now" if text == self._text else ""
        self.query_one("#verdict", Static).update(
            Content.assemble(
                ("✓ ", "$text-success"),
                f"{number(read.length)} of {number(followups.limit_of(self._broadcast))}",
                (same, "$text-muted"),
            )
        )

    def _refuse(self, error: HslTuiError) -> None:
        place = ""
        if isinstance(error, TextRefusedError) and error.line is not None:
            place = f"line {error.line}, column {error.column}: "
        self.query_one("#verdict", Static).update(
            Content.styled(f"✗ {place}{terminal_text(str(error))}", "$text-error")
        )

    @on(Button.Pressed, "#change")
    def action_change(self) -> None:
        """End with the text, if it has been read and is another one."""
        if not self.query_one("#change", Button).disabled:
            text = self.query_one("#text", MessageArea).text
            self.dismiss(text)  # type: ignore[unused-awaitable] # a handler of the screen itself must not wait for its end

    @on(Button.Pressed, "#leave")
    def _leave(self) -> None:
        self.dismiss(None)  # type: ignore[unused-awaitable] # likewise
