"""The command palette: a row for every act of every screen."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING, NamedTuple, cast

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
        act_on = app.act_on
        yield Row("Go to broadcasts", "F2 or 1", partial(app.action_go, "broadcasts"))
        yield Row("Go to compose", "F3 or 2", partial(app.action_go, "compose"))
        yield Row("Go to recipients", "F4 or 3", partial(app.action_go, "recipients"))
        yield Row("Go to the audit log", "F5 or 4", partial(app.action_go, "audit"))
        yield Row("Broadcast: new", "n on broadcasts", partial(app.action_go, "compose"))
        for act in ACTS:
            yield Row(
                f"Broadcast: {act.title.lower()}",
                f"{act.key} on broadcasts; asks first",
                partial(act_on, "broadcasts", "propose", act.name),
            )
        yield Row(
            "Broadcast: begin a new one from it",
            "c on broadcasts",
            partial(act_on, "broadcasts", "copy"),
        )
        yield Row(
            "Broadcast: open its deliveries",
            "enter on broadcasts",
            partial(act_on, "broadcasts", "open"),
        )
        yield Row(
            "Compose: review and queue",
            "ctrl+r on compose",
            partial(act_on, "compose", "review"),
        )
        yield Row("Compose: start over", "ctrl+l on compose", partial(act_on, "compose", "clear"))
        yield Row(
            "Compose: media, buttons and options",
            "ctrl+o on compose",
            partial(act_on, "compose", "extras"),
        )
        yield Row(
            "Compose: use a template",
            "ctrl+t on compose",
            partial(act_on, "compose", "use_template"),
        )
        yield Row(
            "Compose: save as template",
            "ctrl+s on compose",
            partial(act_on, "compose", "save_template"),
        )
        for title, key, by in (
            ("Compose: the next reader", "f9", 1),
            ("Compose: the reader before", "f8", -1),
        ):
            yield Row(title, f"{key} on compose", partial(act_on, "compose", "step", by))
        yield Row(
            "Compose: show what is hidden", "f6 on compose", partial(act_on, "compose", "reveal")
        )
        yield Row("Recipients: search", "/ on recipients", partial(act_on, "recipients", "search"))
        yield Row(
            "Recipients: narrow to a tag", "t on recipients", partial(act_on, "recipients", "tag")
        )
        yield Row(
            "Recipients: narrow to the next state",
            "s on recipients",
            partial(act_on, "recipients", "next_state"),
        )
        yield Row(
            "Recipients: show all", "esc on recipients", partial(act_on, "recipients", "clear")
        )
        yield Row(
            "Audit log: next kind", "f on the audit log", partial(act_on, "audit", "next_kind")
        )
        yield Row("Audit log: verify", "v on the audit log", partial(act_on, "audit", "verify"))
        yield Row("Read anew", "what the screen in front shows", app.action_reread)
        yield Row("Help", "F1 or ?", app.action_help)
        yield Row("Change the theme", "light, dark and others", app.action_change_theme)
        yield Row("Quit", "ctrl+q; calls that are on the way end first", app.action_quit)
