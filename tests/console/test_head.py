"""The head of every screen: who sends, how fast, for which bot, and from what database."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr
from textual.pilot import Pilot

from hsl_tui.console import background, standing
from hsl_tui.console.app import HslTuiApp
from hsl_tui.console.background import ask
from hsl_tui.console.widgets.paged_table import PagedTable
from hsl_tui.console.widgets.top_bar import TopBar
from hsl_tui.errors import DatabaseUnavailableError
from hsl_tui.services.context import Context
from hsl_tui.store import pace, workers
from hsl_tui.store.server_clock import moment
from hsl_tui.worker import WorkerStatus
from tests.conftest import NOON, TOKEN
from tests.console.scene import (
    console,
    deliver,
    fill,
    notices,
    press,
    queue,
    settle,
    shown,
    take_people,
)
from tests.console.test_app import IdleWorker

BOT_ID = int(TOKEN.partition(":")[0])
AT_WORK = WorkerStatus(
    alive=True, bot="harbour_bot", in_flight=2, next_sweep=NOON + timedelta(minutes=1)
)


def head(pilot: Pilot[Any]) -> list[str]:
    return shown(pilot).splitlines()[:2]


def start_elsewhere(context: Context, *, bot_id: int = BOT_ID) -> int:
    with context.database.write() as session:
        return workers.enter(
            session,
            host="elsewhere",
            pid=7,
            process_started="7",
            bot_id=bot_id,
            now=moment(session),
        )


async def until(pilot: Pilot[Any], happened: Callable[[], bool]) -> None:
    while not happened():
        await pilot.pause()


def with_settings(context: Context, **changes: Any) -> Context:
    settings = context.settings.model_copy(update=changes)
    return Context(context.database, context.clock, context.actor, settings)


async def test_of_a_worker_it_tells_bot_pace_and_next_sweep(sqlite_context: Context) -> None:
    worker = IdleWorker(sqlite_context, AT_WORK)
    app = HslTuiApp(sqlite_context, worker, reread_every=None)
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        first, second = head(pilot)
        assert "@harbour_bot" in first
        assert first.rstrip().endswith("12:00 UTC")
        assert "◐ Sending  up to 30 a second  sweep 12:01" in second
        assert "hsl.sqlite3" in second


def send_for_ten_seconds(context: Context, clock: Any) -> int:
    """Have 280 of 400 messages sent within the last ten seconds; gives the broadcast's number."""
    take_people(context, count=400)
    broadcast = queue(context, "Hello")
    deliver(context, broadcast.id, sent=280)
    clock.advance(seconds=10)
    return broadcast.id


async def test_the_pace_used_is_what_was_recorded_of_late(
    sqlite_context: Context, clock: Any
) -> None:
    send_for_ten_seconds(sqlite_context, clock)
    worker = IdleWorker(sqlite_context, AT_WORK)
    app = HslTuiApp(sqlite_context, worker, reread_every=None)
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        assert "28/30 a second" in head(pilot)[1]


async def test_what_has_ended_is_not_being_sent_any_more(
    sqlite_context: Context, clock: Any
) -> None:
    broadcast = send_for_ten_seconds(sqlite_context, clock)
    worker = IdleWorker(sqlite_context, WorkerStatus(alive=True))
    app = HslTuiApp(sqlite_context, worker, reread_every=None)
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        assert "◐ Sending  28/30 a second" in head(pilot)[1]
        deliver(sqlite_context, broadcast, sent=120)
        await look_again(pilot)
        assert "● Ready to send  0/30 a second" in head(pilot)[1]
        queue(sqlite_context, "Hello again")
        await look_again(pilot)
        assert "◐ Sending  up to 30 a second" in head(pilot)[1]


async def test_that_a_worker_has_begun_is_told_as_soon_as_it_has(sqlite_context: Context) -> None:
    worker = IdleWorker(sqlite_context, WorkerStatus(alive=True, starting=True))
    begun: list[bool] = []

    def begin() -> None:
        begun.append(True)

    app = HslTuiApp(sqlite_context, worker, reread_every=None, begin=begin)
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        assert begun == [True]
        assert "○ The worker is starting." in head(pilot)[1]
        worker.told = WorkerStatus(alive=True, trouble="The file is read-only.")
        await until(pilot, lambda: "✗ The file is read-only." in head(pilot)[1])


