"""Screens and dialogs on terminals of every size, and while the size changes."""

from __future__ import annotations

from typing import Any

import pytest
from textual.pilot import Pilot
from textual.widget import Widget

from hsl_tui.console.widgets.key_bar import KeyBar
from hsl_tui.console.widgets.top_bar import TopBar
from hsl_tui.services.context import Context
from tests.console.scene import console, fill, press, settle, shown

SIZES = ((60, 20), (80, 24), (120, 36), (200, 60), (120, 36), (80, 24), (60, 20))
SCREENS = {
    "broadcasts": (("f2",), "#broadcasts"),
    "compose": (("f3",), "#text"),
    "recipients": (("f4",), "#recipients"),
    "audit": (("f5",), "#entries"),
    "deliveries": (("f2", "enter"), "#deliveries"),
}


def in_view(pilot: Pilot[Any], widget: Widget) -> tuple[int, int, int, int]:
    """Where a widget is seen: x, y, width, height."""
    screen = pilot.app.screen
    region, clip = screen.find_widget(widget).region, screen.find_widget(widget).clip
    visible = region.intersection(clip).intersection(screen.region)
    return visible.x, visible.y, visible.width, visible.height


@pytest.mark.parametrize("name", SCREENS)
async def test_a_screen_keeps_head_foot_and_what_it_is_for(
    sqlite_context: Context, name: str
) -> None:
    fill(sqlite_context)
    keys, main = SCREENS[name]
    async with console(sqlite_context, size=(60, 20)) as pilot:
        await press(pilot, *keys)
        for width, height in SIZES:
            await pilot.resize_terminal(width, height)
            await settle(pilot)
            screen = pilot.app.screen
            assert in_view(pilot, screen.query_one(TopBar)) == (0, 0, width, 2)
            assert in_view(pilot, screen.query_one(KeyBar)) == (0, height - 1, width, 1)
            _, _, wide, high = in_view(pilot, screen.query_one(main))
            assert wide >= 20
            assert high >= 3, (width, height)
            lines = shown(pilot).splitlines()
            assert {len(line) for line in lines} <= set(range(1, width + 1))
            assert lines[-1].rstrip().endswith("F1 Help  ^p Acts  ^q Quit")


@pytest.mark.parametrize("keys", [("f1",), ("p",), ("x",), ("ctrl+p",)])
async def test_a_dialog_stays_in_view(sqlite_context: Context, keys: tuple[str, ...]) -> None:
    fill(sqlite_context)
    async with console(sqlite_context, size=(60, 20)) as pilot:
        await press(pilot, *keys)
        for width, height in SIZES:
            await pilot.resize_terminal(width, height)
            await settle(pilot)
            screen = pilot.app.screen
            dialog = screen.query_one("#dialog, #--input")
            _, _, wide, high = in_view(pilot, dialog)
            assert (wide, high) == dialog.region.size
            assert wide >= 40


async def test_a_short_foot_has_the_first_keys_and_says_that_there_are_more(
    sqlite_context: Context,
) -> None:
    fill(sqlite_context)
    async with console(sqlite_context, size=(60, 20)) as pilot:
        foot = shown(pilot).splitlines()[-1]
        assert foot.strip().startswith("enter Open  n New")
        assert "…  " in foot
        await pilot.click(KeyBar, offset=(foot.index("n New"), 0))
        await settle(pilot)
        assert pilot.app.current_mode == "compose"
        foot = shown(pilot).splitlines()[-1]
        await pilot.click(KeyBar, offset=(foot.index("F1"), 0))
        await settle(pilot)
        assert "esc closes" in shown(pilot)
