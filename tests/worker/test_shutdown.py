"""Ending in order: what is on its way ends and is recorded, and nothing more begins."""

from __future__ import annotations

import logging
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import pytest
import sqlalchemy as sa
from sqlmodel import select

from hsl_tui.errors import DatabaseError
from hsl_tui.models.tables import BotPace
from hsl_tui.models.tables import Worker as WorkerRow
from hsl_tui.store import database as store
from hsl_tui.store import ledger
from hsl_tui.store.database import Database
from hsl_tui.worker import engine as module
from hsl_tui.worker.dispatcher import places
from tests.worker.scene import PATIENCE, Gate, HaltedCalendar, Scene, until


def rows_of_workers(scene: Scene) -> list[bool]:
    """For each worker on record, oldest first: whether it has ended."""
    with scene.context.database.read() as session:
        ended = select(WorkerRow.stopped_at).order_by(sa.text("id"))
        return [moment is not None for moment in session.exec(ended)]


def reserved_until(scene: Scene) -> int:
    """Up to which moment sends are reserved; 0 when none ever was."""
    with scene.context.database.read() as session:
        return session.exec(select(BotPace.arrival_us)).first() or 0


def test_calls_on_their_way_end_and_are_recorded(scene: Scene) -> None:
    scene.add_people(300)
    gate = Gate(scene.simulator)
    broadcast_id = scene.queue()
    worker = scene.worker()
    with scene.running(worker):
        gate.wait_until_holding(10)
        worker.stop()
        assert worker.status.alive
        gate.open()
        assert worker.join(PATIENCE)
    counts = scene.counts(broadcast_id)
    assert counts.keys() == {"sent", "pending"}
    assert counts["sent"] == len(scene.simulator.accepted())
    assert rows_of_workers(scene) == [True]
    assert not worker.status.alive


def test_after_a_stop_nothing_more_is_claimed(small_scene: Scene) -> None:
    scene = small_scene
    scene.add_people(600)
    gate = Gate(scene.simulator)
    broadcast_id = scene.queue()
    worker = scene.worker()
    with scene.running(worker):
        gate.wait_until_holding(10)
        until(lambda: scene.counts(broadcast_id)["sending"] == worker.status.in_flight)
        worker.stop()
        at_the_stop = worker.status.in_flight
        gate.open()
        assert worker.join(PATIENCE)
    # What was being claimed at that very moment is at most another round.
    assert scene.counts(broadcast_id)["sent"] <= at_the_stop + 100
    assert scene.counts(broadcast_id)["pending"] >= 250


def test_a_worker_that_is_stopped_before_it_starts_sends_nothing(small_scene: Scene) -> None:
    small_scene.add_people(1)
    small_scene.queue()
    worker = small_scene.worker()
    worker.stop()
    worker.wake()
    assert worker.join()
    worker.start()
    assert worker.join(PATIENCE)
    assert not small_scene.simulator.accepted()


def test_an_idle_worker_ends(scene: Scene) -> None:
    worker = scene.worker()
    with scene.running(worker):
        until(lambda: worker.status.next_sweep)
    assert rows_of_workers(scene) == [True]


def test_a_worker_that_waits_out_a_429_ends(scene: Scene) -> None:
    scene.add_people(2)
    scene.fail("flood", retry_after=5000)
    scene.queue()
    worker = scene.worker()
    with scene.running(worker):
        until(lambda: worker.status.halted_for > 1000)
    assert not worker.status.alive


def test_a_worker_that_waits_for_its_far_slot_ends(small_scene: Scene) -> None:
    scene = small_scene.with_settings(messages_per_second=0.001)
    scene = scene.with_clock(HaltedCalendar())
    scene.add_people(3)
    broadcast_id = scene.queue()
    with scene.running():
        until(lambda: reserved_until(scene))
    assert scene.counts(broadcast_id)["pending"] >= 2
    assert "sending" not in scene.counts(broadcast_id)


