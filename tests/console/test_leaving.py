"""Quitting while calls are on their way: counted down, ended by itself, or cut off."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from hsl_tui.console import departure
from hsl_tui.console.app import HslTuiApp
from hsl_tui.console.dialogs.leaving import Leaving
from hsl_tui.services.context import Context
from hsl_tui.telegram.simulator import SimulatorThread
from hsl_tui.worker import Worker, WorkerStatus
from tests.console.scene import settle, shown
from tests.worker.scene import Gate, HaltedCalendar, Scene

PATIENCE = 10.0
"""Seconds; no test waits for this but one that fails."""


class BusyWorker(Worker):
    """Ends when it is let, and remembers what it was asked."""

    def __init__(self, context: Context, status: WorkerStatus) -> None:
        super().__init__(context)
        self.told = status
        self.asked: list[str] = []
        self.ended = threading.Event()

    @property
    def status(self) -> WorkerStatus:
        return self.told

    def stop(self) -> None:
        self.asked.append("stop")

    def cut_off(self) -> None:
        self.asked.append("cut off")
        self.ended.set()

    def join(self, timeout: float | None = None) -> bool:
        return self.ended.wait(PATIENCE if timeout is None else timeout)


def news(app: HslTuiApp) -> None:
    """Let a second of the countdown pass."""
    screen = app.screen
    assert isinstance(screen, Leaving)
    screen.show_news()


async def test_it_counts_down_and_ends_by_itself(sqlite_context: Context, clock: Any) -> None:
    worker = BusyWorker(sqlite_context, WorkerStatus(alive=True, in_flight=3, unsettled=3))
    app = HslTuiApp(sqlite_context, worker, reread_every=None)
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        await pilot.press("ctrl+q")
        await pilot.pause()
        assert "3 calls on the way, at most 20 s more." in shown(pilot)
        assert "ctrl+q again leaves at once: they become uncertain." in shown(pilot)
        clock.advance(seconds=5.5)
        worker.told = WorkerStatus(alive=True, in_flight=1, unsettled=2)
        news(app)
        await pilot.pause()
        assert "1 call on the way, at most 15 s more." in shown(pilot)
        assert "it becomes uncertain" in shown(pilot)
        clock.advance(seconds=15)
        news(app)
        await pilot.pause()
        assert "1 call on the way, longer than usual" in shown(pilot)
        trouble = "The server does not answer [/b]."
        worker.told = WorkerStatus(alive=True, unsettled=2, trouble=trouble)
        news(app)
        await pilot.pause()
        assert "2 outcomes to be recorded, at most 30 s." in shown(pilot)
        worker.ended.set()
        await app.workers.wait_for_complete()
    assert worker.asked[0] == "stop"
    assert "cut off" not in worker.asked
    assert app.farewell is None


async def test_a_second_key_leaves_at_once_and_says_what_that_means(
    sqlite_context: Context, clock: Any
) -> None:
    worker = BusyWorker(sqlite_context, WorkerStatus(alive=True, in_flight=2, unsettled=2))
    app = HslTuiApp(sqlite_context, worker, reread_every=None)
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        await pilot.press("ctrl+q")
        await pilot.pause()
        clock.advance(seconds=1)
        await pilot.press("ctrl+q")
        await app.workers.wait_for_complete()
    assert worker.asked[:2] == ["stop", "cut off"]
    assert app.farewell is not None
    assert app.farewell.startswith("Left before 2 answers came: what was on its way is uncertain")


async def test_a_key_held_down_does_not_leave_at_once(sqlite_context: Context, clock: Any) -> None:
    worker = BusyWorker(sqlite_context, WorkerStatus(alive=True, in_flight=2, unsettled=2))
    app = HslTuiApp(sqlite_context, worker, reread_every=None)
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        await pilot.press("ctrl+q", "ctrl+q", "ctrl+q")
        clock.advance(seconds=0.9)
        await pilot.press("ctrl+q")
        await pilot.pause()
        assert worker.asked == ["stop"]
        worker.ended.set()
        await app.workers.wait_for_complete()


async def test_no_other_key_does_anything_meanwhile(sqlite_context: Context) -> None:
    worker = BusyWorker(sqlite_context, WorkerStatus(alive=True, in_flight=2, unsettled=2))
    app = HslTuiApp(sqlite_context, worker, reread_every=None)
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        await pilot.press("ctrl+q")
        for key in ("escape", "enter", "2", "f3", "n"):
            await pilot.press(key)
        await pilot.pause()
        assert isinstance(app.screen, Leaving)
        worker.ended.set()
        await app.workers.wait_for_complete()


async def test_without_a_worker_it_ends_at_once(sqlite_context: Context) -> None:
    app = HslTuiApp(sqlite_context, why_off="No token.", reread_every=None)
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        await pilot.press("ctrl+q")
        await pilot.pause()
        assert not app.is_running
    assert app.farewell is None


# --- with a worker at work ------------------------------------------------------------------------


@pytest.fixture
def scene(sqlite_context: Context, simulator: SimulatorThread) -> Scene:
    started = Scene(sqlite_context, simulator).with_settings(
        api_url=simulator.url, messages_per_second=0, request_timeout=PATIENCE
    )
    started.add_people(5)
    return started.with_clock(HaltedCalendar())


async def test_answers_that_come_are_recorded_before_the_end(scene: Scene) -> None:
    gate = Gate(scene.simulator)
    broadcast_id = scene.queue()
    worker = scene.worker()
    app = HslTuiApp(scene.context, worker, reread_every=None)
    async with app.run_test(size=(80, 24)) as pilot:
        worker.start()
        gate.wait_until_holding(5)
        await pilot.press("ctrl+q")
        await pilot.pause()
        assert "5 calls on the way, at most 10 s more." in shown(pilot)
        gate.open()
        await app.workers.wait_for_complete()
    assert scene.counts(broadcast_id) == {"sent": 5}
    assert app.farewell is None


async def test_answers_that_are_not_waited_for_leave_what_is_uncertain(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate = Gate(scene.simulator)
    broadcast_id = scene.queue()
    worker = scene.worker()
    app = HslTuiApp(scene.context, worker, reread_every=None)
    async with app.run_test(size=(80, 24)) as pilot:
        worker.start()
        gate.wait_until_holding(5)
        await pilot.press("ctrl+q")
        await pilot.pause()
        monkeypatch.setattr(departure, "_TWICE", 0.0)
        await pilot.press("ctrl+q")
        await app.workers.wait_for_complete()
        gate.open()
    assert scene.counts(broadcast_id) == {"uncertain": 5}
    assert app.farewell is not None
    assert "Left before 5 answers came" in app.farewell
