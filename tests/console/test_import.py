"""Taking recipients in from the console."""

from __future__ import annotations

import asyncio
import threading
from pathlib import Path

import pytest
from textual.pilot import Pilot
from textual.widgets import Button, Input, Static

from hsl_tui.console.dialogs.import_columns import ImportColumns
from hsl_tui.console.dialogs.import_file import ImportDialog
from hsl_tui.console.importing import Course, told_of_report
from hsl_tui.console.widgets.tick_box import TickBox
from hsl_tui.models.criteria import Criteria
from hsl_tui.services import imports, recipients
from hsl_tui.services.context import Context
from hsl_tui.services.imports import ImportReport, Progress
from hsl_tui.store import audit
from tests.console.scene import console, notices, press, settle, shown


async def choose(pilot: Pilot[None], path: Path, *, tags: str = "") -> None:
    """Open the dialog and fill it in."""
    await press(pilot, "3", "i")
    pilot.app.screen.query_one("#path", Input).value = str(path)
    pilot.app.screen.query_one("#tags", Input).value = tags
    await settle(pilot)


def said(pilot: Pilot[None]) -> str:
    return str(pilot.app.screen.query_one("#said", Static).content)


@pytest.fixture
def people(tmp_path: Path) -> Path:
    path = tmp_path / "people.csv"
    path.write_text("chat_id,first_name,city,state\n5,Ann,Oslo,active\n0,Bo,,\nx\n6,Cy,Ghent,\n")
    return path


@pytest.fixture
def repeating(people: Path) -> Path:
    """The same, with a second line about one chat."""
    people.write_text(people.read_text() + "6,Cyril,,\n")
    return people


async def test_a_file_is_looked_into_and_taken_in(sqlite_context: Context, people: Path) -> None:
    async with console(sqlite_context) as pilot:
        await choose(pilot, people, tags="june; two words;")
        assert "chat id, first name" in said(pilot)
        assert "attributes for texts: city" in said(pilot)
        assert "5 · Ann · Oslo · active" in said(pilot)
        assert recipients.count(sqlite_context) == 0
        await press(pilot, "enter")
        assert "2 lines taken in: 2 new, 0 changed, 0 as they were, 2 skipped" in said(pilot)
        assert "0 is not a chat id" in shown(pilot)
        assert "Line 3: 0 is not a chat id; Telegram numbers chats from 1" in said(pilot)
        await press(pilot, "down")
        assert "Line 4: 'x' is not a chat id" in said(pilot)
        await press(pilot, "escape")
        assert "2 recipients" in shown(pilot)
    assert recipients.tags(sqlite_context) == [("june", 2), ("two words", 2)]


async def test_skipped_lines_are_written_beside_the_file(
    sqlite_context: Context, people: Path
) -> None:
    beside = people.with_name("people.rejected.csv")
    beside.write_text("mine")
    async with console(sqlite_context) as pilot:
        await choose(pilot, people)
        await press(pilot, "enter")
        pilot.app.screen.query_one("#save", Button).press()
        await settle(pilot)
        assert "people.rejected.1.csv" in notices(pilot)[-1]
    lines = people.with_name("people.rejected.1.csv").read_text().splitlines()
    assert lines[0] == "line,reason,chat_id,first_name,city,state"
    assert [line.partition(",")[0] for line in lines[1:]] == ["3", "4"]
    assert beside.read_text() == "mine"


async def test_a_trial_tells_what_would_change_and_changes_nothing(
    sqlite_context: Context, repeating: Path
) -> None:
    async with console(sqlite_context) as pilot:
        await choose(pilot, repeating, tags="june")
        await press(pilot, "ctrl+t")
        assert "3 lines would be taken in: 2 new" in said(pilot)
        assert "Nothing is changed yet." in said(pilot)
        assert "Leave it" in shown(pilot)
        assert "New tags: june" in said(pilot)
        assert "New attributes: city" in said(pilot)
        assert "1 line about a chat that was there before: the last one counts" in said(pilot)
        assert "0 is not a chat id" in shown(pilot)
        assert recipients.count(sqlite_context) == 0
        assert recipients.tags(sqlite_context) == []
        await press(pilot, "enter")
        assert "3 lines taken in: 2 new" in said(pilot)
        assert "1 line about a chat that was there before" in said(pilot)
        await press(pilot, "escape")
        assert "2 recipients" in shown(pilot)
    assert recipients.tags(sqlite_context) == [("june", 2)]


async def test_leaving_after_a_trial_has_changed_nothing(
    sqlite_context: Context, people: Path
) -> None:
    async with console(sqlite_context, size=(60, 20)) as pilot:
        await choose(pilot, people)
        await press(pilot, "ctrl+t", "escape")
        assert "No recipients yet." in shown(pilot)