@pytest.mark.parametrize("database_comes_back", [True, False])
def test_a_worker_that_cannot_record_gives_up_and_says_how_many(
    small_scene: Scene,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    *,
    database_comes_back: bool,
) -> None:
    monkeypatch.setattr(store, "BUSY_TIMEOUT", 0.05)
    monkeypatch.setattr(module, "_DRAIN", PATIENCE if database_comes_back else 0.0)
    small_scene.add_people(4)
    broadcast_id = small_scene.queue()
    gate = Gate(small_scene.simulator)
    small_scene = small_scene.with_clock(HaltedCalendar())
    with small_scene.elsewhere() as scene, closing(connection(scene.context.database)) as other:
        worker = scene.worker()
        with caplog.at_level(logging.ERROR), scene.running(worker):
            gate.wait_until_holding(4)
            other.execute("BEGIN EXCLUSIVE")
            gate.open()
            until(lambda: worker.status.trouble)
            worker.stop()
            if database_comes_back:
                other.execute("ROLLBACK")
            assert worker.join(PATIENCE)
    said = [record.getMessage() for record in caplog.records if record.name.startswith("hsl_tui")]
    if database_comes_back:
        assert small_scene.counts(broadcast_id) == {"sent": 4}
        assert not said
        return
    assert said == ["4 outcomes could not be recorded: they are uncertain now."]
    assert small_scene.counts(broadcast_id) == {"sending": 4}
    # It stays among the living, until the next one finds it dead by its heartbeat.
    assert rows_of_workers(small_scene) == [False]
    small_scene.with_settings(worker_timeout=1e-6).run()
    assert small_scene.counts(broadcast_id) == {"uncertain": 4}


@pytest.mark.parametrize("database_comes_back", [True, False])
def test_a_single_sweep_does_not_wait_for_ever_for_a_database(
    small_scene: Scene, monkeypatch: pytest.MonkeyPatch, *, database_comes_back: bool
) -> None:
    monkeypatch.setattr(store, "BUSY_TIMEOUT", 0.05)
    monkeypatch.setattr(module, "_PATIENCE_ONCE", 0.0)
    monkeypatch.setattr(module, "_DRAIN", PATIENCE if database_comes_back else 0.0)
    small_scene.add_people(4)
    broadcast_id = small_scene.queue()
    gate = Gate(small_scene.simulator)
    small_scene = small_scene.with_clock(HaltedCalendar())
    with (
        small_scene.elsewhere() as scene,
        closing(connection(scene.context.database)) as other,
        ThreadPoolExecutor(1) as thread,
    ):
        worker = scene.worker()
        sweep = thread.submit(worker.run, once=True)
        gate.wait_until_holding(4)
        other.execute("BEGIN EXCLUSIVE")
        gate.open()
        until(lambda: sweep.done() or (worker._engine is not None and worker._engine.given_up))
        if database_comes_back:
            other.execute("ROLLBACK")
        with pytest.raises(DatabaseError, match=r"^Given up after 0 s: Another program holds"):
            sweep.result(PATIENCE)
    left = {"sent": 4} if database_comes_back else {"sending": 4}
    assert small_scene.counts(broadcast_id) == left


def connection(database: Database) -> sqlite3.Connection:
    assert database.file is not None
    return sqlite3.connect(database.file, isolation_level=None)


def test_a_bug_in_the_dispatcher_does_not_leave_calls_without_an_end(
    small_scene: Scene, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    scene = small_scene
    scene.add_people(places(0) + 20)
    broadcast_id = scene.queue()
    claims = 0
    claim = ledger.claim

    def claim_twice_then_fail(*args: object, **options: object) -> object:
        nonlocal claims
        claims += 1
        if claims == 2:
            raise ZeroDivisionError
        return claim(*args, **options)  # type: ignore[arg-type] # passed through

    monkeypatch.setattr(ledger, "claim", claim_twice_then_fail)
    scene.run()
    assert claims == 2
    assert scene.counts(broadcast_id) == {"sent": places(0), "pending": 20}
    assert rows_of_workers(scene) == [True]
    assert [record for record in caplog.records if record.exc_info]

    with scene.running():
        claims = 1
        scene.wait_for(broadcast_id)
    assert scene.counts(broadcast_id) == {"sent": places(0) + 20}
