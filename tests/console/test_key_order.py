"""Keys that come all at once, as they do after a line has stalled."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual import events
from textual.keys import _character_to_key
from textual.pilot import Pilot
from textual.widgets import Input, Static

from hsl_tui.console.widgets.message_editor import MessageEditor
from hsl_tui.services.context import Context
from tests.console.scene import console, press, settle, take_people


async def burst(pilot: Pilot[None], *keys: str | events.Paste) -> None:
    """Press all keys before the first has had any effect."""
    for key in keys:
        if isinstance(key, events.Paste):
            pilot.app.post_message(key)
            continue
        character = key if len(key) == 1 else None
        name = _character_to_key(key) if character else key
        pilot.app.post_message(events.Key(name, character))
    await settle(pilot)


def filled(pilot: Pilot[None]) -> tuple[str, ...]:
    screen = pilot.app.screen
    text = screen.query_one(MessageEditor).text
    return text, *(screen.query_one(f"#{name}", Input).value for name in ("to", "when"))


@pytest.mark.parametrize(
    ("keys", "text"),
    [
        ((*"abc", "ctrl+b", *"de", "ctrl+b", *"f"), "abc<b>de</b>f"),
        ((*"abc", "ctrl+u", *"de"), "de"),
        ((*"ab", "enter", *"c", "up", *"x"), "axb\nc"),
        ((*"ab", "ctrl+g", "i", *"c"), "ab<i>c</i>"),
        ((*"ab", "backspace", *"c", "home", *"d"), "dac"),
        ((*"ab", events.Paste("cd\x1b"), *"e", "ctrl+b", events.Paste("f")), "abcde<b>f</b>"),
    ],
)
async def test_each_has_its_effect_before_the_next(
    sqlite_context: Context, keys: tuple[str | events.Paste, ...], text: str
) -> None:
    async with console(sqlite_context) as pilot:
        await press(pilot, "f3")
        await burst(pilot, *keys)
        assert filled(pilot)[0] == text


async def test_what_is_typed_behind_a_tab_lands_in_the_next_field(
    sqlite_context: Context,
) -> None:
    take_people(sqlite_context, count=1)
    async with console(sqlite_context) as pilot:
        await press(pilot, "f3")
        await burst(pilot, *"Hi", "tab", "ctrl+u", *"tag:x", "tab", *"in 2 h", "shift+tab", *"y")
        assert filled(pilot) == ("Hi", "tag:xy", "in 2 h")


async def test_keys_behind_the_one_that_leads_to_another_screen_are_for_that_screen(
    sqlite_context: Context,
) -> None:
    async with console(sqlite_context) as pilot:
        await press(pilot, "f3", *"Hi")
        await burst(pilot, "escape", "1", "2")
        assert pilot.app.current_mode == "compose"
        assert filled(pilot)[0] == "Hi"


async def test_what_is_typed_of_a_column_is_not_said_of_the_next(
    sqlite_context: Context, tmp_path: Path
) -> None:
    people = tmp_path / "crm.csv"
    people.write_text("id;Vorname;e-mail;notes\n5;Ann;ann@example.org;cake\n")
    async with console(sqlite_context) as pilot:
        await press(pilot, "3", "i")
        pilot.app.screen.query_one("#path", Input).value = str(people)
        await settle(pilot)
        await press(pilot, "ctrl+n")
        named = ("ctrl+u", *"chat_id", "down", "ctrl+u", *"first_name", "down", "down", "ctrl+u")
        await burst(pilot, *named, "up", *"x", "ctrl+r")
        said = str(pilot.app.screen.query_one("#said", Static).content)
        assert "✓" in said
        assert "chat id, first name" in said
        assert "attributes for texts: e_mailx" in said
        assert "notes" not in said
