"""Keys by the ids of what they do: which there are, and what an operator makes of them."""

from __future__ import annotations

import difflib
import importlib
import pkgutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any, Final

from rich.cells import cell_len
from textual.binding import Binding, BindingsMap
from textual.dom import DOMNode
from textual.keys import Keys, format_key, key_to_character
from textual.screen import ModalScreen, Screen

from hsl_tui.errors import SettingsError

FIXED: Final = frozenset({"f1", "f2", "f3", "f4", "f5", "ctrl+q"})
"""Keys that always do what they do: nobody can lock themselves out."""

_PACKAGE: Final = "hsl_tui.console"
_HINT: Final = 66
"""Cells of a line in a dialog on a terminal of 80 columns."""
_MODIFIERS: Final = frozenset({"ctrl", "shift", "alt", "super", "hyper", "meta"})
_NAMED: Final = frozenset(key.value for key in Keys)
_SHORT: Final = {
    "pageup": "PgUp",
    "pagedown": "PgDn",
    "home": "Home",
    "end": "End",
    "enter": "enter",
    "delete": "Del",
    "backspace": "bksp",
}


@dataclass(frozen=True, slots=True)
class Act:
    """What a key does, in one place of the console.

    Attributes:
        id: by which it is bound, such as ``broadcasts.pause``.
        keys: as Textual names them, the first one the one to show.
        action: what is run, with what it is given.
        owner: the class of the app, screen or widget that it belongs to.
    """

    id: str
    keys: tuple[str, ...]
    action: str
    said: str
    owner: type[DOMNode]

    @property
    def place(self) -> str:
        """The part of the id before its dot: the screen, or the kind of widget."""
        return self.id.partition(".")[0]

    def shown_keys(self) -> str:
        """All its keys, as they are written on keyboards."""
        return " ".join(map(key_label, self.keys))


def acts_of(owner: type[DOMNode], keymap: Mapping[str, str]) -> list[Act]:
    """What the keys do that a class itself binds, as the keymap has it, in their order."""
    return [
        Act(
            binding.id or "",
            _split(keymap.get(binding.id or "", binding.key)),
            binding.action,
            binding.tooltip or binding.description,
            owner,
        )
        for binding in bindings_of(owner)
    ]


def hint(owner: type[DOMNode], keymap: Mapping[str, str]) -> str:
    """What the keys of a dialog do that its class says it of; none is torn from its word."""
    shown = {binding.id for binding in bindings_of(owner) if binding.show}
    acts = [act for act in acts_of(owner, keymap) if act.id in shown]
    words = [f"{key_label(act.keys[0])} {act.said[:1].lower()}{act.said[1:]}" for act in acts]
    lines = words[:1]
    for word in words[1:]:
        longer = f"{lines[-1]} · {word}"
        if cell_len(longer) > _HINT:
            lines.append(word)
        else:
            lines[-1] = longer
    return "\n".join(lines)


def bindings_of(owner: type[DOMNode]) -> list[Binding]:
    """The bindings that a class adds to those of its bases."""
    return [one for one in owner.__dict__.get("BINDINGS", ()) if isinstance(one, Binding)]


def every_act(keymap: Mapping[str, str] | None = None) -> list[Act]:
    """All that keys do anywhere in the console."""
    return [act for owner in _owners() for act in acts_of(owner, keymap or {})]


def read(keys: Mapping[str, str]) -> dict[str, str]:
    """The keymap that the settings ask for, with keys as Textual names them.

    Raises:
        SettingsError: an id is unknown, a key is none, or a key always does something else.
    """
    if not keys:
        return {}
    known = {act.id: act for act in every_act()}
    return {name: ",".join(_read(name, given, known)) for name, given in keys.items()}


