"""The clock is set, back or forward by an hour, while a broadcast is sent at its pace."""

from __future__ import annotations

import datetime as dt
import subprocess
import sys
import types
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime, timedelta, tzinfo
from pathlib import Path
from typing import Any

import pytest
import schedule

from hsl_tui.clock import SystemClock
from hsl_tui.store import pace, server_clock
from hsl_tui.store.database import Database
from tests.worker.scene import Scene, until

RATE = 60
HOUR = timedelta(hours=1)


class SetClock(SystemClock):
    """This machine's clock, as one sets it."""

    def __init__(self) -> None:
        self.ahead = timedelta()

    def now(self) -> datetime:
        return super().now() + self.ahead


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> SetClock:
    """Set for all that looks at it: the program, SQLite's workers, and their timetable."""
    clock = SetClock()

    class Calendar(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> Any:
            moment = clock.now().astimezone(tz)
            return moment if tz else moment.replace(tzinfo=None)

    seen = types.SimpleNamespace(**vars(dt) | {"datetime": Calendar})
    monkeypatch.setattr(schedule, "datetime", seen)
    monkeypatch.setattr(server_clock, "datetime", Calendar)
    return clock


@contextmanager
def workers(scene: Scene, number: int) -> Iterator[None]:
    """So many workers, each with a database of its own as in a process of its own."""
    with ExitStack() as running:
        for _ in range(number):
            elsewhere = running.enter_context(scene.elsewhere())
            running.enter_context(elsewhere.running())
        yield


@pytest.mark.parametrize(("number", "steps"), [(1, (HOUR, -HOUR)), (2, (-HOUR, HOUR))])
def test_no_burst_and_no_stall(
    scene: Scene, clock: SetClock, number: int, steps: tuple[timedelta, ...]
) -> None:
    scene = scene.with_clock(clock).with_settings(messages_per_second=RATE)
    # A little more than the budget: see test_pacing. Two budgets would be twice as much.
    scene.simulator.configure(rate=RATE + 6)
    people = scene.add_people(130)
    broadcast_id = scene.queue()
    with workers(scene, number):
        for accepted, step in zip((40, 80), steps, strict=True):
            until(lambda accepted=accepted: len(scene.simulator.accepted()) >= accepted)  # type: ignore[misc] # mypy reads no default of a lambda
            clock.ahead += step
        scene.wait_for(broadcast_id)
    assert scene.simulator.stats.refused_429 == 0
    assert scene.received() == dict.fromkeys(people, 1)
    assert scene.counts(broadcast_id) == {"sent": len(people)}
    assert scene.actions("worker.") == []


def test_a_halt_ends_in_its_time(small_scene: Scene, clock: SetClock) -> None:
    """Or an hour later, if it were kept as a moment of the clock that is set back."""
    scene = small_scene.with_clock(clock).with_settings(worker_timeout=6.0)
    scene.add_people(3)
    scene.fail("flood", 2, times=1, retry_after=1)
    broadcast_id = scene.queue()
    with scene.running() as worker:
        until(lambda: worker.status.halted_for)
        clock.ahead -= HOUR
        scene.wait_for(broadcast_id)
    assert scene.received() == dict.fromkeys(range(1, 4), 1)


def test_a_scheduled_broadcast_is_sent_once(small_scene: Scene, clock: SetClock) -> None:
    scene = small_scene.with_clock(clock)
    people = scene.add_people(3)
    first = scene.queue(at=clock.now() + HOUR / 2)
    with scene.running() as worker:
        until(lambda: worker.status.next_sweep)
        clock.ahead += HOUR
        scene.wait_for(first)
        clock.ahead -= HOUR
        second = scene.queue(at=clock.now() + HOUR / 2)
        until(lambda: worker.status.next_sweep and worker.status.next_sweep < clock.now() + HOUR)
        clock.ahead += HOUR
        # The sweep has gone by both.
        scene.wait_for(second)
    assert scene.received() == dict.fromkeys(people, 2)
    assert scene.actions("broadcast.due") == ["broadcast.due"] * 2


# --- the clock of the pace on SQLite -------------------------------------------------------------


def test_all_processes_of_a_machine_read_one_clock() -> None:
    read = "from hsl_tui.store import server_clock; print(server_clock._steady_us())"
    before = server_clock._steady_us()
    done = subprocess.run((sys.executable, "-c", read), check=True, capture_output=True)
    assert before <= int(done.stdout) <= server_clock._steady_us()


@pytest.fixture
def uncached() -> Iterator[None]:
    server_clock._zero_us.cache_clear()
    yield
    server_clock._zero_us.cache_clear()


@pytest.mark.usefixtures("uncached")
@pytest.mark.parametrize("boot_id", ["another", None])
def test_after_a_restart_of_the_machine_nobody_waits_for_what_was_noted_before(
    sqlite: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, boot_id: str | None
) -> None:
    with sqlite.write() as session:
        pace.halt(session, 123456, seconds=1000)
    file = tmp_path / "boot_id"
    if boot_id is not None:
        file.write_text(f"{boot_id}\n")
    server_clock._zero_us.cache_clear()
    # Where the system does not tell one start from another, it is the wall clock.
    monkeypatch.setattr(server_clock, "_BOOT_ID", file)
    with sqlite.write() as session:
        assert pace.standing(session, 123456).halted_for == 0
        assert pace.reserve(session, 123456, slots=1, interval_us=1).wait == 0
