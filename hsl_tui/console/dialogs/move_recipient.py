"""The dialog that asks why a recipient is moved to another state by hand."""

from __future__ import annotations

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Button, Input, Static

from hsl_tui.console.widgets.fields import LineField
from hsl_tui.console.wording import name_of
from hsl_tui.models.enums import RecipientState
from hsl_tui.models.views import RecipientView


class MoveRecipient(ModalScreen[str | None]):
    """Ends with the reason, or None for «leave it».

    Args:
        state: where to.
    """

    AUTO_FOCUS = "#reason"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss(None)", "Leave it", id="move-recipient.leave"),
    ]

    def __init__(self, one: RecipientView, state: RecipientState) -> None:
        super().__init__()
        self._one = one
        self._state = state

    def compose(self) -> ComposeResult:
        back = self._state is RecipientState.ACTIVE
        body = (
            f"{name_of(self._one.person)}, now {self._one.state}, is written to again."
            if back
            else f"{name_of(self._one.person)} is written to no longer: from now on, and by"
            " broadcasts that are on their way."
        )
        with Vertical(id="dialog"):
            title = "Make active" if back else "Unsubscribe"
            yield Static(Content.styled(title, "bold"), id="title", markup=False)
            yield Static(Content(body), id="about", markup=False)
            yield LineField(
                id="reason", compact=True, placeholder="why, such as: asked by mail", max_length=200
            )
            yield Static(id="verdict", markup=False)
            with Horizontal(id="answers"):
                yield Button(Content(title), id="move", variant="primary", compact=True)
                yield Button(Content("Leave it"), id="leave", compact=True)

    def on_mount(self) -> None:
        self.query_one("#reason", Input).cursor_blink = False

    @on(Input.Submitted, "#reason")
    @on(Button.Pressed, "#move")
    def _move(self) -> None:
        reason = self.query_one("#reason", Input).value.strip()
        if reason:
            self.dismiss(reason)  # type: ignore[unused-awaitable] # a handler of the screen itself must not wait for its end
        else:
            said = Content.styled("✗ Say why, for whoever looks at it later.", "$text-error")
            self.query_one("#verdict", Static).update(said)

    @on(Button.Pressed, "#leave")
    def _leave(self) -> None:
        self.dismiss(None)  # type: ignore[unused-awaitable] # likewise
