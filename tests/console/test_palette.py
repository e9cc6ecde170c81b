"""The palette leads to every broadcast by number and words, and to every theme."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot
from textual.widgets import Input, LoadingIndicator

from hsl_tui.console.app import HslTuiApp
from hsl_tui.console.preferences import Preferences
from hsl_tui.console.screens.broadcasts import BroadcastsScreen
from hsl_tui.services.context import Context
from hsl_tui.services.finding import find_broadcasts
from tests.console.scene import HOSTILE, console, notices, press, queue, settle, shown, take_people

FEW = 3


async def search(pilot: Pilot[Any], words: str) -> None:
    """Write into the palette, and wait for what it finds."""
    await press(pilot, "ctrl+p")
    for letter in words:
        await pilot.press(letter)
    await settle(pilot)


def chosen(pilot: Pilot[Any]) -> int | None:
    """The broadcast under the cursor of the list in front."""
    screen = pilot.app.screen
    assert isinstance(screen, BroadcastsScreen)
    return None if screen.chosen is None else screen.chosen.id


@pytest.fixture
def broadcasts(sqlite_context: Context) -> Context:
    take_people(sqlite_context, count=FEW)
    for at in range(30):
        queue(sqlite_context, f"<b>Letter {at}</b> of the month\nwith much below its first line")
    queue(sqlite_context, "Grüße aus Übersee")
    for text in HOSTILE:
        queue(sqlite_context, f"zebra {text}")
    return sqlite_context


async def test_a_broadcast_is_found_by_its_number(broadcasts: Context) -> None:
    async with console(broadcasts) as pilot:
        await search(pilot, "#7")
        assert "#7 Letter 6 of the month" in shown(pilot)
        await press(pilot, "enter")
        assert chosen(pilot) == 7
        await press(pilot, "up")
        assert chosen(pilot) == 8


async def test_a_broadcast_is_found_by_how_it_begins_from_any_screen(broadcasts: Context) -> None:
    async with console(broadcasts) as pilot:
        await press(pilot, "4")
        await search(pilot, "aus übersee")
        assert "#31 Grüße aus Übersee" in shown(pilot)
        await press(pilot, "enter")
        assert chosen(pilot) == 31


async def test_what_says_the_words_comes_before_what_has_their_letters(
    broadcasts: Context,
) -> None:
    queue(broadcasts, "See you at the meeting")
    async with console(broadcasts) as pilot:
        await search(pilot, "meet")
        await press(pilot, "enter")
        assert chosen(pilot) == 36


async def test_an_open_palette_sends_nothing_while_nothing_is_typed(
    sqlite_context: Context,
) -> None:
    async with console(sqlite_context) as pilot:
        await press(pilot, "ctrl+p")
        assert not pilot.app.screen.query_one(Input).cursor_blink
        assert not any(one.display for one in pilot.app.screen.query(LoadingIndicator))
        await press(pilot, "ctrl+p")
        assert len(pilot.app.screen_stack) == 2


async def test_hostile_texts_are_shown_as_texts(broadcasts: Context) -> None:
    async with console(broadcasts, size=(100, 40)) as pilot:
        await search(pilot, "zebra")
        assert "zebra [/b] bold" in shown(pilot)
        assert "zebra [@click=app.quit]x[/]" in shown(pilot)
        assert not set("\x1b\u202e") & set(shown(pilot))
        await press(pilot, "enter")
        assert chosen(pilot) in range(32, 36)


async def test_a_lost_database_is_told_by_the_banner(broadcasts: Context, tmp_path: Path) -> None:
    async with console(broadcasts) as pilot:
        broadcasts.database.dispose()
        for leftover in ("hsl.sqlite3-wal", "hsl.sqlite3-shm"):
            (tmp_path / leftover).unlink(missing_ok=True)
        (tmp_path / "hsl.sqlite3").write_bytes(b"not a database at all" * 100)
        await search(pilot, "zebra")
        await press(pilot, "escape", "escape")
        assert "The database is away" in shown(pilot)
        assert notices(pilot) == []


@pytest.mark.parametrize(
    ("sought", "found"),
    [
        ("letter 1", [20, 19, 18, 17, 16, 15, 14, 13, 12, 11, 2]),
        ("7", [7, 28, 18, 8]),
        ("#30", [30]),
        ("GRÜSSE", []),
        ("übersee", [31]),
        ("below its first", list(range(30, 18, -1))),
        ("100%", []),
        ("_", []),
        (" ", []),
        ("9" * 30, []),
        ("٣", []),
    ],
)
def test_what_is_found(broadcasts: Context, sought: str, found: list[int]) -> None:
    assert [one.id for one in find_broadcasts(broadcasts, sought)] == found


async def test_a_theme_is_chosen_in_the_palette_and_is_there_the_next_time(
    sqlite_context: Context, tmp_path: Path
) -> None:
    file = tmp_path / "console.json"
    app = HslTuiApp(sqlite_context, reread_every=None, preferences=Preferences(file))
    async with app.run_test() as pilot:
        await settle(pilot)
        assert app.theme == "hsl-dark"
        await search(pilot, "high contrast")
        await press(pilot, "enter")
        assert app.theme == "hsl-contrast"
    assert json.loads(file.read_text()) == {"theme": "contrast"}
    again = HslTuiApp(sqlite_context, reread_every=None, preferences=Preferences(file))
    async with again.run_test() as pilot:
        await settle(pilot)
        assert again.theme == "hsl-contrast"
        await press(pilot, "f10")
        assert again.theme == "hsl-dark"
        assert notices(pilot) == ["The theme is dark."]


async def test_the_theme_of_the_settings_holds_until_one_is_chosen(
    sqlite_context: Context, tmp_path: Path
) -> None:
    settings = sqlite_context.settings.model_copy(update={"theme": "light"})
    context = Context(sqlite_context.database, sqlite_context.clock, "tester", settings)
    file = tmp_path / "console.json"
    file.write_text("{broken")
    app = HslTuiApp(context, reread_every=None, preferences=Preferences(file))
    async with app.run_test(notifications=True) as pilot:
        await settle(pilot)
        assert app.theme == "hsl-light"
        (told,) = notices(pilot)
        assert "is damaged and left aside" in told


async def test_a_theme_that_cannot_be_remembered_is_told(
    sqlite_context: Context, tmp_path: Path
) -> None:
    file = tmp_path / "console.json"
    file.mkdir()
    app = HslTuiApp(sqlite_context, reread_every=None, preferences=Preferences(file))
    async with app.run_test(notifications=True) as pilot:
        await settle(pilot)
        await press(pilot, "f10")
        assert app.theme == "hsl-light"
        assert any("cannot be remembered" in told for told in notices(pilot))
