"""What is being composed is there again after a quit or a lost line."""

from __future__ import annotations

import dataclasses

import pytest
from textual.pilot import Pilot
from textual.widgets import Input, TextArea

from hsl_tui.console import draft_keeper
from hsl_tui.console.widgets.choice_bar import ChoiceBar
from hsl_tui.console.widgets.tick_box import TickBox
from hsl_tui.errors import DatabaseUnavailableError
from hsl_tui.models.enums import MediaKind, UncertainPolicy
from hsl_tui.services import drafts, templates
from hsl_tui.services.composing import Attachment, Composition
from hsl_tui.services.context import Context
from tests.conftest import FrozenClock
from tests.console.scene import console, notices, press, settle, shown, take_people


async def fill_in(pilot: Pilot[None]) -> None:
    """Change every field of the form."""
    await press(pilot, "f3", *"Hello <b>")
    screen = pilot.app.screen
    screen.query_one("#to", Input).value = "tag:news !tag:st"
    screen.query_one("#when", Input).value = "tomorrow at"
    screen.query_one("#on-uncertain", ChoiceBar).index = 1
    for box in screen.query(TickBox):
        box.value = True
    await settle(pilot)


def fields(pilot: Pilot[None]) -> tuple[object, ...]:
    screen = pilot.app.screen
    return (
        screen.query_one(TextArea).text,
        screen.query_one("#to", Input).value,
        screen.query_one("#when", Input).value,
        screen.query_one("#on-uncertain", ChoiceBar).value,
        *(box.value for box in screen.query(TickBox)),
    )


EMPTY = ("", "all", "", "hold", False, False, False, False)


async def test_all_that_was_filled_in_is_there_again(
    sqlite_context: Context, clock: FrozenClock
) -> None:
    maria = dataclasses.replace(sqlite_context, actor="maria from 198.51.100.7")
    async with console(maria) as pilot:
        await fill_in(pilot)
        left = fields(pilot)
        assert left[3] == UncertainPolicy.RESEND
        assert all(left[4:])
    clock.advance(hours=3)
    again = dataclasses.replace(sqlite_context, actor="maria from 203.0.113.9")
    async with console(again) as pilot:
        assert notices(pilot) == []
        await press(pilot, "f3")
        assert fields(pilot) == left
        (notice,) = notices(pilot)
        assert notice.startswith("Restored what you wrote at ")
        assert notice.endswith("; ctrl+l starts over.")
        # It goes on where it ended.
        await press(pilot, *"you")
        assert fields(pilot)[0] == "Hello <b>you"


async def test_nothing_is_restored_for_somebody_else(sqlite_context: Context) -> None:
    async with console(sqlite_context) as pilot:
        await fill_in(pilot)
    async with console(dataclasses.replace(sqlite_context, actor="someone else")) as pilot:
        await press(pilot, "f3")
        assert fields(pilot) == EMPTY
        assert notices(pilot) == []


async def test_media_of_a_template_come_back_too(sqlite_context: Context) -> None:
    picture = (Attachment(MediaKind.PHOTO, "https://example.org/week.jpg"),)
    templates.save(sqlite_context, "week", Composition("Look", attachments=picture))
    async with console(sqlite_context) as pilot:
        await press(pilot, "f3", "ctrl+t", "enter")
    async with console(sqlite_context) as pilot:
        await press(pilot, "f3")
        assert "with photo" in shown(pilot)


async def test_it_is_kept_while_someone_types_and_when_the_screen_is_left(
    sqlite_context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with console(sqlite_context) as pilot:
        await press(pilot, "f3", *"One")
        assert drafts.load(sqlite_context) is None
        await press(pilot, "f2")
        assert text_on_record(sqlite_context) == "One"
        monkeypatch.setattr(draft_keeper, "KEEP_EVERY", 0.001)
        await press(pilot, "f3", *" two")
        while text_on_record(sqlite_context) != "One two":
            await pilot.pause()
            await settle(pilot)


def text_on_record(context: Context) -> str | None:
    found = drafts.load(context)
    return None if found is None else found.form.composition.text


async def test_what_was_queued_does_not_come_back(sqlite_context: Context) -> None:
    take_people(sqlite_context, count=2)
    async with console(sqlite_context) as pilot:
        await press(pilot, "f3", *"Hello", "f2", "f3")
        assert text_on_record(sqlite_context) == "Hello"
        await press(pilot, "ctrl+r", "enter")
        assert drafts.load(sqlite_context) is None
    async with console(sqlite_context) as pilot:
        await press(pilot, "f3")
        assert fields(pilot) == EMPTY


async def test_who_starts_over_starts_from_nothing(sqlite_context: Context) -> None:
    async with console(sqlite_context) as pilot:
        await fill_in(pilot)
    async with console(sqlite_context) as pilot:
        await press(pilot, "f3", "ctrl+l", "left", "enter")
        assert fields(pilot) == EMPTY
        assert drafts.load(sqlite_context) is None


async def test_a_database_that_is_away_is_told_once_and_keeps_nobody_from_writing(
    sqlite_context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise DatabaseUnavailableError("The database is away.")

    async with console(sqlite_context) as pilot:
        await press(pilot, "f3")
        with monkeypatch.context() as broken:
            broken.setattr(drafts, "save", fail)
            for _ in range(3):
                await press(pilot, *"x", "f2", "f3")
            assert notices(pilot) == ["The database is away."]
            assert fields(pilot)[0] == "xxx"
        await press(pilot, "f2")
        assert text_on_record(sqlite_context) == "xxx"
