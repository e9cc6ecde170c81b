"""Workers that die, workers that are taken for dead, and databases that go away meanwhile."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from sqlalchemy import text, update
from sqlmodel import select

from hsl_tui.clock import SystemClock
from hsl_tui.errors import DatabaseUnavailableError
from hsl_tui.models.enums import UncertainPolicy
from hsl_tui.models.tables import Worker as WorkerRow
from hsl_tui.services import audit
from hsl_tui.store import broadcasts, ledger, recording, server_clock, workers
from hsl_tui.store import database as store
from hsl_tui.store.database import Database, Session
from hsl_tui.telegram.simulator.calls import Refusal
from hsl_tui.worker import Worker, dispatcher, recorder, rounds
from hsl_tui.worker.identity import Identity
from tests.conftest import NOON
from tests.worker.scene import PATIENCE, Gate, Scene, until

ELSEWHERE = Identity("another host", 1, "another start")
AFTER_LOSS = {UncertainPolicy.HOLD: "uncertain", UncertainPolicy.RESEND: "sent"}


@contextmanager
def another_process(scene: Scene, rate: float = 0) -> Iterator[subprocess.Popen[bytes]]:
    """A worker in a process of its own, killed at the end if it lives."""
    url = scene.context.database.url.render_as_string(hide_password=False)
    process = subprocess.Popen(
        [
            sys.executable,
            *("-m", "tests.worker.holding_process", url, scene.simulator.url, str(rate)),
        ],
        cwd=Path(__file__).parents[2],
        env=os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])},
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def left_sending(scene: Scene, broadcast_id: int, number: int, *, silent_for: float) -> int:
    """Let a worker elsewhere claim some and fall silent; its number."""
    with scene.context.database.write() as session:
        moment = server_clock.moment(session) - timedelta(seconds=silent_for)
        worker_id = workers.enter(
            session,
            host=ELSEWHERE.host,
            pid=ELSEWHERE.pid,
            process_started=ELSEWHERE.process_started,
            bot_id=123456,
            now=moment,
        )
    claim(scene, broadcast_id, worker_id, number)
    return worker_id


def claim(scene: Scene, broadcast_id: int, worker_id: int, number: int) -> None:
    with scene.context.database.write() as session:
        broadcasts.lock(session, [broadcast_id])
        ledger.claim(session, broadcast_id, worker_id=worker_id, limit=number, now=NOON)


@pytest.mark.parametrize("policy", list(UncertainPolicy))
def test_what_a_killed_process_left_is_settled_by_the_next_worker(
    scene: Scene, policy: UncertainPolicy
) -> None:
    scene.add_people(5)
    scene.fail("no_answer", times=1)
    broadcast_id = scene.queue(on_uncertain=policy)
    with another_process(scene) as process:
        until(lambda: len(scene.simulator.accepted()) == 5)
        process.kill()
        process.wait()
    assert scene.counts(broadcast_id) == {"sending": 5}
    scene.run()
    assert scene.counts(broadcast_id) == {AFTER_LOSS[policy]: 5}
    times = 1 if policy is UncertainPolicy.HOLD else 2
    assert scene.received() == dict.fromkeys(range(1, 6), times)
    assert scene.show(broadcast_id).state == "finished"
    (lost,) = audit.latest(scene.context, limit=9, action="worker.lost")
    assert lost.details["pid"] == process.pid
    assert scene.actions("broadcast.finished") == ["broadcast.finished"]


@pytest.mark.parametrize("policy", list(UncertainPolicy))
def test_what_a_silent_worker_left_is_settled_by_its_heartbeat(
    scene: Scene, policy: UncertainPolicy
) -> None:
    scene.add_people(5)
    broadcast_id = scene.queue(on_uncertain=policy)
    left_sending(scene, broadcast_id, 2, silent_for=31)
    scene.run()
    expected = {"sent": 3, "uncertain": 2} if policy is UncertainPolicy.HOLD else {"sent": 5}
    assert scene.counts(broadcast_id) == expected
    assert scene.actions("worker.") == ["worker.lost"]
    assert {one.error_kind for one in scene.deliveries(broadcast_id).values()} <= {
        None,
        "worker_lost",
    }


def test_what_a_living_worker_has_is_left_alone(scene: Scene) -> None:
    scene.add_people(5)
    broadcast_id = scene.queue()
    left_sending(scene, broadcast_id, 2, silent_for=20)
    scene.run()
    assert scene.counts(broadcast_id) == {"sent": 3, "sending": 2}
    assert scene.show(broadcast_id).state == "sending"
    assert scene.actions("worker.") == []


def test_what_was_claimed_under_a_buried_number_is_found(scene: Scene) -> None:
    """A worker that was taken for dead claims on until it notices, and dies before it does."""
    scene.add_people(3)
    broadcast_id = scene.queue()
    worker_id = left_sending(scene, broadcast_id, 1, silent_for=31)
    scene.queue("Nothing is left of the first", "chat:1")
    with scene.context.database.write() as session:
        workers.leave(session, worker_id, now=server_clock.moment(session))
    claim(scene, broadcast_id, worker_id, 1)
    scene.run()
    assert scene.counts(broadcast_id) == {"sent": 1, "uncertain": 2}


@contextmanager
def taken_for_dead(scene: Scene, worker: Worker) -> Iterator[None]:
    """A worker that others found dead while four calls were on their way, back in its body."""
    heartbeat, silence = worker._heartbeat, threading.Lock()
    beat = heartbeat.beat

    def beat_unless_silent() -> None:
        with silence:
            beat()

    # Otherwise it would show that it lives at any moment, between these lines too.
    heartbeat.beat = beat_unless_silent  # type: ignore[method-assign] # to keep it from beating
    with scene.running(worker):
        until(lambda: scene.simulator.stats.requests == 4)
        with silence, scene.elsewhere() as other:
            first = heartbeat.number
            with other.context.database.write() as session:
                session.execute(update(WorkerRow).values(beat_at=NOON.replace(year=2020)))
            found = rounds.take_over_from_the_dead(
                other.context, ELSEWHERE, 0, "another", trust_beats=True
            )
            assert found == 1
        until(lambda: heartbeat.number != first)
        yield


LATE_ANSWERS = {
    "sent": (None, "sent"),
    "refused": (Refusal("Forbidden: bot was blocked by the user", 403), "failed"),
    # It says that the message was not delivered: the broadcast, finished meanwhile, goes on.
    "not sent": (Refusal("Too Many Requests: retry after 0", 429, {"retry_after": 0}), "sent"),
}


@pytest.mark.parametrize("answer", LATE_ANSWERS)
def test_a_worker_taken_for_dead_enters_anew_and_late_answers_count(
    scene: Scene, answer: str
) -> None:
    refusal, status = LATE_ANSWERS[answer]
    scene.add_people(4)
    broadcast_id = scene.queue()
    gate = Gate(scene.simulator, refusal)
    worker = scene.with_settings(worker_timeout=6).worker()
    with taken_for_dead(scene, worker):
        assert scene.counts(broadcast_id) == {"uncertain": 4}
        gate.open()
        until(lambda: scene.counts(broadcast_id) == {status: 4})
    assert scene.received() == ({} if answer == "refused" else dict.fromkeys(range(1, 5), 1))
    assert scene.actions("worker.") == ["worker.lost"]
    with scene.context.database.read() as session:
        assert len(session.exec(select(WorkerRow)).all()) == 2


# --- the database goes away --------------------------------------------------------------------


class Losing(Database):
    """A database whose answer to a commit can be lost: it is done, and nobody hears of it."""

    lose_next = ""

    @contextmanager
    def write(self) -> Iterator[Session]:
        with super().write() as session:
            yield session
        if self.lose_next:
            self.lose_next = ""
            raise DatabaseUnavailableError("The answer to a commit was lost.")


@pytest.mark.parametrize(("store", "of"), [(ledger, "claim"), (recording, "record")])
def test_a_commit_whose_answer_is_lost_strands_and_doubles_nothing(
    scene: Scene, monkeypatch: pytest.MonkeyPatch, store: ModuleType, of: str
) -> None:
    scene.add_people(8)
    broadcast_id = scene.queue()
    losing = Losing(scene.context.database.url.render_as_string(hide_password=False))
    act: Any = getattr(store, of)

    def act_and_lose(*args: object, **options: object) -> object:
        losing.lose_next = of
        monkeypatch.setattr(store, of, act)
        return act(*args, **options)

    monkeypatch.setattr(store, of, act_and_lose)
    try:
        context = scene.context
        Scene(
            type(context)(losing, context.clock, context.actor, context.settings),
            scene.simulator,
        ).run()
    finally:
        losing.dispose()
    assert not losing.lose_next
    assert scene.counts(broadcast_id) == {"sent": 8}
    assert scene.received() == dict.fromkeys(range(1, 9), 1)
    assert {one.attempts for one in scene.deliveries(broadcast_id).values()} == {1}


def test_what_is_learnt_while_sqlite_is_locked_is_recorded_afterwards(
    small_scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    scene = small_scene
    scene.add_people(150)
    broadcast_id = scene.queue()
    gate = Gate(scene.simulator)
    monkeypatch.setattr(store, "BUSY_TIMEOUT", 0.05)
    with scene.elsewhere() as locked:
        worker = locked.worker()
        with locked.running(worker):
            gate.wait_until_holding(20)
            with scene.write_lock():
                gate.open()
                until(lambda: worker.status.trouble)
                until(lambda: worker.status.in_flight == 0)
                assert worker.status.alive
            scene.wait_for(broadcast_id)
        assert worker.status.trouble is None
    # Nor does a write of its status that fails make a delivery failed.
    assert scene.counts(broadcast_id) == {"sent": 150}
    assert scene.received() == dict.fromkeys(range(1, 151), 1)
    assert {one.telegram_message_id for one in scene.deliveries(broadcast_id).values()} == {
        message.message_id for message in scene.simulator.accepted()
    }


def test_a_server_that_drops_every_connection_again_and_again_loses_nothing(
    postgresql_scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dispatcher, "_AFTER_TROUBLE", 0.01)
    monkeypatch.setattr(recorder, "_RETRY_AFTER", 0.01)
    scene = postgresql_scene.with_clock(SystemClock()).with_settings(messages_per_second=200.0)
    scene.simulator.configure(latency=0.02)
    scene.add_people(300)
    broadcast_id = scene.queue()
    drop = text(
        "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
        " WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )
    dropped = []
    with scene.elsewhere() as other, scene.running():
        for number in range(0, 280, 10):
            until(lambda number=number: len(scene.simulator.accepted()) >= number)  # type: ignore[misc] # mypy reads no default of a lambda
            with other.context.database.engine.connect() as connection:
                dropped.append(connection.execute(drop).scalar_one())
        until(lambda: other.show(broadcast_id).state == "finished")
    assert sum(map(bool, dropped)) >= 15
    assert scene.counts(broadcast_id) == {"sent": 300}
    assert scene.received() == dict.fromkeys(range(1, 301), 1)
    assert {one.attempts for one in scene.deliveries(broadcast_id).values()} == {1}
    assert scene.actions("worker.") == []


def test_a_worker_begins_when_its_database_is_there(
    small_scene: Scene, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    small_scene.add_people(1)
    broadcast_id = small_scene.queue()
    monkeypatch.setattr(store, "BUSY_TIMEOUT", 0.05)
    with small_scene.elsewhere() as locked:
        worker = locked.worker()
        with small_scene.write_lock(), caplog.at_level("WARNING"):
            worker.start()
            until(lambda: "cannot start yet" in caplog.text)
        small_scene.wait_for(broadcast_id)
        worker.stop()
        assert worker.join(PATIENCE)
