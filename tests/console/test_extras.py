"""Media, buttons and options of a message, chosen in the console."""

from __future__ import annotations

from pathlib import Path

from textual.widgets import Input

from hsl_tui.models.enums import ButtonStyle, MediaKind, PreviewSize
from hsl_tui.services import broadcasts
from hsl_tui.services.context import Context
from hsl_tui.store import media
from tests.console.scene import console, press, settle, shown, take_people

PNG = b"\x89PNG\r\n\x1a\n"


async def test_media_and_buttons_are_queued_as_they_were_chosen(
    sqlite_context: Context, tmp_path: Path
) -> None:
    take_people(sqlite_context, count=3)
    picture = tmp_path / "a.png"
    picture.write_bytes(PNG)
    async with console(sqlite_context) as pilot:
        await press(pilot, "2", *"Hello", "ctrl+o")
        await press(pilot, *str(picture), "tab", *"[primary] Read=https://example.org", "ctrl+r")
        assert len(pilot.app.screen_stack) == 1
        assert "with photo, 1 button" in shown(pilot)
        # As it was when it was chosen.
        picture.unlink()
        await press(pilot, "ctrl+r", "enter")
        await settle(pilot)
    queued = broadcasts.show(sqlite_context, 1)
    (item,) = queued.content.media
    ((button,),) = queued.content.buttons
    assert (item.kind, button.text, button.style) == (MediaKind.PHOTO, "Read", ButtonStyle.PRIMARY)
    with sqlite_context.database.read() as session:
        assert media.read(session, item.media_file_id or 0) == ("a.png", PNG)


async def test_what_makes_no_message_is_said_and_not_taken(
    sqlite_context: Context, tmp_path: Path
) -> None:
    async with console(sqlite_context) as pilot:
        await press(pilot, "2", *"Hello", "ctrl+o", *"photo")
        assert "names no file" in shown(pilot)
        await press(pilot, *f" {tmp_path}/none.png", "ctrl+r")
        assert "cannot be read" in shown(pilot)
        assert len(pilot.app.screen_stack) == 2
        await press(pilot, "tab", *"no link", "ctrl+r")
        assert "is not a button" in shown(pilot)
        await press(pilot, "escape", "escape")
        assert "with photo" not in shown(pilot)


async def test_one_key_throws_nothing_away_that_was_written(sqlite_context: Context) -> None:
    async with console(sqlite_context) as pilot:
        await press(pilot, "2", *"Hello", "ctrl+o", "escape")
        assert len(pilot.app.screen_stack) == 1
        await press(pilot, "ctrl+o", "tab", *"Read=https://example.org", "escape")
        assert "esc once more throws it away" in shown(pilot)
        # Who goes on writing is asked anew.
        await press(pilot, "x", "escape")
        assert len(pilot.app.screen_stack) == 2
        await press(pilot, "ctrl+r")
        assert "with 1 button" in shown(pilot)
        # And so with what no text goes with.
        await press(pilot, *["backspace"] * 5, "ctrl+l")
        assert "Start over" in shown(pilot)


async def test_options_stay_as_they_were_chosen(sqlite_context: Context) -> None:
    async with console(sqlite_context) as pilot:
        await press(pilot, "2", *"See https://example.org", "ctrl+o")
        await press(pilot, "tab", "tab", "tab", "tab", "right", "tab", "space")
        pilot.app.screen.query_one("#topic", Input).value = "12"
        await press(pilot, "ctrl+r", "ctrl+o")
        screen = pilot.app.screen
        assert screen._before.preview_size is PreviewSize.SMALL  # type: ignore[attr-defined] # what it began with
        assert screen._before.preview_above  # type: ignore[attr-defined] # likewise
        assert screen.query_one("#topic", Input).value == "12"


async def test_a_line_that_stays_is_the_same_file(sqlite_context: Context, tmp_path: Path) -> None:
    take_people(sqlite_context, count=1)
    picture = tmp_path / "a.png"
    picture.write_bytes(PNG)
    async with console(sqlite_context) as pilot:
        await press(pilot, "2", *"Hello", "ctrl+o", *str(picture), "ctrl+r")
        picture.unlink()
        await press(pilot, "ctrl+o")
        assert "photo a.png" in shown(pilot)
        await press(pilot, "ctrl+r")
        assert "with photo" in shown(pilot)
