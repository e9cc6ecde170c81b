"""What holds on every screen: help, palette, the head, and what goes wrong."""

from __future__ import annotations

import dataclasses
import threading
from functools import partial
from pathlib import Path

import pytest
from textual.actions import parse
from textual.command import CommandPalette
from textual.strip import Strip
from textual.widgets import TextArea

from hsl_tui.console.app import HslTuiApp
from hsl_tui.console.background import ask
from hsl_tui.console.dialogs.help import Help
from hsl_tui.console.dialogs.trouble import Trouble
from hsl_tui.console.keymap import acts_of
from hsl_tui.console.palette import ActProvider
from hsl_tui.console.screens.audit import AuditScreen
from hsl_tui.console.screens.base import ConsoleScreen
from hsl_tui.console.screens.broadcasts import BroadcastsScreen
from hsl_tui.console.screens.compose import ComposeScreen
from hsl_tui.console.screens.deliveries import DeliveriesScreen
from hsl_tui.console.screens.recipients import RecipientsScreen
from hsl_tui.console.widgets.paged_table import PagedTable
from hsl_tui.services.context import Context
from hsl_tui.worker import Progress, Worker, WorkerStatus
from tests.conftest import TOKEN
from tests.console.scene import (
    console,
    deliver,
    fill,
    press,
    queue,
    settle,
    shown,
    take_people,
)

SCREENS = (BroadcastsScreen, ComposeScreen, RecipientsScreen, AuditScreen)


class IdleWorker(Worker):
    """A worker that tells what it is told to tell, and remembers what it was asked."""

    def __init__(self, context: Context, status: WorkerStatus) -> None:
        super().__init__(context)
        self.told = status
        self.asked: list[str] = []

    @property
    def status(self) -> WorkerStatus:
        return self.told

    def stop(self) -> None:
        self.asked.append("stop")

    def wake(self) -> None:
        self.asked.append("wake")

    def join(self, timeout: float | None = None) -> bool:
        self.asked.append("join")
        return True


@pytest.mark.parametrize(
    ("mode", "key", "function_key"),
    [
        ("broadcasts", "1", "f2"),
        ("compose", "2", "f3"),
        ("recipients", "3", "f4"),
        ("audit", "4", "f5"),
    ],
)
async def test_help_for_the_screen_in_front(
    sqlite_context: Context, mode: str, key: str, function_key: str
) -> None:
    async with console(sqlite_context, size=(100, 60)) as pilot:
        await press(pilot, key)
        assert pilot.app.current_mode == mode
        await press(pilot, "f2", function_key, "f1")
        assert pilot.app.current_mode == mode
        assert "esc closes" in shown(pilot)
        await press(pilot, "G")
        assert "Everywhere" in shown(pilot)
        await press(pilot, "2")
        assert pilot.app.current_mode == mode
        await press(pilot, "escape")
        assert "esc closes" not in shown(pilot)


async def test_every_act_has_a_row_in_the_palette(sqlite_context: Context) -> None:
    async with console(sqlite_context) as pilot:
        rows = {row.title: row for row in ActProvider(pilot.app.screen)._rows()}
        titles = {title.lower() for title in rows}
        for owner in (*SCREENS, DeliveriesScreen, ConsoleScreen):
            for act in acts_of(owner, {}):
                namespace, name, _ = parse(act.action)
                if not namespace:
                    assert any(title.endswith(f": {act.said.lower()}") for title in titles), act
                    assert callable(getattr(owner, f"action_{name}"))


@pytest.mark.parametrize(
    "title",
    [
        "Go to compose",
        "Broadcasts: read anew",
        "Compose: start over",
        "Deliveries: next status",
        "This screen: scroll the pane down",
        "Read anew",
        "Draw the screen anew",
        "Help",
        "Theme: next",
    ],
)
async def test_a_row_of_the_palette_acts_wherever_one_is(
    sqlite_context: Context, title: str
) -> None:
    fill(sqlite_context)
    async with console(sqlite_context) as pilot:
        await press(pilot, "f5")
        (row,) = (row for row in ActProvider(pilot.app.screen)._rows() if row.title == title)
        row.run()
        await settle(pilot)
        expected = {
            "Go to compose": ComposeScreen,
            "Broadcasts: read anew": BroadcastsScreen,
            "Compose: start over": ComposeScreen,
            "Deliveries: next status": DeliveriesScreen,
            "Help": Help,
        }
        assert isinstance(pilot.app.screen, expected.get(title, AuditScreen))


