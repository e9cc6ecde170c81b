"""What all screens of the console have in common."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Final, cast

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import Screen
from textual.widget import Widget
from textual.widgets import Footer, Input, TextArea

from hsl_tui.console.widgets.top_bar import Standing, TopBar
from hsl_tui.services.context import Context

if TYPE_CHECKING:
    from hsl_tui.console.app import HslTuiApp

_KEY_NAMES: Final = {"question_mark": "?", "slash": "/", "escape": "esc"}


class ConsoleScreen(Screen[None]):
    """A screen under the common head, over the common footer."""

    MODE: ClassVar[str]
    """Which of the four it is, or belongs to."""
    HELP_TITLE: ClassVar[str]
    HELP_TEXT: ClassVar[str]
    """What the screen is for and how it is used, a paragraph a line."""
    AUTO_FOCUS = None

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+down", "scroll_detail(1)", "Scroll the pane", show=False),
        Binding("ctrl+up", "scroll_detail(-1)", "Scroll the pane", show=False),
    ]

    def __init__(self, context: Context) -> None:
        super().__init__()
        self.context = context
        self.ready = False
        """Whether all of it is there, to be read into."""

    @property
    def console_app(self) -> HslTuiApp:
        """The app, by its own type."""
        return cast("HslTuiApp", self.app)

    def compose(self) -> ComposeResult:
        yield TopBar(self.MODE)
        with Vertical(id="body"):
            yield from self.compose_body()
        yield Footer(compact=True, show_command_palette=False)

    def compose_body(self) -> ComposeResult:
        """What stands between head and footer."""
        raise NotImplementedError

    @property
    def detail_pane(self) -> Widget:
        """Where the chosen row is told in full, on screens that have such a pane."""
        return self.query_one("#detail-pane")

    def action_scroll_detail(self, by: int) -> None:
        """Scroll that pane, where there is one."""
        for pane in self.query("#detail-pane, #preview-pane"):
            pane.scroll_relative(y=by, animate=False)

    def show_standing(self, standing: Standing) -> None:
        """Say in the head what is true now."""
        self.query_one(TopBar).standing = standing

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
        self.ready = True

    def help_keys(self) -> list[tuple[str, list[tuple[str, str]]]]:
        """All keys, in groups, for the help."""
        own = [(_keys(one), one.description) for one in self._bindings_of(type(self))]
        lists = [
            ("↑ ↓", "row by row; PgUp, PgDn, Home, End in leaps"),
            ("ctrl+↓ ↑", "scroll what the pane shows"),
            ("tab", "to the next part of the screen"),
        ]
        everywhere = [(_keys(one), one.description) for one in self._bindings_of(type(self.app))]
        return [("This screen", own + lists), ("Everywhere", everywhere)]

    @staticmethod
    def _bindings_of(owner: type[Any]) -> list[Binding]:
        return [one for one in owner.BINDINGS if isinstance(one, Binding)]

    def on_screen_resume(self) -> None:
        self.console_app.tell_standing()
        self.reread()


def _keys(binding: Binding) -> str:
    keys = binding.key.split(",")
    return " ".join(
        _KEY_NAMES.get(key, key.upper() if key[0] == "f" and key[1:].isdigit() else key)
        for key in keys
    )
