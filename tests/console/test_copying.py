"""What is chosen goes to the clipboard of the operator's terminal, and a notice says so."""

from __future__ import annotations

import base64

from hsl_tui.services.context import Context
from tests.console.scene import HOSTILE, console, fill, notices, press, queue, take_people


async def test_the_text_of_the_chosen_broadcast_is_copied_as_it_was_written(
    sqlite_context: Context,
) -> None:
    take_people(sqlite_context, count=3)
    text = "\n".join(HOSTILE)
    queue(sqlite_context, text)
    async with console(sqlite_context, size=(120, 36)) as pilot:
        await press(pilot, "y")
        assert pilot.app.clipboard == text
        (told,) = notices(pilot)
        assert told == "Copied to the terminal's clipboard: [/b] bold"


async def test_only_base64_reaches_the_terminal(sqlite_context: Context) -> None:
    take_people(sqlite_context, count=3)
    text = "".join(HOSTILE)
    queue(sqlite_context, text)
    async with console(sqlite_context) as pilot:
        written: list[str] = []
        driver = pilot.app._driver
        assert driver is not None
        driver.write = written.append  # type: ignore[method-assign, assignment] # to see it
        pilot.app.screen.action_copy_out()  # type: ignore[attr-defined] # ours has it
        encoded = base64.b64encode(text.encode()).decode()
        assert written == [f"\x1b]52;c;{encoded}\x07"]


async def test_a_long_first_line_is_cut_and_made_safe_in_the_notice(
    sqlite_context: Context,
) -> None:
    take_people(sqlite_context, count=3)
    queue(sqlite_context, "\x1b[31m" + "long " * 200)
    async with console(sqlite_context) as pilot:
        await press(pilot, "y")
        (told,) = notices(pilot)
        assert len(told) < 90
        assert "\x1b" not in told


async def test_where_nothing_is_chosen_there_is_nothing_to_copy(sqlite_context: Context) -> None:
    async with console(sqlite_context) as pilot:
        for key in ("f2", "f4"):
            await press(pilot, key, "y")
        assert notices(pilot) == ["There is nothing here to copy."] * 2
        assert pilot.app.clipboard == ""


async def test_what_is_being_written_is_copied_once_the_field_is_left(
    sqlite_context: Context,
) -> None:
    fill(sqlite_context)
    async with console(sqlite_context) as pilot:
        await press(pilot, "f3", *"my text", "escape", "y")
        assert pilot.app.clipboard == "my text"
