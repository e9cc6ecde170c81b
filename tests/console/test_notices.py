"""Notices stand over the keys at the foot, and cover nothing that is needed."""

from __future__ import annotations

from typing import Any

import pytest
from textual.pilot import Pilot
from textual.widgets._toast import Toast

from hsl_tui.console.widgets.key_bar import KeyBar
from hsl_tui.services.context import Context
from tests.console.scene import console, fill, press, settle, shown

SHORT = "Broadcast 3 is paused."
LONG = (
    "Broadcast 2 cannot be recalled yet: 3 of its messages are on their way; try again in a"
    " moment, when their calls have ended."
)
PLACES = (("1",), ("1", "enter"), ("2",), ("3",), ("3", "enter"), ("4",))
DIALOGS = (("1", "p"), ("1", "f1"), ("1", "w"), ("2", "ctrl+o"), ("3", "i"), ("3", "e"))


def covered(pilot: Pilot[Any]) -> list[str]:
    """What lies under a notice, beside the keys at the foot and what only holds others."""
    shown = pilot.app.screen._compositor.visible_widgets
    notices = [region for widget, (region, _) in shown.items() if isinstance(widget, Toast)]
    assert notices
    return [
        str(widget)
        for widget, (region, clip) in shown.items()
        if not widget.children
        and not isinstance(widget, Toast | KeyBar)
        and any(region.intersection(clip).overlaps(notice) for notice in notices)
    ]


async def tell(pilot: Pilot[Any], said: str) -> None:
    pilot.app.notify(said, markup=False)
    await settle(pilot)


@pytest.mark.parametrize("size", [(80, 24), (60, 20), (120, 36)])
async def test_a_notice_covers_nothing_but_the_keys(
    sqlite_context: Context, size: tuple[int, int]
) -> None:
    fill(sqlite_context)
    for place in (*PLACES, *DIALOGS):
        async with console(sqlite_context, size=size) as pilot:
            await press(pilot, *place)
            for said in (SHORT, LONG, LONG):
                await tell(pilot, said)
                assert covered(pilot) == [], place
            assert shown(pilot).splitlines()[-1].startswith("▌ ")


async def test_a_short_notice_moves_nothing_and_the_keys_come_back(sqlite_context: Context) -> None:
    fill(sqlite_context)
    async with console(sqlite_context) as pilot:
        *above, keys = shown(pilot).splitlines()
        await tell(pilot, SHORT)
        *still, foot = shown(pilot).splitlines()
        assert still == above
        assert foot.strip() == f"▌ {SHORT}"
        pilot.app.clear_notifications()
        await settle(pilot)
        assert shown(pilot).splitlines() == [*above, keys]
        await tell(pilot, LONG)
        assert "Review" not in shown(pilot)
        await press(pilot, "2")
        assert "Review" in shown(pilot)
        assert "when their calls have ended." in shown(pilot)
