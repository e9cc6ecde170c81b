"""Templates in the console: chosen, gone on from, saved."""

from __future__ import annotations

import pytest
from textual.pilot import Pilot
from textual.widgets import Input, OptionList, TextArea

from hsl_tui.console.widgets.tick_box import TickBox
from hsl_tui.models.enums import MediaKind
from hsl_tui.services import broadcasts, templates
from hsl_tui.services.composing import Attachment, Composition, parse_buttons
from hsl_tui.services.context import Context
from tests.console.scene import HOSTILE, console, notices, press, settle, shown, take_people

WEEK = Composition(
    "<b>Look</b> at this, {{ first_name }}",
    attachments=(Attachment(MediaKind.PHOTO, "https://example.org/week.jpg"),),
    buttons=parse_buttons(["More=https://example.org"]),
    silent=True,
)


@pytest.fixture
def saved(sqlite_context: Context) -> Context:
    """Two recipients and three templates."""
    take_people(sqlite_context, count=2)
    templates.save(sqlite_context, "Welcome", Composition("Good day to all"))
    templates.save(sqlite_context, "Photo of the week", WEEK)
    templates.save(sqlite_context, "Maintenance", Composition("Down <i>tonight</i>"))
    return sqlite_context


def names(pilot: Pilot[None]) -> list[str]:
    options = pilot.app.screen.query_one(OptionList).options
    return [str(one.prompt) for one in options]


async def test_a_template_is_found_by_typing_and_shown(saved: Context) -> None:
    async with console(saved) as pilot:
        await press(pilot, "f3", "ctrl+t")
        assert names(pilot) == ["Maintenance", "Photo of the week", "Welcome"]
        assert "Down tonight" in shown(pilot)
        await press(pilot, "down", "down")
        assert "Good day to all" in shown(pilot)
        await press(pilot, *"week")
        assert names(pilot) == ["Photo of the week"]
        assert "Look at this, Ada" in shown(pilot)
        await press(pilot, *"s")
        assert names(pilot) == []
        assert "None has such a name or text." in shown(pilot)
        assert "Look at this" not in shown(pilot)
        # Nothing is chosen where nothing is listed.
        await press(pilot, "enter", "escape")
        assert pilot.app.screen.query_one(TextArea).text == ""


async def test_a_text_is_found_too(saved: Context) -> None:
    async with console(saved) as pilot:
        await press(pilot, "f3", "ctrl+t", *"TONIGHT down")
        assert names(pilot) == ["Maintenance"]


async def test_a_template_is_sent_with_all_that_it_has(saved: Context) -> None:
    async with console(saved) as pilot:
        await press(pilot, "f3", "ctrl+t", "down", "enter")
        assert pilot.app.screen.query_one(TextArea).text == WEEK.text
        assert pilot.app.screen.query_one("#silent", TickBox).value
        assert "with photo, 1 button" in shown(pilot)
        assert "More" in shown(pilot)
        await press(pilot, "ctrl+r", "enter")
    sent = broadcasts.show(saved, 1).content
    assert sent == templates.show(saved, "Photo of the week").content


async def test_what_was_written_before_can_be_brought_back(saved: Context) -> None:
    async with console(saved) as pilot:
        await press(pilot, "f3", *"mine", "ctrl+t", "enter")
        assert pilot.app.screen.query_one(TextArea).text == "Down <i>tonight</i>"
        assert "ctrl+z brings back" in notices(pilot)[-1]
        await press(pilot, "ctrl+z")
        assert pilot.app.screen.query_one(TextArea).text == "mine"


async def test_starting_over_lets_go_of_the_template(saved: Context) -> None:
    async with console(saved) as pilot:
        await press(pilot, "f3", "ctrl+t", *"week", "enter", "ctrl+l", "left", "enter")
        assert "with photo" not in shown(pilot)
        await press(pilot, *"Hi", "ctrl+r", "enter")
    assert broadcasts.show(saved, 1).content.media == ()


async def test_what_is_written_is_saved_under_a_name(saved: Context) -> None:
    async with console(saved) as pilot:
        await press(pilot, "f3", "ctrl+s")
        assert notices(pilot) == ["Write the message first."]
        await press(pilot, *"Hello", "ctrl+s", *"greeting")
        assert "✓ a new template" in shown(pilot)
        await press(pilot, "enter")
        assert notices(pilot)[-1] == "The template greeting is saved."
    assert templates.show(saved, "greeting").content.text == "Hello"


async def test_who_begins_from_a_template_is_asked_to_change_it(saved: Context) -> None:
    async with console(saved) as pilot:
        await press(pilot, "f3", "ctrl+t", *"welcome", "enter", *"!", "ctrl+s")
        assert pilot.app.screen.query_one("#name", Input).value == "Welcome"
        assert "takes the place of what tester saved at 2030-06-01" in shown(pilot)
        await press(pilot, "enter")
    assert templates.show(saved, "Welcome").content.text == "Good day to all!"
    assert len(templates.every(saved)) == 3


@pytest.mark.parametrize("name", ["", "  "])
async def test_a_template_without_a_name_is_not_saved(saved: Context, name: str) -> None:
    async with console(saved) as pilot:
        await press(pilot, "f3", *"Hello", "ctrl+s")
        pilot.app.screen.query_one("#name", Input).value = name
        await settle(pilot)
        await press(pilot, "enter")
        assert "needs a name" in shown(pilot)
        await press(pilot, "escape")
    assert len(templates.every(saved)) == 3


async def test_a_refused_text_is_not_saved(saved: Context) -> None:
    async with console(saved) as pilot:
        await press(pilot, "f3", *"<b>", "ctrl+s", *"wrong", "enter")
        assert len(notices(pilot)) == 1
    assert len(templates.every(saved)) == 3


async def test_hostile_names_and_texts_are_shown_as_text(sqlite_context: Context) -> None:
    take_people(sqlite_context, count=1)
    name = "[/b]\u202e[@click=app.quit]x[/]"
    templates.save(sqlite_context, name, Composition(" ".join(HOSTILE)))
    async with console(sqlite_context, size=(120, 36)) as pilot:
        await press(pilot, "f3", "ctrl+t")
        assert "[/b]\\u202e[@click=ap" in shown(pilot)
        assert not any(one in shown(pilot) for one in "\x1b\u202e")
        await press(pilot, "enter", "ctrl+s")
        assert not any(one in shown(pilot) + notices(pilot)[0] for one in "\x1b\u202e")
        await press(pilot, "enter")
        assert "\u202e" not in shown(pilot) + notices(pilot)[1]


async def test_without_templates_it_says_how_one_comes_to_be(sqlite_context: Context) -> None:
    async with console(sqlite_context) as pilot:
        await press(pilot, "f3", "ctrl+t")
        assert "No templates yet. ctrl+s" in shown(pilot)


async def test_the_palette_leads_to_them(saved: Context) -> None:
    async with console(saved) as pilot:
        await press(pilot, "ctrl+p", *"use a template", "enter")
        assert names(pilot)