async def test_the_palette_acts_on_the_list_behind_open_deliveries(sqlite_context: Context) -> None:
    take_people(sqlite_context, count=3)
    queue(sqlite_context, "Hello")
    async with console(sqlite_context) as pilot:
        await press(pilot, "enter", "f5", "ctrl+p", *"broadcast: pause", "enter")
        assert "3 recipients will wait until you resume it." in shown(pilot)
        await press(pilot, "enter")
        assert "‖ paused" in shown(pilot)
        await press(pilot, "enter", "ctrl+p", *"broadcast: resume", "enter", "enter")
        assert "◐ sending" in shown(pilot)


async def test_the_palette_finds_an_act(sqlite_context: Context) -> None:
    async with console(sqlite_context) as pilot:
        await press(pilot, "ctrl+p")
        assert isinstance(pilot.app.screen, CommandPalette)
        await press(pilot, *"to the audit", "enter")
        assert pilot.app.current_mode == "audit"


async def test_the_head_says_why_nothing_is_sent(sqlite_context: Context) -> None:
    async with console(sqlite_context, why_off="BOT_TOKEN is not set: nothing is sent.") as pilot:
        for key in "1234":
            await press(pilot, "escape", key)
            assert "○ BOT_TOKEN is not set: nothing is sent." in shown(pilot)
            assert "hsl.sqlite3" in shown(pilot)
            assert "12:00 UTC" in shown(pilot) or "CE" in shown(pilot)


@pytest.mark.parametrize(
    ("status", "said"),
    [
        (WorkerStatus(alive=True), "● Ready to send"),
        (WorkerStatus(alive=True, in_flight=3), "◐ Sending"),
        (WorkerStatus(alive=True, halted_for=90), "‖ Telegram asks to wait 90 s"),
        (
            WorkerStatus(alive=True, stopped_reason="The token was refused."),
            "✗ The token was refused.",
        ),
        (WorkerStatus(alive=True, starting=True), "○ The worker is starting."),
        (
            WorkerStatus(alive=True, starting=True, trouble="It is read-only."),
            "✗ It is read-only.",
        ),
        (WorkerStatus(alive=True, ending=True), "○ The worker is ending."),
        (WorkerStatus(alive=False, ending=True), "○ The worker is ending."),
    ],
)
async def test_the_head_says_how_the_worker_is_doing(
    sqlite_context: Context, status: WorkerStatus, said: str
) -> None:
    app = HslTuiApp(sqlite_context, IdleWorker(sqlite_context, status), reread_every=None)
    async with app.run_test() as pilot:
        await settle(pilot)
        assert said in shown(pilot)


async def test_the_head_says_when_the_worker_has_ended_on_its_own(sqlite_context: Context) -> None:
    worker = IdleWorker(sqlite_context, WorkerStatus(alive=True))
    app = HslTuiApp(sqlite_context, worker, reread_every=None)
    async with app.run_test() as pilot:
        await settle(pilot)
        worker.told = WorkerStatus(alive=False)
        app.tell_standing()
        await settle(pilot)
        assert "✗ The worker ended on its own; the log says why." in shown(pilot)


async def test_quitting_lets_the_worker_end_its_calls(sqlite_context: Context) -> None:
    worker = IdleWorker(sqlite_context, WorkerStatus(alive=True))
    app = HslTuiApp(sqlite_context, worker, reread_every=None)
    async with app.run_test() as pilot:
        await settle(pilot)
        await pilot.press("ctrl+q")
        await pilot.pause()
        await app.workers.wait_for_complete()
    assert worker.asked[:2] == ["stop", "join"]


async def test_progress_from_the_workers_thread_is_shown(sqlite_context: Context) -> None:
    take_people(sqlite_context, count=10)
    one = queue(sqlite_context, "Hello")
    worker = IdleWorker(sqlite_context, WorkerStatus(alive=True))
    app = HslTuiApp(sqlite_context, worker, reread_every=None)
    async with app.run_test() as pilot:
        await settle(pilot)
        deliver(sqlite_context, one.id, sent=7)
        assert "70%" not in shown(pilot)
        moved = Progress(frozenset({one.id}))
        reporter = threading.Thread(target=app.take_progress, args=[moved])
        reporter.start()
        reporter.join()
        await settle(pilot)
        assert "70%" in shown(pilot)
    app.take_progress(moved)


@pytest.mark.parametrize("mode", ["compose", "recipients", "audit"])
async def test_progress_may_come_while_a_screen_is_being_built(
    sqlite_context: Context, mode: str
) -> None:
    async with console(sqlite_context) as pilot:
        app = pilot.app
        assert isinstance(app, HslTuiApp)
        app.action_go(mode)
        app.on_hsl_tui_app_moved()
        app._look_again()
        await settle(pilot)
        assert app.current_mode == mode
        app._look_again()
        await settle(pilot)


