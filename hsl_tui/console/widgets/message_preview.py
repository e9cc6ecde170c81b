"""A message as its reader will see it, wherever a screen shows one."""

from __future__ import annotations

from typing import Final

from textual.content import Content
from textual.reactive import reactive
from textual.visual import Visual
from textual.widget import Widget

from hsl_tui.console.preview.bubble import Bubble
from hsl_tui.console.preview.message import Message

REVEAL_KEY: Final = "f6"
"""On every screen that shows a message."""


class MessagePreview(Widget, can_focus=False):
    """The bubble, or what is said in its place; spoilers are hidden until asked for."""

    DEFAULT_CSS = "MessagePreview { height: auto; }"

    message: reactive[Message | Content] = reactive(Content(""), layout=True)
    """What to show; content where there is no message, safe already."""
    revealed: reactive[bool] = reactive(default=False, layout=True)

    def __init__(
        self,
        message: Message | Content = Content(""),  # noqa: B008 - it never changes
        *,
        id: str | None = None,  # noqa: A002 - the name that every widget has for it
    ) -> None:
        super().__init__(id=id)
        self.set_reactive(MessagePreview.message, message)

    def render(self) -> Visual:
        message = self.message
        if isinstance(message, Content):
            return message
        return Bubble(message, revealed=self.revealed, key=REVEAL_KEY.upper())

    def reveal(self) -> None:
        """Show what spoilers hide and quotes in full, or hide it again."""
        self.revealed = not self.revealed
