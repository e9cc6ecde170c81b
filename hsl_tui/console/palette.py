"""The command palette: a row for every act of every screen."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING, Final, NamedTuple, cast

from textual.command import DiscoveryHit, Hit, Hits, Provider
from textual.types import IgnoreReturnCallbackType

from hsl_tui.console.acts import ACTS

if TYPE_CHECKING:
    from hsl_tui.console.app import HslTuiApp


class Row(NamedTuple):
    """One act, in words."""

    title: str
    help: str
    run: IgnoreReturnCallbackType


class Key(NamedTuple):
    """A key of one screen, and what it does there.

    Attributes:
        act: the name of the screen's action, without what it is given.
    """

    title: str
    key: str
    mode: str
    act: str
    what: tuple[str | int, ...] = ()


_SCREENS: Final = {
    "broadcasts": "broadcasts",
    "compose": "compose",
    "recipients": "recipients",
    "audit": "the audit log",
}
_KEYS: Final = (
    Key("Broadcast: begin a new one from it", "c", "broadcasts", "copy"),
    Key("Broadcast: open its deliveries", "enter", "broadcasts", "open"),
    Key("Compose: review and queue", "ctrl+r", "compose", "review"),
    Key("Compose: start over", "ctrl+l", "compose", "clear"),
    Key("Compose: media, buttons and options", "ctrl+o", "compose", "extras"),
    Key("Compose: use a template", "ctrl+t", "compose", "use_template"),
    Key("Compose: save as template", "ctrl+s", "compose", "save_template"),
    Key("Compose: the next reader", "f9", "compose", "step", (1,)),
    Key("Compose: the reader before", "f8", "compose", "step", (-1,)),
    Key("Compose: show what is hidden", "f6", "compose", "reveal"),
    Key("Recipients: search", "/", "recipients", "search"),
    Key("Recipients: narrow to a tag", "t", "recipients", "tag"),
    Key("Recipients: narrow to the next state", "s", "recipients", "next_state"),
    Key("Recipients: show all", "esc", "recipients", "clear"),
    Key("Audit log: next kind", "f", "audit", "next_kind"),
    Key("Audit log: verify", "v", "audit", "verify"),
)


class ActProvider(Provider):
    """Finds acts by the letters of their titles. All words are ours, never people's."""

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
        app = cast("HslTuiApp", self.app)
        for mode, keys in (
            ("broadcasts", "F2 or 1"),
            ("compose", "F3 or 2"),
            ("recipients", "F4 or 3"),
            ("audit", "F5 or 4"),
        ):
            yield Row(f"Go to {_SCREENS[mode]}", keys, partial(app.action_go, mode))
        yield Row("Broadcast: new", "n on broadcasts", partial(app.action_go, "compose"))
        for act in ACTS:
            yield Row(
                f"Broadcast: {act.title.lower()}",
                f"{act.key} on broadcasts; asks first",
                partial(app.act_on, "broadcasts", "propose", act.name),
            )
        for key in _KEYS:
            run = partial(app.act_on, key.mode, key.act, *key.what)
            yield Row(key.title, f"{key.key} on {_SCREENS[key.mode]}", run)
        yield Row("Read anew", "what the screen in front shows", app.action_reread)
        yield Row("Help", "F1 or ?", app.action_help)
        yield Row("Change the theme", "light, dark and others", app.action_change_theme)
        yield Row("Quit", "ctrl+q; calls that are on the way end first", app.action_quit)
