"""The dialog that asks before a person is forgotten, and says what that erases and what stays."""

from __future__ import annotations

from typing import ClassVar, Final

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Button, Input, Label, Static

from hsl_tui.console.widgets.fields import LineField
from hsl_tui.console.widgets.typed_count import TypedCount
from hsl_tui.console.wording import name_of
from hsl_tui.models.forgotten import MARK
from hsl_tui.models.views import RecipientView

_ERASED: Final = (
    "names, user name, chat id, language, tags and attributes",
    f"what holds them in texts and in the audit log: {MARK} stands there then",
    "what still waits to be sent to them: it is cancelled",
)
_STAYS: Final = (
    "the counts of all broadcasts, and their deliveries, under no name",
    "the audit log's chain, with an entry that says what was taken out",
    "a digest of the chat id, by which `hsl-tui db adopt` leaves them out",
    "what only a first name or a former name gives away; backups; exported files",
)


class Forget(ModalScreen[str | None]):
    """Ends with the reason, which may be empty, or with None for «leave it»."""

    AUTO_FOCUS = "#typed"
    HELP_TITLE = "Forget a recipient"
    HELP_TEXT = (
        "What is erased cannot be brought back. A later /start, or an import with the same chat id,"
        " is somebody new, who is active and has no tags.\n"
        "It is refused while a message to them is on its way, and while a broadcast that has not"
        " ended says something about them."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss(None)", "Leave it", id="forget.leave"),
        Binding("pagedown,down", "scroll_body(4)", "Scroll", show=False, id="forget.page-down"),
        Binding("pageup,up", "scroll_body(-4)", "Scroll", show=False, id="forget.page-up"),
    ]

    def __init__(self, one: RecipientView) -> None:
        super().__init__(classes="-wide-dialog")
        self._one = one

    def compose(self) -> ComposeResult:
        name = name_of(self._one.person)
        with Vertical(id="dialog"):
            yield Static(Content.styled(f"Forget {name}", "bold"), id="title", markup=False)
            with VerticalScroll(id="dialog-body", can_focus=False):
                yield Static(_told(), markup=False)
            with Horizontal(classes="field"):
                yield Label("Why", classes="field-name")
                yield LineField(
                    id="reason",
                    compact=True,
                    placeholder="for the audit log; may stay empty",
                    max_length=200,
                )
            yield TypedCount(str(self._one.chat_id))
            with Horizontal(id="answers"):
                yield Button(
                    Content("Forget for good"),
                    id="forget",
                    variant="error",
                    compact=True,
                    disabled=True,
                )
                yield Button(Content("Leave it"), id="leave", compact=True)

    def on_mount(self) -> None:
        for field in self.query(Input):
            field.cursor_blink = False

    def action_scroll_body(self, by: int) -> None:
        """Scroll what is erased and what stays."""
        self.query_one("#dialog-body").scroll_relative(y=by, animate=False)

    @on(TypedCount.Matched)
    def _compare(self, typed: TypedCount.Matched) -> None:
        self.query_one("#forget", Button).disabled = not typed.matches

    @on(Button.Pressed, "#forget")
    def _forget(self) -> None:
        reason = self.query_one("#reason", Input).value.strip()
        self.dismiss(reason)  # type: ignore[unused-awaitable] # a handler of the screen itself must not wait for its end

    @on(Button.Pressed, "#leave")
    def _leave(self) -> None:
        self.dismiss(None)  # type: ignore[unused-awaitable] # likewise


def _told() -> Content:
    lines = [Content.styled("Erased for good:", "bold")]
    lines += [Content.assemble(("✗ ", "$text-error"), one) for one in _ERASED]
    lines += [Content(""), Content.styled("Stays:", "bold")]
    lines += [Content.assemble(("✓ ", "$text-success"), one) for one in _STAYS]
    return Content("\n").join(lines)
