"""Keys by their ids: each has one, and what the settings say of them holds on every screen."""

from __future__ import annotations

import re
from collections import Counter
from typing import Any

import pytest
from textual.app import App
from textual.screen import ModalScreen, Screen

from hsl_tui.console import keymap
from hsl_tui.console.app import HslTuiApp
from hsl_tui.console.dialogs.segments import Segments
from hsl_tui.console.screens.base import ConsoleScreen
from hsl_tui.errors import SettingsError
from hsl_tui.services.context import Context
from tests.console.scene import console, fill, notices, press, settle, shown

SHARED = {"table", "choices", "pane", "tick", "field"}
"""Beginnings of the ids of widgets that stand on several screens."""


def bound(context: Context, **keys: str) -> Context:
    """The context of an operator who has bound keys anew; an underscore stands for the dot."""
    named = {name.replace("_", ".", 1): value for name, value in keys.items()}
    settings = context.settings.model_copy(update={"keys": named})
    return Context(context.database, context.clock, context.actor, settings)


def test_every_key_of_the_console_has_an_id_of_its_own() -> None:
    acts = keymap.every_act()
    without = [(act.owner.__qualname__, act.action) for act in acts if not act.id]
    assert without == []
    assert [name for name, times in Counter(act.id for act in acts).items() if times > 1] == []


def test_ids_are_written_in_one_way() -> None:
    odd = [act.id for act in keymap.every_act() if not re.fullmatch(r"[a-z-]+\.[a-z0-9-]+", act.id)]
    assert odd == []


def test_ids_begin_with_where_they_belong() -> None:
    places: dict[type[Any], set[str]] = {}
    for act in keymap.every_act():
        places.setdefault(act.owner, set()).add(act.place)
    assert [owner for owner, found in places.items() if len(found) > 1] == []
    of = {owner: found.pop() for owner, found in places.items()}
    screens = {owner: place for owner, place in of.items() if issubclass(owner, ConsoleScreen)}
    assert screens.pop(ConsoleScreen) == "screen"
    assert [one for one in screens if one.__name__ != f"{of[one].capitalize()}Screen"] == []
    dialogs = [place for owner, place in of.items() if issubclass(owner, ModalScreen)]
    assert len(dialogs) == len(set(dialogs))
    assert not set(dialogs) & {"app", "screen", *screens.values()}
    widgets = {place for owner, place in of.items() if not issubclass(owner, Screen | App)}
    assert widgets <= {*SHARED, *dialogs, *screens.values()}


def test_every_key_says_what_it_does() -> None:
    assert [act.id for act in keymap.every_act() if not act.said] == []


async def test_an_act_is_bound_anew_and_its_old_key_is_free(sqlite_context: Context) -> None:
    context = bound(sqlite_context, broadcasts_new="ctrl+y,F10", app_recipients="9")
    async with console(context, size=(100, 60)) as pilot:
        pilot.app.clear_notifications()
        await settle(pilot)
        assert "^y New" in shown(pilot)
        await press(pilot, "n")
        assert pilot.app.current_mode == "broadcasts"
        await press(pilot, "f10")
        assert pilot.app.current_mode == "compose"
        await press(pilot, "f2", "3")
        assert pilot.app.current_mode == "broadcasts"
        await press(pilot, "9")
        assert pilot.app.current_mode == "recipients"
        await press(pilot, "f2", "f4")
        assert pilot.app.current_mode == "recipients"
        await press(pilot, "f2", "f1")
        assert "ctrl+y F10" in shown(pilot)


async def test_a_key_of_another_act_goes_to_the_one_that_was_bound(sqlite_context: Context) -> None:
    fill(sqlite_context)
    context = bound(sqlite_context, broadcasts_new="p")
    async with console(context, size=(100, 40)) as pilot:
        assert notices(pilot) == [
            "Keys in conflict: p is both broadcasts.new and broadcasts.pause."
        ]
        await press(pilot, "f1")
        assert "Keys in conflict" in shown(pilot)
        assert "p is both broadcasts.new and broadcasts.pause." in shown(pilot)
        await press(pilot, "escape", "p")
        assert pilot.app.current_mode == "compose"


async def test_two_acts_may_change_their_keys(sqlite_context: Context) -> None:
    fill(sqlite_context)
    context = bound(sqlite_context, broadcasts_new="p", broadcasts_pause="n")
    async with console(context) as pilot:
        assert notices(pilot) == []
        await press(pilot, "n")
        assert "Pause: broadcast 6" in shown(pilot)
        await press(pilot, "escape", "p")
        assert pilot.app.current_mode == "compose"


@pytest.mark.parametrize(
    ("keys", "told"),
    [
        ({"broadcasts.new": "p"}, ["p is both broadcasts.new and broadcasts.pause"]),
        ({"broadcasts.new": "y"}, ["y is both screen.copy and broadcasts.new"]),
        ({"broadcasts.new": "1"}, ["1 is both app.broadcasts and broadcasts.new"]),
        ({"broadcasts.new": "f12"}, []),
        ({"trouble.close": "1"}, []),
        ({"trouble.close": "c"}, ["c is both trouble.close and trouble.copy"]),
    ],
)
def test_conflicts_are_those_that_can_meet(keys: dict[str, str], told: list[str]) -> None:
    found = keymap.conflicts(keymap.read(keys))
    assert sorted(found) == sorted(told) or {frozenset(one.split()) for one in found} == {
        frozenset(one.split()) for one in told
    }


def test_what_cannot_be_bound_is_refused_before_anything_is_shown(sqlite_context: Context) -> None:
    with pytest.raises(SettingsError, match=r"broadcasts\.pasue.* did you mean broadcasts\.pause"):
        HslTuiApp(bound(sqlite_context, broadcasts_pasue="p"))


@pytest.mark.parametrize(
    ("key", "label"),
    [
        ("f1", "F1"),
        ("question_mark", "?"),
        ("ctrl+r", "ctrl+r"),
        ("pagedown", "PgDn"),
        ("escape", "esc"),
        ("G", "G"),
        ("ctrl+down", "ctrl+↓"),
        ("slash", "/"),
        ("full_stop", "."),
    ],
)
def test_keys_are_written_as_on_keyboards(key: str, label: str) -> None:
    assert keymap.key_label(key) == label


def test_a_hint_in_a_dialog_tears_no_key_from_its_word() -> None:
    told = keymap.hint(Segments, {})
    acts = [act for line in told.split("\n") for act in line.split(" · ")]
    assert "d remove it" in acts
    assert all(len(act.split()) > 1 for act in acts)
    # What a dialog has at 80 columns.
    assert max(map(len, told.split("\n"))) <= 66
