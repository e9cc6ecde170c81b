"""The dialog that counts down what the console still waits for before it ends."""

from __future__ import annotations

from collections.abc import Callable

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from hsl_tui.console.terminal_text import terminal_text

NEWS_EVERY = 1.0
"""Seconds."""


class Leaving(ModalScreen[None]):
    """It ends with the console.

    Args:
        tell: what is waited for now, and what can be done about it.
    """

    HELP_TITLE = "Leaving"
    HELP_TEXT = (
        "A call that was made to Telegram cannot be taken back. The console waits for its answer,"
        " so that the message is on record as sent or as failed; without it the delivery would be"
        " uncertain."
    )

    def __init__(self, tell: Callable[[], tuple[str, str]]) -> None:
        super().__init__()
        self._tell = tell

    def compose(self) -> ComposeResult:
        with Vertical(id="dialog"):
            yield Static(Content.styled("Leaving", "bold"), id="title", markup=False)
            yield Static(id="waiting", markup=False)
            yield Static(id="hint", markup=False)

    def on_mount(self) -> None:
        self.show_news()
        self.set_interval(NEWS_EVERY, self.show_news)

    def show_news(self) -> None:
        """Say what is waited for now."""
        waiting, hint = self._tell()
        for where, said in (
            ("#waiting", Content(terminal_text(waiting))),
            ("#hint", Content.styled(terminal_text(hint, newlines=True), "$text-muted")),
        ):
            line = self.query_one(where, Static)
            if line.content != said:
                line.update(said)