async def test_progress_draws_only_what_moved(sqlite_context: Context) -> None:
    take_people(sqlite_context, count=10)
    queue(sqlite_context, "Other", hours=1)
    one = queue(sqlite_context, "Hello")
    async with console(sqlite_context) as pilot:
        app = pilot.app
        assert isinstance(app, HslTuiApp)
        table = app.screen.query_one("#broadcasts", PagedTable)
        drawn: list[int] = []
        original = table.render_line

        def render_line(y: int) -> Strip:
            drawn.append(y)
            return original(y)

        table.render_line = render_line  # type: ignore[method-assign] # to see what is drawn
        app._look_again()
        await settle(pilot)
        assert drawn == []
        deliver(sqlite_context, one.id, sent=5)
        app.on_hsl_tui_app_moved()
        await settle(pilot)
        assert set(drawn) == {1}
        assert "50%" in shown(pilot)


async def test_acts_wake_the_worker(sqlite_context: Context) -> None:
    take_people(sqlite_context, count=3)
    queue(sqlite_context, "Hello")
    worker = IdleWorker(sqlite_context, WorkerStatus(alive=True))
    app = HslTuiApp(sqlite_context, worker, reread_every=None)
    async with app.run_test() as pilot:
        await settle(pilot)
        await press(pilot, "p", "enter", "r", "enter")
        assert worker.asked == ["wake", "wake"]


async def test_a_lost_database_is_told_and_ends_nothing(
    sqlite_context: Context, tmp_path: Path
) -> None:
    fill(sqlite_context)
    async with console(sqlite_context) as pilot:
        sqlite_context.database.dispose()
        file = tmp_path / "hsl.sqlite3"
        kept = file.read_bytes()
        for leftover in ("hsl.sqlite3-wal", "hsl.sqlite3-shm"):
            (tmp_path / leftover).unlink(missing_ok=True)
        file.write_bytes(b"not a database at all" * 100)
        for key in ("3", "4", "1"):
            await press(pilot, key)
        assert "The database is away" in shown(pilot)
        assert "The new timetable" in shown(pilot)
        await press(pilot, "f4")
        assert "not an SQLite database" in shown(pilot)
        sqlite_context.database.dispose()
        file.write_bytes(kept)
        await press(pilot, "ctrl+r")
        assert "Ada Lovelace" in shown(pilot)


async def test_what_nobody_foresaw_is_logged_and_can_be_copied(
    sqlite_context: Context, caplog: pytest.LogCaptureFixture
) -> None:
    def fail() -> None:
        raise ZeroDivisionError(f"with {TOKEN} and \x1b[31m")

    async with console(sqlite_context) as pilot:
        ask(pilot.app.screen, fail, lambda _: None, group="test")
        await settle(pilot)
        trouble = pilot.app.screen
        assert isinstance(trouble, Trouble)
        told = trouble.query_one(TextArea).text
        assert "ZeroDivisionError" in told
        assert TOKEN not in told
        assert "\x1b" not in told
        await press(pilot, "c")
        assert pilot.app.clipboard == told
        await press(pilot, "escape")
        assert not trouble.is_attached
    assert any(record.exc_info for record in caplog.records)


async def test_of_many_calls_one_runs_at_a_time_and_the_last_is_answered(
    sqlite_context: Context,
) -> None:
    started: list[int] = []
    answered: list[int] = []
    go_on = threading.Event()

    def call(number: int) -> int:
        started.append(number)
        go_on.wait()
        return number

    async with console(sqlite_context) as pilot:
        for number in range(5):
            ask(pilot.app.screen, partial(call, number), answered.append, group="test")
            while not started:
                await pilot.pause()
        go_on.set()
        await settle(pilot)
    assert (started, answered) == ([0, 4], [4])


async def test_what_a_closed_screen_asked_for_is_dropped(sqlite_context: Context) -> None:
    fill(sqlite_context)
    async with console(sqlite_context) as pilot:
        for _ in range(5):
            await pilot.press("enter", "escape")
        await settle(pilot)
        assert len(pilot.app.screen_stack) == 1


@pytest.mark.parametrize("size", [(60, 20), (40, 12), (200, 60)])
async def test_odd_sizes_break_nothing(sqlite_context: Context, size: tuple[int, int]) -> None:
    fill(sqlite_context)
    async with console(sqlite_context, size=size) as pilot:
        await press(pilot, "enter", "f2", "f3", "f4", "f5", "f1")
        assert all(len(line) <= size[0] for line in shown(pilot).splitlines())


async def test_times_are_shown_in_the_operators_zone(sqlite_context: Context) -> None:
    settings = sqlite_context.settings.model_copy(update={"timezone": "America/New_York"})
    there = dataclasses.replace(sqlite_context, settings=settings)
    take_people(there, count=3)
    queue(there, "Hello", hours=30)
    async with console(there) as pilot:
        assert "08:00 EDT" in shown(pilot)
        assert "06-02 14:00" in shown(pilot)