async def test_how_the_worker_does_is_told_while_the_database_keeps_waiting(
    sqlite_context: Context, clock: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    go_on = threading.Event()
    worker = IdleWorker(sqlite_context, AT_WORK)
    app = HslTuiApp(sqlite_context, worker, reread_every=None)
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        monkeypatch.setattr(standing, "look", lambda _: go_on.wait())
        for status, said in (
            (WorkerStatus(alive=True, halted_for=7), "‖ Telegram asks to wait 7 s"),
            (WorkerStatus(alive=True, trouble="No answers."), "✗ No answers."),
        ):
            worker.told = status
            app._look_again()
            await pilot.pause()
            assert said in head(pilot)[1]
        clock.advance(seconds=7)
        app._look_again()
        await pilot.pause()
        assert "… waiting for the database" in head(pilot)[1]
        go_on.set()


async def test_what_was_read_of_others_long_ago_is_not_said_any_more(
    sqlite_context: Context, clock: Any
) -> None:
    start_elsewhere(sqlite_context)
    with sqlite_context.database.write() as session:
        pace.halt(session, BOT_ID, seconds=9)
    async with console(sqlite_context, why_off="Off.") as pilot:
        app = pilot.app
        assert isinstance(app, HslTuiApp)
        assert "‖ Telegram asks to wait 9 s" in head(pilot)[1]
        clock.advance(seconds=4)
        app.tell_standing()
        await pilot.pause()
        assert "‖ Telegram asks to wait 5 s" in head(pilot)[1]
        clock.advance(seconds=4)
        app.tell_standing()
        await pilot.pause()
        assert head(pilot)[1].startswith(" ○ Off.  … waiting for the database")


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"messages_per_second": 0}, "0 a second"),
        ({"messages_per_second": 0.5}, "0/0.5 a second"),
        ({"messages_per_second": 1000}, "0/1000 a second"),
    ],
)
async def test_the_budget_is_that_of_the_settings(
    sqlite_context: Context, changes: dict[str, float], said: str
) -> None:
    context = with_settings(sqlite_context, **changes)
    worker = IdleWorker(context, WorkerStatus(alive=True, next_sweep=NOON))
    app = HslTuiApp(context, worker, reread_every=None)
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        assert f"● Ready to send  {said}  sweep 12:00" in head(pilot)[1]


async def test_without_a_worker_here_it_tells_of_those_elsewhere(sqlite_context: Context) -> None:
    async with console(sqlite_context, why_off="Off.") as pilot:
        assert "○ Off. No worker elsewhere." in head(pilot)[1]
        assert f"bot {BOT_ID}" in head(pilot)[0]
        assert "a second" not in head(pilot)[1]
        start_elsewhere(sqlite_context, bot_id=BOT_ID + 1)
        app = pilot.app
        assert isinstance(app, HslTuiApp)
        app._look_again()
        await settle(pilot)
        assert "○ Off. No worker elsewhere." in head(pilot)[1]
        start_elsewhere(sqlite_context)
        app._look_again()
        await settle(pilot)
        assert "● Ready to send: 1 worker elsewhere, none here  0/30 a second" in head(pilot)[1]


async def test_without_a_token_any_worker_counts(sqlite_context: Context) -> None:
    context = with_settings(sqlite_context, bot_token=None)
    start_elsewhere(context)
    async with console(context, why_off="No token.") as pilot:
        assert "● Ready to send: 1 worker elsewhere" in head(pilot)[1]
        assert "bot" not in head(pilot)[0]


@pytest.mark.parametrize("width", [60, 70, 80, 100, 120, 200])
@pytest.mark.parametrize(
    "status",
    [
        AT_WORK,
        WorkerStatus(alive=True, bot="a_bot_with_a_name_of_32_letters_", halted_for=90),
        WorkerStatus(alive=True, stopped_reason="Telegram refuses the token: " + "x" * 300),
    ],
)
async def test_it_fits_every_width(
    sqlite_context: Context, status: WorkerStatus, width: int
) -> None:
    app = HslTuiApp(sqlite_context, IdleWorker(sqlite_context, status), reread_every=None)
    async with app.run_test(size=(width, 20)) as pilot:
        await settle(pilot)
        first, second = head(pilot)
        assert "1 Broadcasts" in first
        assert first.rstrip().endswith("12:00 UTC")
        assert second.strip()[0] in "◐‖✗"
        assert len(first) == len(second) == width


async def test_it_is_not_drawn_while_nothing_changes(sqlite_context: Context) -> None:
    worker = IdleWorker(sqlite_context, AT_WORK)
    app = HslTuiApp(sqlite_context, worker, reread_every=None)
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        bar = app.screen.query_one(TopBar)
        drawn: list[int] = []
        original = bar.render

        def render() -> Any:
            drawn.append(1)
            return original()

        bar.render = render  # type: ignore[method-assign] # to see what is drawn
        for _ in range(3):
            app._look_again()
            await settle(pilot)
        assert drawn == []


# --- a database that is slow ----------------------------------------------------------------------


