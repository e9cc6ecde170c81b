"""The foot of every screen: what can be done now, the most important first."""

from __future__ import annotations

from typing import NamedTuple

from rich.cells import cell_len
from textual import events
from textual.content import Content
from textual.screen import Screen
from textual.widget import Widget

from hsl_tui.console.keymap import bindings_of

_GAP = 2


class _Item(NamedTuple):
    """One key with the word for what it does, and whether it can be done."""

    key: str
    label: str
    word: str
    enabled: bool

    @property
    def width(self) -> int:
        return cell_len(self.label) + 1 + cell_len(self.word)

    def drawn(self) -> Content:
        if not self.enabled:
            return Content.styled(f"{self.label} {self.word}", "$text-disabled")
        return Content.assemble((self.label, "$accent"), " ", (self.word, "$text-muted"))


class KeyBar(Widget, can_focus=False):
    """One line of keys with their words.

    Those of the app, such as help, stand at its end and always have room; of the others, those that
    have none are left out whole. It draws itself anew only when another key is offered.
    """

    def __init__(self) -> None:
        super().__init__()
        self._own: list[_Item] = []
        self._always: list[_Item] = []

    def on_mount(self) -> None:
        self.screen.bindings_updated_signal.subscribe(self, self._take)
        self._take(self.screen)

    def on_unmount(self) -> None:
        self.screen.bindings_updated_signal.unsubscribe(self)

    def _take(self, screen: Screen[object]) -> None:
        own: dict[str, _Item] = {}
        always: dict[str, _Item] = {}
        for node, binding, enabled, _ in screen.active_bindings.values():
            if binding.show:
                label = self.app.get_key_display(binding)
                item = _Item(binding.key, label, binding.description, enabled)
                (always if node is self.app else own).setdefault(binding.action, item)
        # Textual's own key for quitting comes first otherwise.
        order = [one.action for one in bindings_of(type(self.app))]
        always = {action: always[action] for action in order if action in always}
        if (self._own, self._always) != (found := (list(own.values()), list(always.values()))):
            self._own, self._always = found
            self.refresh()

    def _shown(self) -> tuple[list[_Item], list[_Item]]:
        room = self.content_size.width - _width(self._always) - _GAP
        own = list(self._own)
        while own and _width(own) > room:
            own.pop()
        return own, self._always

    def render(self) -> Content:
        own, always = self._shown()
        cut = " …" if len(own) < len(self._own) else ""
        space = self.content_size.width - _width(own) - len(cut) - _width(always)
        between = Content(" " * _GAP)
        return Content.assemble(
            between.join(item.drawn() for item in own),
            (cut, "$text-muted"),
            " " * max(0, space),
            between.join(item.drawn() for item in always),
        )

    def on_click(self, event: events.Click) -> None:
        own, always = self._shown()
        start = self.gutter.left
        for items, at in ((own, start), (always, self.size.width - _width(always) - start)):
            for item in items:
                if at <= event.x < at + item.width:
                    self.app.simulate_key(item.key)
                    return
                at += item.width + _GAP  # noqa: PLW2901 - the place goes along with the items


def _width(items: list[_Item]) -> int:
    return sum(item.width for item in items) + _GAP * max(0, len(items) - 1)
