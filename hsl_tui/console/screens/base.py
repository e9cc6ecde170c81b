"""What all screens of the console have in common."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, ClassVar, Final, cast

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import Screen
from textual.widget import Widget
from textual.widgets import Input, TextArea

from hsl_tui.console.standing import Standing
from hsl_tui.console.terminal_text import terminal_text
from hsl_tui.console.widgets.banner import Banner
from hsl_tui.console.widgets.columns import fit
from hsl_tui.console.widgets.key_bar import KeyBar
from hsl_tui.console.widgets.top_bar import TopBar
from hsl_tui.services.context import Context

if TYPE_CHECKING:
    from hsl_tui.console.app import HslTuiApp

_SAID_OF_A_COPY: Final = 40
"""Cells of what was copied that the notice shows."""


class ConsoleScreen(Screen[None]):
    """A screen under the common head, over the common foot."""

    MODE: ClassVar[str]
    """Which of the four it is, or belongs to."""
    HELP_TITLE: ClassVar[str]
    HELP_TEXT: ClassVar[str]
    """What the screen is for and how it is used, a paragraph a line."""
    AUTO_FOCUS = None

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "y",
            "copy_out",
            "Copy",
            show=False,
            tooltip="Copy what is chosen to the terminal's clipboard",
            id="screen.copy",
        ),
        Binding(
            "ctrl+down,J", "scroll_detail(1)", "Scroll the pane down", show=False, id="screen.down"
        ),
        Binding("ctrl+up,K", "scroll_detail(-1)", "Scroll the pane up", show=False, id="screen.up"),
    ]

    def __init__(self, context: Context) -> None:
        super().__init__()
        self.context = context
        self.ready = False
        """Whether all of it is there, to be read into."""
        self._when_ready: list[Callable[[], None]] = []

    @property
    def console_app(self) -> HslTuiApp:
        """The app, by its own type."""
        return cast("HslTuiApp", self.app)

    def compose(self) -> ComposeResult:
        yield TopBar(self.MODE)
        yield Banner()
        with Vertical(id="body"):
            yield from self.compose_body()
        yield KeyBar()

    def compose_body(self) -> ComposeResult:
        """What stands between head and foot."""
        raise NotImplementedError

    @property
    def detail_pane(self) -> Widget:
        """Where the chosen row is told in full, on screens that have such a pane."""
        return self.query_one("#detail-pane")

    def action_scroll_detail(self, by: int) -> None:
        """Scroll that pane, where there is one."""
        for pane in self.query("#detail-pane, #preview-pane"):
            pane.scroll_relative(y=by, animate=False)

    def copyable(self) -> str | None:
        """What a copy of what is chosen says; None where nothing is."""
        return None

    def action_copy_out(self) -> None:
        """Put what is chosen on the clipboard of the operator's terminal (OSC 52)."""
        text = self.copyable()
        if text is None:
            self.notify("There is nothing here to copy.", severity="warning", markup=False)
            return
        self.app.copy_to_clipboard(text)
        line = terminal_text(text.strip().partition("\n")[0])
        said = fit(line, _SAID_OF_A_COPY).rstrip()
        self.notify(f"Copied to the terminal's clipboard: {said}", markup=False)

    def when_ready(self, do: Callable[[], None]) -> None:
        """Do this once all of it is there and drawn."""
        if self.ready:
            self.call_after_refresh(do)
        else:
            self._when_ready.append(do)

    def show_standing(self, standing: Standing) -> None:
        """Say in the head what is true now."""
        self.query_one(TopBar).standing = standing
        self.query_one(Banner).said = standing.away

    def reread(self) -> None:
        """Read anew what is shown; called when the screen comes to the front."""

    def follow_progress(self) -> None:
        """Show what the worker did meanwhile; called up to four times a second."""

    def follow_others(self) -> None:
        """Show what other processes did meanwhile; called every few seconds."""
        self.reread()

    def on_mount(self) -> None:
        # A cursor that blinks sends bytes for ever.
        for field in self.query("Input, TextArea"):
            if isinstance(field, Input | TextArea):
                field.cursor_blink = False
        for notices in self.query("ToastRack"):
            self.move_child(notices, after=self.query_one(KeyBar))
        self.ready = True
        for do in self._when_ready:
            self.call_after_refresh(do)
        self._when_ready.clear()
        self.console_app.greet()

    def on_screen_resume(self) -> None:
        self.console_app.tell_standing()
        self.reread()
