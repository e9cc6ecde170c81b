"""What brings the console to where it is looked at."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from textual.pilot import Pilot
from textual.widgets import Input, TextArea

from tests.console.scene import press, settle

Setting = Callable[[Pilot[Any]], Awaitable[None]]
Looks = Callable[..., bool]
"""Whether the console, brought to some point, looks as it did."""

SIZES = {"small": (80, 24), "large": (120, 36)}
MESSAGE = (
    "<b>The new timetable is here.</b>\n\nHello {{ first_name or 'passenger' }}, trains leave"
    " <u>ten minutes earlier</u> from Monday on.\n\n<blockquote>Tickets stay valid.</blockquote>\n"
    'All times: <a href="https://example.org/timetable">example.org</a>'
)


def keys(*names: str) -> Setting:
    async def setting(pilot: Pilot[Any]) -> None:
        await press(pilot, *names)

    return setting


def written(text: str, *names: str, to: str = "all !tag:staff", when: str = "") -> Setting:
    async def setting(pilot: Pilot[Any]) -> None:
        await press(pilot, "f3")
        screen = pilot.app.screen
        screen.query_one(TextArea).text = text
        screen.query_one("#to", Input).value = to
        screen.query_one("#when", Input).value = when
        await settle(pilot)
        await press(pilot, *names)

    return setting
