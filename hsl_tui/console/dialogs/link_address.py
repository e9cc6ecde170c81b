"""The dialog that asks where a link leads."""

from __future__ import annotations

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Button, Input, Static

from hsl_tui.console.formatting import link_tag
from hsl_tui.console.terminal_text import terminal_text
from hsl_tui.console.widgets.fields import LineField
from hsl_tui.errors import InvalidInputError


class LinkAddress(ModalScreen[str | None]):
    """Ends with the tag in front of the link's text, or None for «leave it».

    Args:
        text: what the link will show; where it is an address, it is offered.
    """

    AUTO_FOCUS = "#address"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss(None)", "Leave it", id="link.leave"),
    ]

    def __init__(self, text: str) -> None:
        super().__init__()
        self._offered = text.strip() if _is_address(text) else "https://"

    def compose(self) -> ComposeResult:
        with Vertical(id="dialog"):
            yield Static(Content.styled("Link", "bold"), id="title", markup=False)
            yield LineField(
                self._offered,
                id="address",
                compact=True,
                placeholder="https://example.org",
                select_on_focus=False,
                max_length=2048,
            )
            yield Static(id="verdict", markup=False)
            with Horizontal(id="answers"):
                yield Button(Content("Make a link"), id="take", variant="primary", compact=True)
                yield Button(Content("Leave it"), id="leave", compact=True)

    def on_mount(self) -> None:
        field = self.query_one("#address", Input)
        field.cursor_blink = False
        field.action_end()

    @on(Input.Changed, "#address")
    def _judge(self) -> None:
        self.query_one("#verdict", Static).update("")

    @on(Input.Submitted, "#address")
    @on(Button.Pressed, "#take")
    def _take(self) -> None:
        try:
            tag = link_tag(self.query_one("#address", Input).value)
        except InvalidInputError as error:
            said = Content.styled(f"✗ {terminal_text(str(error))}", "$text-error")
            self.query_one("#verdict", Static).update(said)
            return
        self.dismiss(tag)  # type: ignore[unused-awaitable] # a handler of the screen itself must not wait for its end

    @on(Button.Pressed, "#leave")
    def _leave(self) -> None:
        self.dismiss(None)  # type: ignore[unused-awaitable] # likewise


def _is_address(text: str) -> bool:
    try:
        link_tag(text)
    except InvalidInputError:
        return False
    return True