async def test_a_slow_database_is_told_and_freezes_no_key(
    sqlite_context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(background, "SLOW_AFTER", 0.0)
    fill(sqlite_context)
    go_on = threading.Event()
    answered: list[bool] = []
    async with console(sqlite_context) as pilot:
        table = pilot.app.screen.query_one("#broadcasts", PagedTable)
        ask(pilot.app.screen, go_on.wait, answered.append, group="slow")
        while "… waiting for the database" not in head(pilot)[1]:
            await pilot.pause()
        await pilot.press("down")
        await pilot.press("down")
        await pilot.pause()
        assert table.cursor == 2
        assert answered == []
        go_on.set()
        await settle(pilot)
        assert answered == [True]
        assert "waiting" not in head(pilot)[1]


async def test_progress_that_comes_while_it_is_slow_is_shown_afterwards(
    sqlite_context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(background, "SLOW_AFTER", 0.0)
    take_people(sqlite_context, count=10)
    broadcast = queue(sqlite_context, "Hello")
    go_on = threading.Event()
    async with console(sqlite_context) as pilot:
        app = pilot.app
        assert isinstance(app, HslTuiApp)
        ask(app.screen, go_on.wait, lambda _: None, group="slow")
        while not app.threads.slow:
            await pilot.pause()
        deliver(sqlite_context, broadcast.id, sent=5)
        app.on_hsl_tui_app_moved()
        app.on_hsl_tui_app_moved()
        assert "50%" not in shown(pilot)
        go_on.set()
        await settle(pilot)
        assert "50%" in shown(pilot)


# --- a database that is lost ----------------------------------------------------------------------


class Outage:
    """Takes the file of a database away, and brings it back."""

    def __init__(self, context: Context, file: Path) -> None:
        self._database = context.database
        self._file = file
        self._kept = b""

    def begin(self) -> None:
        self._database.dispose()
        self._kept = self._file.read_bytes()
        for leftover in ("-wal", "-shm"):
            self._file.with_name(self._file.name + leftover).unlink(missing_ok=True)
        self._file.write_bytes(b"not a database at all" * 100)

    def end(self) -> None:
        self._database.dispose()
        self._file.write_bytes(self._kept)


@pytest.fixture
def outage(sqlite_context: Context, tmp_path: Path) -> Outage:
    fill(sqlite_context)
    return Outage(sqlite_context, tmp_path / "hsl.sqlite3")


async def look_again(pilot: Pilot[Any]) -> None:
    app = pilot.app
    assert isinstance(app, HslTuiApp)
    app._look_again()
    await settle(pilot)


async def test_a_lost_database_is_a_banner_on_every_screen_until_it_is_back(
    sqlite_context: Context, outage: Outage
) -> None:
    async with console(sqlite_context, size=(120, 24)) as pilot:
        outage.begin()
        for _ in range(3):
            await look_again(pilot)
        for key in ("3", "4", "2", "f2", "f3"):
            await press(pilot, key)
            assert "✗ The database is away since 12:00; trying again. " in shown(pilot)
            assert "✗ Nothing is sent from here while the database is away." in shown(pilot)
        assert notices(pilot) == []
        await press(pilot, "f4")
        assert "check DATABASE_URL" in shown(pilot)
        assert "Ada Lovelace" not in shown(pilot)
        outage.end()
        await look_again(pilot)
        assert "away" not in shown(pilot)
        assert "Ada Lovelace" in shown(pilot)
        assert notices(pilot) == []


async def test_rows_that_were_read_stay_while_it_is_away(
    sqlite_context: Context, outage: Outage
) -> None:
    async with console(sqlite_context) as pilot:
        outage.begin()
        for _ in range(3):
            await press(pilot, "ctrl+r")
        assert "The new timetable" in shown(pilot)
        assert "The database is away" in shown(pilot)
        outage.end()
        await press(pilot, "ctrl+r")
        assert "The database is away" not in shown(pilot)


async def test_the_banner_comes_and_goes_behind_a_dialog_too(
    sqlite_context: Context, outage: Outage
) -> None:
    async with console(sqlite_context, size=(120, 36)) as pilot:
        await press(pilot, "p")
        outage.begin()
        await look_again(pilot)
        assert "The database is away" in shown(pilot)
        outage.end()
        await look_again(pilot)
        assert "The database is away" not in shown(pilot)


async def test_whoever_acts_on_a_lost_database_is_told(sqlite_context: Context) -> None:
    def act() -> None:
        raise DatabaseUnavailableError("The database is gone.")

    async with console(sqlite_context) as pilot:
        ask(pilot.app.screen, act, lambda _: None, group="act", exclusive=False)
        await settle(pilot)
        assert notices(pilot) == ["The database is gone."]


async def test_hostile_names_do_no_harm_in_the_head(sqlite_context: Context) -> None:
    context = with_settings(sqlite_context, bot_token=SecretStr(TOKEN))
    status = WorkerStatus(alive=True, bot="[/b]\x1b[31m", stopped_reason="[red]\x9b31m\u202e")
    app = HslTuiApp(context, IdleWorker(context, status), reread_every=None)
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        assert "@[/b]" in head(pilot)[0]
        assert "[red]" in head(pilot)[1]
        assert not set("\x1b\x9b\u202e") & set(shown(pilot))