def _read(name: str, given: str, known: Mapping[str, Act]) -> Iterator[str]:
    if name not in known:
        near = difflib.get_close_matches(name, known, n=3, cutoff=0.5)
        told = f"did you mean {' or '.join(near)}?" if near else "see `hsl-tui keys`."
        raise SettingsError(f"keys: nothing in the console has the id {name!r}; {told}")
    if FIXED.intersection(known[name].keys):
        shown = known[name].shown_keys()
        raise SettingsError(f"keys: {name} stays on {shown}, which always works; take it out.")
    for word in given.split(","):
        key = _normalised(word)
        if not _is_key(key):
            raise SettingsError(
                f"keys: {name} is {given!r}, and {word.strip()!r} is no key; it takes keys such as"
                " p, ctrl+y, f7 or shift+up, with commas between them."
            )
        if key in FIXED:
            raise SettingsError(
                f"keys: {name} cannot be on {key_label(key)}, which always does what it does;"
                " take another key."
            )
        yield key


def conflicts(keymap: Mapping[str, str]) -> list[str]:
    """Where the keymap puts two acts on one key, in words."""
    if not keymap:
        return []
    meet = _Meeting(every_act())
    by_key: dict[str, list[Act]] = {}
    for act in every_act(keymap):
        for key in act.keys:
            by_key.setdefault(key, []).append(act)
    return [
        f"{key_label(key)} is both {one.id} and {other.id}"
        for key, acts in by_key.items()
        for one, other in combinations(acts, 2)
        if (one.id in keymap or other.id in keymap) and one.id != other.id and meet(one, other)
    ]


class _Meeting:
    """Tells whether two acts can be waiting for a key at the same time."""

    def __init__(self, acts: Sequence[Act]) -> None:
        self._dialogs = {act.place for act in acts if issubclass(act.owner, ModalScreen)}
        self._screens = {act.place for act in acts if issubclass(act.owner, Screen)}

    def __call__(self, one: Act, other: Act) -> bool:
        if one.place == other.place:
            return True
        if not self._dialogs.isdisjoint({one.place, other.place}):
            return False
        # Of two screens, or two widgets, one waits at a time; "screen" is in all screens.
        return self._rank(one) != self._rank(other) or "screen" in {one.place, other.place}

    def _rank(self, act: Act) -> int:
        """How far out it belongs: to a widget of any screen, to a screen, to the app."""
        return 2 if act.place == "app" else int(act.place in self._screens)


def key_label(key: str) -> str:
    """A key as it is written on keyboards: ``F1``, ``?``, ``ctrl+r``, ``PgDn``."""
    *modifiers, name = key.split("+")
    if name[0] == "f" and name[1:].isdigit():
        name = name.upper()
    else:
        name = _SHORT.get(name) or format_key(name)
    return "+".join([*modifiers, name])


def _split(keys: str) -> tuple[str, ...]:
    return tuple(map(_normalised, keys.split(",")))


def _normalised(word: str) -> str:
    """One key as Textual names it: ``question_mark`` for ``?``."""
    key = word.strip()
    if len(key) != 1:
        return key.lower()
    # The map of bindings does the same with what stands in a class.
    return next(iter(BindingsMap([Binding(key, "")]).key_to_bindings))


def _is_key(key: str) -> bool:
    *modifiers, name = key.split("+")
    known = name in _NAMED or (bool(name) and key_to_character(name) is not None)
    return known and _MODIFIERS.issuperset(modifiers)


def _owners() -> Sequence[type[DOMNode]]:
    """All classes of the console that bind keys."""
    package = importlib.import_module(_PACKAGE)
    for module in pkgutil.walk_packages(package.__path__, f"{_PACKAGE}."):
        importlib.import_module(module.name)
    found: dict[type[DOMNode], None] = {}
    _collect(DOMNode, found)
    return sorted(found, key=lambda owner: (owner.__module__, owner.__qualname__))


def _collect(base: type[Any], found: dict[type[DOMNode], None]) -> None:
    subclasses: Iterable[type[DOMNode]] = base.__subclasses__()
    for owner in subclasses:
        if owner.__module__.startswith(f"{_PACKAGE}.") and bindings_of(owner):
            found[owner] = None
        _collect(owner, found)
