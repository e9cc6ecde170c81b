"""Help is about what is in front, and of the keys as they are bound now."""

from __future__ import annotations

import pytest

from hsl_tui.console.background import ask
from hsl_tui.console.dialogs.help import Help
from hsl_tui.console.widgets.pane import Pane
from hsl_tui.services.context import Context
from tests.console.scene import console, fill, press, settle, shown


async def test_a_dialog_has_help_of_its_own_and_stays(sqlite_context: Context) -> None:
    fill(sqlite_context)
    async with console(sqlite_context, size=(100, 50)) as pilot:
        await press(pilot, "p", "f1")
        assert "Nothing is done before you choose an answer" in shown(pilot)
        assert "This dialog" in shown(pilot)
        assert "Leave it" in shown(pilot)
        assert "Everywhere" not in shown(pilot)
        await press(pilot, "f1")
        assert not isinstance(pilot.app.screen, Help)
        assert "Pause: broadcast 6" in shown(pilot)


async def test_help_in_the_palette_does_nothing(sqlite_context: Context) -> None:
    async with console(sqlite_context) as pilot:
        await press(pilot, "ctrl+p", "f1")
        assert not isinstance(pilot.app.screen, Help)


async def test_f1_works_where_text_is_written(sqlite_context: Context) -> None:
    async with console(sqlite_context, size=(100, 50)) as pilot:
        await press(pilot, "2", "?", "f1")
        assert isinstance(pilot.app.screen, Help)
        await press(pilot, "?")
        assert not isinstance(pilot.app.screen, Help)


async def test_keys_of_the_widgets_on_a_screen_are_told_once(sqlite_context: Context) -> None:
    async with console(sqlite_context, size=(120, 200)) as pilot:
        await press(pilot, "f1")
        told = shown(pilot)
        assert told.count("Lists") == 1
        assert told.count("This screen") == told.count("Everywhere") == 1
        assert "Copy what is chosen to the terminal's clipboard" in told


@pytest.mark.parametrize(
    ("keys", "at"),
    [
        (("j", "j"), 2),
        (("j", "j", "j", "k"), 2),
        (("down", "up"), 0),
        (("ctrl+d",), "half"),
        (("ctrl+d", "ctrl+u"), 0),
        (("ctrl+f",), "whole"),
        (("pagedown", "ctrl+b"), 0),
        (("G",), "end"),
        (("G", "g", "g"), 0),
        (("end", "home"), 0),
    ],
)
async def test_it_is_scrolled_as_in_vim(
    sqlite_context: Context, keys: tuple[str, ...], at: int | str
) -> None:
    async with console(sqlite_context, size=(80, 24)) as pilot:
        await press(pilot, "f1")
        pane = pilot.app.screen.query_one(Pane)
        height = pane.size.height
        places = {"half": round(height / 2), "whole": height, "end": pane.max_scroll_y}
        assert pane.max_scroll_y > height
        await press(pilot, *keys)
        assert pane.scroll_y == (places[at] if isinstance(at, str) else at)


async def test_the_pane_of_a_screen_is_scrolled_by_keys(sqlite_context: Context) -> None:
    fill(sqlite_context)
    async with console(sqlite_context, size=(80, 20)) as pilot:
        pane = pilot.app.screen.query_one("#detail-pane")
        await press(pilot, "J", "J", "ctrl+down", "K")
        assert pane.scroll_y == 2


async def test_a_trouble_has_help_too(sqlite_context: Context) -> None:
    def fail() -> None:
        raise ZeroDivisionError

    async with console(sqlite_context, size=(100, 40)) as pilot:
        ask(pilot.app.screen, fail, lambda _: None, group="test")
        await settle(pilot)
        await press(pilot, "f1")
        assert "Copy it to the terminal's clipboard" in shown(pilot)