async def test_all_or_nothing_takes_nothing_in_where_a_line_is_bad(
    sqlite_context: Context, people: Path
) -> None:
    async with console(sqlite_context) as pilot:
        await choose(pilot, people)
        await press(pilot, "tab", "tab", "tab")
        assert pilot.app.focused is pilot.app.screen.query_one("#atomic")
        await press(pilot, "space", "ctrl+t")
        assert "✗ Nothing would be taken in: 2 lines cannot be used" in said(pilot)
        await press(pilot, "enter")
        assert "✗ Nothing is taken in: 2 lines cannot be used" in said(pilot)
        assert "Line 3: 0 is not a chat id" in said(pilot)
        assert recipients.count(sqlite_context) == 0
        # It may be mended, or taken in without those lines.
        pilot.app.screen.query_one("#atomic", TickBox).value = False
        pilot.app.screen.query_one("#path").focus()
        await press(pilot, "enter")
        assert "2 lines taken in: 2 new" in said(pilot)
    assert recipients.count(sqlite_context) == 2


@pytest.fixture
def many(tmp_path: Path) -> Path:
    path = tmp_path / "many.csv"
    path.write_text("chat_id\n" + "\n".join(map(str, range(1, 3001))))
    return path


async def test_all_or_nothing_takes_all_in_with_one_act(
    sqlite_context: Context, many: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(imports, "BATCH", 1000)
    async with console(sqlite_context) as pilot:
        await choose(pilot, many)
        pilot.app.screen.query_one("#atomic", TickBox).value = True
        await press(pilot, "enter")
        assert "3,000 lines taken in: 3,000 new" in said(pilot)
    with sqlite_context.database.read() as session:
        assert len(audit.latest(session, limit=9, action="recipients.imported")) == 1


def test_all_or_nothing_that_is_stopped_has_changed_nothing() -> None:
    stopped = told_of_report(ImportReport(0, 0, 0, (), 0), atomic=True)
    assert str(stopped) == "‖ Stopped. Nothing is changed."
    assert "Stopping: nothing is changed" in str(Course(keeps=False).told(stopping=True))


@pytest.fixture
def foreign(tmp_path: Path) -> Path:
    """Of a program that calls its columns otherwise."""
    path = tmp_path / "crm.csv"
    path.write_text("id;Vorname;e-mail;notes\n5;Ann;ann@example.org;[b]cake\n6;Bo;;\n")
    return path


@pytest.mark.parametrize("size", [(80, 24), (60, 20), (120, 36)])
async def test_it_is_said_what_the_columns_of_a_file_are(
    sqlite_context: Context, foreign: Path, size: tuple[int, int]
) -> None:
    async with console(sqlite_context, size=size) as pilot:
        await choose(pilot, foreign)
        assert "There is no column chat_id or user_id" in said(pilot)
        assert pilot.app.screen.query_one("#begin", Button).disabled
        await press(pilot, "ctrl+n")
        assert "Use them" in shown(pilot)
        assert "attribute Vorname" in shown(pilot)
        await press(pilot, "ctrl+r")
        assert isinstance(pilot.app.screen, ImportColumns)
        await press(pilot, "ctrl+u", *"ch", "tab", "enter", "ctrl+u", *"fir", "tab", "down", "down")
        assert "[b]cake" in shown(pilot)
        await press(pilot, "ctrl+u")
        assert "left out" in shown(pilot)
        assert "✓ chat id, first name" in str(
            pilot.app.screen.query_one("#verdict", Static).content
        )
        await press(pilot, "ctrl+r")
        assert "chat id, first name" in said(pilot)
        assert "attributes for texts: e_mail" in said(pilot)
        assert "3 columns otherwise" in shown(pilot)
        pilot.app.screen.query_one("#begin").focus()
        await press(pilot, "enter")
        assert "2 lines taken in: 2 new" in said(pilot)
    ann, bo = recipients.every(sqlite_context)
    assert (ann.chat_id, ann.first_name, ann.attributes) == (
        5,
        "Ann",
        {"e_mail": "ann@example.org"},
    )
    assert (bo.first_name, bo.attributes) == ("Bo", {})


async def test_columns_that_cannot_be_meant_are_told_and_not_used(
    sqlite_context: Context, foreign: Path, many: Path
) -> None:
    async with console(sqlite_context) as pilot:
        await choose(pilot, foreign)
        await press(pilot, "ctrl+n", "ctrl+u", *"chat_id", "down", "ctrl+u", *"chat_id")
        assert "two columns 'chat_id'" in shown(pilot)
        await press(pilot, "ctrl+u", *"two words")
        assert "could not be used in a text" in str(
            pilot.app.screen.query_one("#verdict", Static).content
        )
        assert pilot.app.screen.query_one("#use", Button).disabled
        await press(pilot, "escape")
        assert "as in the file" in shown(pilot)
        assert pilot.app.screen.query_one("#begin", Button).disabled
        # Another file is not held to what was said of this one.
        await press(pilot, "ctrl+n", "ctrl+u", *"chat_id", "ctrl+r")
        assert "1 column otherwise" in shown(pilot)
        pilot.app.screen.query_one("#path", Input).value = str(many)
        await settle(pilot)
        assert "as in the file" in shown(pilot)
        assert not pilot.app.screen.query_one("#begin", Button).disabled


def test_an_import_that_goes_on_says_from_where() -> None:
    report = ImportReport(5, 0, 0, (), resumed_after=1200, no_usernames=2, repaired={"a b": "a_b"})
    told = str(told_of_report(report))
    assert "The column “a b” is called a_b here" in told
    assert "Gone on behind line 1,200, where it had been cut off" in told
    assert "2 user names left out: Telegram gives none such" in told


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "There is no file"),
        (b"name\nAnn\n", "no column chat_id"),
        (b"\xff\xfe\x00", "people.csv"),
        (b"chat_id,a b,a_b\n5,,\n", "two columns"),
    ],
)
async def test_what_cannot_be_taken_in_is_said_at_once(
    sqlite_context: Context, tmp_path: Path, content: bytes | None, message: str
) -> None:
    path = tmp_path / "people.csv"
    if content is not None:
        path.write_bytes(content)
    async with console(sqlite_context) as pilot:
        await choose(pilot, path)
        assert "✗" in said(pilot)
        assert message in said(pilot)
        await press(pilot, "enter")
        assert pilot.app.screen.query_one("#begin", Button).disabled
        await press(pilot, "escape")
        assert "No recipients yet." in shown(pilot)


