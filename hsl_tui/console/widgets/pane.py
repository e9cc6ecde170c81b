"""A text that is scrolled, with the keys of vim beside the arrows."""

from __future__ import annotations

from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll


class Pane(VerticalScroll):
    """Scrolls by lines, by halves and by whole screenfuls."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("j,down", "scroll_lines(1)", "Down", show=False, id="pane.down"),
        Binding("k,up", "scroll_lines(-1)", "Up", show=False, id="pane.up"),
        Binding("ctrl+d", "scroll_part(0.5)", "Half a page down", show=False, id="pane.half-down"),
        Binding("ctrl+u", "scroll_part(-0.5)", "Half a page up", show=False, id="pane.half-up"),
        Binding(
            "ctrl+f,pagedown,space", "scroll_part(1)", "Page down", show=False, id="pane.page-down"
        ),
        Binding("ctrl+b,pageup", "scroll_part(-1)", "Page up", show=False, id="pane.page-up"),
        Binding("g,home", "scroll_home", "To the top (g g)", show=False, id="pane.top"),
        Binding("G,end", "scroll_end", "To the end", show=False, id="pane.end"),
    ]

    def action_scroll_lines(self, by: int) -> None:
        """Scroll by lines."""
        self.scroll_relative(y=by, animate=False)

    def action_scroll_part(self, part: float) -> None:
        """Scroll by a part of what is in view."""
        self.scroll_relative(y=round(part * self.size.height), animate=False)

    def action_scroll_home(self) -> None:
        self.scroll_home(animate=False)

    def action_scroll_end(self) -> None:
        self.scroll_end(animate=False)
