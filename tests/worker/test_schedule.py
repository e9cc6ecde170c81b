"""What a worker does by the clock: on time, one at a time, whatever a job or the clock does."""

from __future__ import annotations

import asyncio
import logging
import threading
import types
from collections.abc import Callable
from datetime import UTC, datetime, time, timedelta, tzinfo
from typing import Any, ClassVar

import pytest
import schedule
from pydantic import SecretStr

from hsl_tui.models.enums import Priority
from hsl_tui.settings import Settings
from hsl_tui.store import broadcasts
from hsl_tui.worker import engine as module
from hsl_tui.worker import rounds, why_off
from hsl_tui.worker.timetable import Timetable
from tests.conftest import NOON, TOKEN
from tests.worker.scene import Scene, until


class Calendar(datetime):
    """The clock that ``schedule`` looks at."""

    current: ClassVar[datetime] = NOON

    @classmethod
    def now(cls, tz: tzinfo | None = None) -> Any:
        moment = cls.current.astimezone(tz)
        return moment if tz else moment.replace(tzinfo=None)


@pytest.fixture
def at(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Sets the clock: ``at("12:00:17")``."""
    seen = types.SimpleNamespace(datetime=Calendar, timedelta=timedelta, time=time)
    monkeypatch.setattr(schedule, "datetime", seen)

    def set_to(moment: str) -> None:
        wanted = datetime.combine(NOON, time.fromisoformat(moment), UTC)
        monkeypatch.setattr(Calendar, "current", wanted)

    return set_to


class Job:
    """Counts its runs; can be made to wait or to fail."""

    def __init__(self) -> None:
        self.runs = 0
        self.may_end = threading.Event()
        self.may_end.set()
        self.error: Exception | None = None

    def __call__(self) -> None:
        self.runs += 1
        self.may_end.wait()
        if self.error is not None:
            raise self.error


@pytest.fixture
def sweep() -> Job:
    return Job()


@pytest.fixture
def beat() -> Job:
    return Job()


@pytest.fixture
def timetable(sweep: Job, beat: Job) -> Timetable:
    return Timetable(sweep=sweep, token=Job(), beat=beat, beat_every=5)


async def tick(timetable: Timetable) -> None:
    timetable.tick()
    await timetable.ended()


async def test_the_sweep_is_at_the_beginning_of_each_minute(
    timetable: Timetable, sweep: Job, at: Callable[[str], None]
) -> None:
    at("12:00:17")
    timetable.plan()
    for moment, runs in [
        ("12:00:18", 0),
        ("12:00:59", 0),
        ("12:01:00", 1),
        ("12:01:01", 1),
        ("12:01:59", 1),
        ("12:02:01", 2),
    ]:
        at(moment)
        await tick(timetable)
        assert sweep.runs == runs
    assert timetable.next_sweep == NOON + timedelta(minutes=3)


async def test_a_sweep_that_takes_long_is_not_begun_again_meanwhile(
    timetable: Timetable, sweep: Job, at: Callable[[str], None]
) -> None:
    at("12:00:17")
    timetable.plan()
    sweep.may_end.clear()
    at("12:01:00")
    timetable.tick()
    at("12:02:00")
    timetable.tick()
    await asyncio.to_thread(until, lambda: sweep.runs)
    sweep.may_end.set()
    await timetable.ended()
    assert sweep.runs == 1
    at("12:03:00")
    await tick(timetable)
    assert sweep.runs == 2


async def test_a_job_that_fails_is_logged_and_run_again(
    timetable: Timetable, sweep: Job, at: Callable[[str], None], caplog: pytest.LogCaptureFixture
) -> None:
    at("12:00:17")
    timetable.plan()
    sweep.error = ZeroDivisionError("a bug")
    for moment in ("12:01:00", "12:02:00"):
        at(moment)
        await tick(timetable)
    assert sweep.runs == 2
    logged = [record for record in caplog.records if record.exc_info]
    assert len(logged) == 2
    assert "ZeroDivisionError: a bug" in caplog.text


@pytest.mark.parametrize("now", ["11:00:40", "11:59:40", "12:00:02"])
async def test_a_clock_that_is_set_back_stalls_nothing(
    timetable: Timetable, sweep: Job, beat: Job, at: Callable[[str], None], now: str
) -> None:
    at("12:00:50")
    timetable.plan()
    at(now)
    await tick(timetable)
    moment = Calendar.current
    assert timetable.next_sweep == moment.replace(second=0) + timedelta(minutes=1)
    at((moment + timedelta(seconds=5)).strftime("%H:%M:%S"))
    await tick(timetable)
    assert beat.runs == 1
    assert sweep.runs == 0


async def test_a_clock_that_is_set_forward_sweeps_once(
    timetable: Timetable, sweep: Job, at: Callable[[str], None]
) -> None:
    at("12:00:50")
    timetable.plan()
    at("15:30:10")
    await tick(timetable)
    await tick(timetable)
    assert sweep.runs == 1


def test_a_bug_in_the_sweep_does_not_keep_a_worker_from_sending(
    small_scene: Scene, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_: object) -> int:
        raise ZeroDivisionError

    monkeypatch.setattr(rounds, "sweep", fail)
    small_scene.add_people(2)
    with caplog.at_level(logging.ERROR), small_scene.running():
        until(lambda: "The sweep met an unexpected error." in caplog.text)
        broadcast_id = small_scene.queue()
        small_scene.wait_for(broadcast_id)
    assert "ZeroDivisionError" in caplog.text


def test_a_timetable_that_dies_is_reported_and_begun_again(
    small_scene: Scene, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    plan = Timetable.plan

    def fail_once(_: Timetable) -> None:
        monkeypatch.setattr(Timetable, "plan", plan)
        raise ModuleNotFoundError

    monkeypatch.setattr(Timetable, "plan", fail_once)
    monkeypatch.setattr(module, "_TICK", 0.01)
    worker = small_scene.worker()
    with small_scene.running(worker):
        until(lambda: worker.status.next_sweep)
    assert "The timetable met an unexpected error." in caplog.text


def test_a_worker_that_a_bug_keeps_from_sending_says_so_while_it_does(
    small_scene: Scene, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_: object, **__: object) -> dict[int, Priority]:
        raise ZeroDivisionError

    monkeypatch.setattr(module, "_TICK", 0.01)
    worker = small_scene.worker()
    with caplog.at_level(logging.ERROR), small_scene.running(worker):
        with monkeypatch.context() as patch:
            patch.setattr(broadcasts, "in_flight", fail)
            small_scene.add_people(2)
            broadcast_id = small_scene.queue()
            until(lambda: worker.status.trouble)
            assert "error that nobody foresaw" in str(worker.status.trouble)
        small_scene.wait_for(broadcast_id)
        until(lambda: worker.status.trouble is None)
    assert "The dispatcher met an unexpected error." in caplog.text


def test_a_worker_says_why_it_is_off() -> None:
    token = SecretStr(TOKEN)
    assert why_off(Settings(bot_token=token)) is None
    assert "BOT_TOKEN" in (why_off(Settings()) or "")
    skipping = Settings(bot_token=token, skip_message_scheduler=True)
    assert "SKIP_MESSAGE_SCHEDULER" in (why_off(skipping) or "")