async def test_a_wrong_tag_is_refused_before_anything_is_taken_in(
    sqlite_context: Context, people: Path
) -> None:
    async with console(sqlite_context) as pilot:
        await choose(pilot, people, tags="x" * 65)
        await press(pilot, "enter")
        assert "longer than 64 characters" in said(pilot)
    assert recipients.count(sqlite_context) == 0


async def test_paths_are_completed(sqlite_context: Context, people: Path) -> None:
    people.with_name("people.old").touch()
    folder = people.with_name("letters")
    folder.mkdir()
    async with console(sqlite_context) as pilot:
        await choose(pilot, people.with_name("p"))
        await press(pilot, "tab")
        field = pilot.app.screen.query_one("#path", Input)
        assert field.value == str(people.with_name("people."))
        await press(pilot, "tab")
        assert "people.csv  people.old" in said(pilot)
        await press(pilot, "c", "tab")
        assert field.value == str(people)
        await press(pilot, "tab")
        assert pilot.app.focused is pilot.app.screen.query_one("#tags")
        field.value = str(folder)[:-2]
        field.focus()
        await settle(pilot)
        await press(pilot, "end", "tab")
        assert field.value == f"{folder}/"


async def test_stopping_keeps_what_is_in(
    sqlite_context: Context, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(imports, "BATCH", 1000)
    path = tmp_path / "many.csv"
    path.write_text("chat_id\n" + "\n".join(map(str, range(1, 20_001))))
    reached, go_on = threading.Event(), threading.Event()
    note = Course.note

    def wait(course: Course, progress: Progress) -> None:
        note(course, progress)
        if progress.rows == 5000:
            reached.set()
            go_on.wait()

    monkeypatch.setattr(Course, "note", wait)
    async with console(sqlite_context) as pilot:
        await choose(pilot, path)
        await pilot.press("enter")
        await asyncio.to_thread(reached.wait)
        dialog = pilot.app.screen
        assert isinstance(dialog, ImportDialog)
        dialog._draw()
        assert "5,000 lines, 0 skipped" in said(pilot)
        await pilot.press("escape")
        assert "Stopping: what is taken in stays" in said(pilot)
        go_on.set()
        await settle(pilot)
        assert "4,000 lines taken in stay" in said(pilot)
        assert "Nothing behind line 4,001 was taken in." in said(pilot)
        await press(pilot, "escape")
        assert "4,000 recipients" in shown(pilot)
    assert recipients.count(sqlite_context, Criteria()) == 4000


async def test_hostile_files_are_shown_as_text(sqlite_context: Context, tmp_path: Path) -> None:
    path = tmp_path / "[b]\x1b[31m.csv"
    path.write_text("chat_id,first_name\n5,[/b]\x1b]0;x\x07\u202e\n[i]\x1b[2J,\n")
    async with console(sqlite_context) as pilot:
        await choose(pilot, path)
        assert "[/b]" in said(pilot)
        await press(pilot, "enter")
        assert "[i]" in shown(pilot)
        assert not any(one in shown(pilot) for one in "\x1b\u202e\x07")


def test_an_import_of_nothing_is_not_called_good() -> None:
    assert str(told_of_report(ImportReport(0, 0, 0, ()))).startswith("✗ 0 lines taken in")
    stopped = told_of_report(ImportReport(0, 0, 0, (), 0))
    assert "Nothing of it was taken in." in str(stopped)


def test_a_course_tells_rate_and_time_left(monkeypatch: pytest.MonkeyPatch) -> None:
    moments = iter([100.0, 110.0])
    monkeypatch.setattr("time.monotonic", lambda: next(moments))
    course = Course()
    course.note(Progress(rows=250_000, taken=245_000, rejected=3, bytes_read=25, size=100))
    said = str(course.told(stopping=False))
    assert "25 %" in said
    assert "250,000 lines, 3 skipped · 25,000 a second · about 30 s left" in said
