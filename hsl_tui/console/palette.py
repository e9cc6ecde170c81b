"""The command palette: every act of every screen, every theme, and every broadcast."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING, Final, NamedTuple, cast

from textual.actions import parse
from textual.command import CommandPalette, DiscoveryHit, Hit, Hits, Provider
from textual.content import Content
from textual.types import IgnoreReturnCallbackType
from textual.widgets import Input

from hsl_tui.console.keymap import acts_of
from hsl_tui.console.screens.base import ConsoleScreen
from hsl_tui.console.screens.deliveries import DeliveriesScreen
from hsl_tui.console.terminal_text import terminal_text
from hsl_tui.console.themes import THEME_TITLES
from hsl_tui.console.widgets.top_bar import TABS
from hsl_tui.console.wording import BROADCAST_SIGNS, headline
from hsl_tui.errors import DatabaseError
from hsl_tui.models.views import BroadcastView
from hsl_tui.services.finding import find_broadcasts

if TYPE_CHECKING:
    from hsl_tui.console.app import HslTuiApp

_NAMES: Final = {"audit": "the audit log"}
_LEAST: Final = 2
"""Letters that are worth a search through all broadcasts."""
_BY_NUMBER: Final = 1000.0
_AT_LEAST: Final = 1.0
"""Scores of broadcasts among acts, whose letters score up to a few dozen."""


class Row(NamedTuple):
    """One thing to do, in words."""

    title: str
    help: str
    run: IgnoreReturnCallbackType


class Palette(CommandPalette):
    """The palette, quiet: nothing in it blinks or turns, for that would send bytes for ever."""

    def __init__(self) -> None:
        said = "What to do, or a broadcast's number or words"
        super().__init__(placeholder=said, id="--command-palette")

    def on_mount(self) -> None:
        self.query_one(Input).cursor_blink = False


class ActProvider(Provider):
    """Finds acts by the letters of their titles. All words are ours, never people's."""

    @property
    def _app(self) -> HslTuiApp:
        return cast("HslTuiApp", self.app)

    async def discover(self) -> Hits:
        for row in self._rows():
            yield DiscoveryHit(row.title, row.run, help=row.help)

    async def search(self, query: str) -> Hits:
        matcher = self.matcher(query)
        for row in self._rows():
            score = matcher.match(row.title)
            if score > 0:
                yield Hit(score, matcher.highlight(row.title), row.run, help=row.help)

    def _rows(self) -> Iterator[Row]:
        app = self._app
        keys = {act.id: act.shown_keys() for act in acts_of(type(app), app.keymap)}
        for at, (mode, _, _) in enumerate(TABS, start=2):
            said = f"F{at} {keys[f'app.{mode}']}"
            where = _NAMES.get(mode, mode)
            yield Row(f"Go to {where}", said, partial(app.action_go, mode))
        for mode, _, title in TABS:
            yield from self._rows_of(app.screen_of(mode), title, partial(app.act_on, mode))
        yield from self._rows_of(DeliveriesScreen, "Deliveries", app.act_on_deliveries)
        yield from self._rows_of(ConsoleScreen, "This screen", app.act_on_front)
        yield Row("Read anew", "what the screen in front shows", app.action_reread)
        yield Row("Draw the screen anew", keys["app.redraw"], app.action_redraw)
        yield Row("Help", f"F1 {keys['app.help']}", app.action_help)
        for name, title in THEME_TITLES.items():
            yield Row(f"Theme: {title}", "remembered", partial(app.choose_theme, name))
        yield Row("Theme: next", keys["app.theme"], app.action_next_theme)
        said = f"{keys['app.quit']}; calls that are on the way end first"
        yield Row("Quit", said, app.action_quit)

    def _rows_of(
        self, owner: type[ConsoleScreen], title: str, do: Callable[..., None]
    ) -> Iterator[Row]:
        """A row for each key of a screen that does something; keys that lead about are none."""
        for act in acts_of(owner, self._app.keymap):
            namespace, name, what = parse(act.action)
            if not namespace:
                said = f"{title}: {act.said[:1].lower()}{act.said[1:]}"
                yield Row(said, act.shown_keys(), partial(do, name, *what))


class BroadcastProvider(Provider):
    """Finds broadcasts by number and by how their texts begin, in a thread."""

    async def search(self, query: str) -> Hits:
        app = cast("HslTuiApp", self.app)
        sought = query.strip()
        number = sought.removeprefix("#")
        if len(sought) < _LEAST and not number.isdecimal():
            return
        asked = partial(find_broadcasts, app.context, sought)
        try:
            found = await app.threads.run(self.screen, "palette", asked)
        except DatabaseError as error:
            app.watch_out.note_error(error)
            return
        matcher = self.matcher(query)
        for broadcast in found:
            said = terminal_text(f"#{broadcast.id} {headline(broadcast)}")
            is_that = str(broadcast.id) == number
            score = _BY_NUMBER if is_that else max(_AT_LEAST, matcher.match(said))
            yield _hit(broadcast, said, score, partial(app.show_broadcast, broadcast.id))


def _hit(broadcast: BroadcastView, said: str, score: float, run: IgnoreReturnCallbackType) -> Hit:
    # Content, and never a string: a string would be read as markup.
    sign = BROADCAST_SIGNS[broadcast.state]
    help_text = f"broadcast, {sign.glyph} {broadcast.state}; chooses it in the list"
    return Hit(score, Content(said), run, text=said, help=help_text)
