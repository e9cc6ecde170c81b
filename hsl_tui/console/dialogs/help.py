"""Help for the screen or dialog in front, made from its keys as they are bound now."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, ClassVar, Final

from rich.cells import cell_len
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.dom import DOMNode
from textual.screen import ModalScreen, Screen
from textual.widgets import Static

from hsl_tui.console.keymap import Act, acts_of, conflicts, key_label
from hsl_tui.console.terminal_text import terminal_text
from hsl_tui.console.widgets.pane import Pane

Group = tuple[str, Sequence[tuple[str, str]]]
"""A title, and keys with what they do."""

_PLACES: Final = {
    "table": "Lists",
    "choices": "Lines of choices",
    "pane": "Texts that scroll",
    "field": "Fields",
}
_CONFLICTS: Final = "Keys in conflict, from [keys] in config.toml"


class Help(ModalScreen[None]):
    """What a screen is for, and all its keys.

    Args:
        text: a paragraph a line.
        notes: what else is to be known of the keys, under a title of their own.
    """

    AUTO_FOCUS = "#dialog-body"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,question_mark,enter", "dismiss(None)", "Close", id="help.close"),
    ]

    def __init__(
        self, title: str, text: str, groups: Sequence[Group], notes: Sequence[str] = ()
    ) -> None:
        super().__init__(classes="-wide-dialog")
        self._title = title
        self._text = text
        self._groups = groups
        self._notes = notes

    def compose(self) -> ComposeResult:
        with Vertical(id="dialog"):
            yield Static(Content.styled(self._title, "bold"), id="title", markup=False)
            with Pane(id="dialog-body"):
                if self._text:
                    yield Static(Content(self._text), markup=False)
                if self._notes:
                    yield _title(_CONFLICTS)
                    yield Static(Content("\n".join(map(terminal_text, self._notes))), markup=False)
                for title, keys in self._groups:
                    yield _title(title)
                    yield Static(_table(keys), markup=False)
            yield Static(Content.styled("esc closes", "$text-muted"), id="hint", markup=False)


def help_on(screen: Screen[Any], keymap: Mapping[str, str]) -> Help:
    """Help on a screen or dialog: what it says of itself, and the keys that work on it."""
    is_dialog = isinstance(screen, ModalScreen)
    own = [act for kind in type(screen).__mro__ for act in _acts(kind, keymap)]
    inside: dict[type[DOMNode], None] = {}
    for widget in screen.query("*"):
        inside |= dict.fromkeys(kind for kind in type(widget).__mro__ if _is_ours(kind))
    groups = [("This dialog" if is_dialog else "This screen", _rows(own))]
    groups += [(_named(acts), _rows(acts)) for kind in inside if (acts := _acts(kind, keymap))]
    if not is_dialog:
        groups.append(("Everywhere", _rows(_acts(type(screen.app), keymap))))
    return Help(
        str(getattr(screen, "HELP_TITLE", "Help")),
        str(getattr(screen, "HELP_TEXT", "")),
        [(title, rows) for title, rows in groups if rows],
        [f"{said}." for said in conflicts(keymap)],
    )


def _is_ours(kind: type[Any]) -> bool:
    return issubclass(kind, DOMNode) and kind.__module__.startswith("hsl_tui.")


def _acts(kind: type[Any], keymap: Mapping[str, str]) -> list[Act]:
    return [act for act in acts_of(kind, keymap) if act.said] if _is_ours(kind) else []


def _named(acts: Sequence[Act]) -> str:
    place = acts[0].place
    return _PLACES.get(place, place.capitalize())


def _rows(acts: Iterable[Act]) -> list[tuple[str, str]]:
    """What is said of each, with all keys that it is said of."""
    keys: dict[str, list[str]] = {}
    for act in acts:
        keys.setdefault(act.said, []).extend(act.keys)
    return [(" ".join(map(key_label, dict.fromkeys(own))), said) for said, own in keys.items()]


def _title(title: str) -> Static:
    return Static(Content.styled(title, "bold $accent"), classes="keys-title", markup=False)


def _table(keys: Sequence[tuple[str, str]]) -> Content:
    width = max((cell_len(key) for key, _ in keys), default=0) + 2
    lines = [
        Content.assemble((key + " " * (width - cell_len(key)), "$text-accent"), what)
        for key, what in keys
    ]
    return Content("\n").join(lines)
