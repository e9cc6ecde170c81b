"""One line below the head, while something is wrong that concerns every screen."""

from __future__ import annotations

from textual.content import Content
from textual.reactive import reactive
from textual.widget import Widget

from hsl_tui.console.terminal_text import terminal_text
from hsl_tui.console.widgets.columns import fit


class Banner(Widget, can_focus=False):
    """A sentence in the colours of an error; it takes no line while there is none."""

    said: reactive[str] = reactive("")

    def on_mount(self) -> None:
        self.display = bool(self.said)

    def watch_said(self) -> None:
        self.display = bool(self.said)

    def render(self) -> Content:
        width = self.content_size.width
        return Content.styled(fit(f"✗ {terminal_text(self.said)}", width), "bold $text-error")
