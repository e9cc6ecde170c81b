"""SQLite takes no writes while a broadcast is sent: what is learnt meanwhile is recorded after."""

from __future__ import annotations

import logging
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import pytest
from sqlalchemy import event

from hsl_tui.store import database as store
from hsl_tui.store.database import Database
from tests.worker.scene import PATIENCE, Gate, Scene, until

PEOPLE = 600

HOLD_THE_LOCK = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute("BEGIN IMMEDIATE")
print("held", flush=True)
sys.stdin.read()
"""


@contextmanager
def locked(database: Database) -> Iterator[None]:
    """Another process keeps the write lock."""
    command = (sys.executable, "-c", HOLD_THE_LOCK, str(database.file))
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"held\n"
        yield
        process.communicate()


@contextmanager
def at_each_use(database: Database, during: str, after: str) -> Iterator[None]:
    """Say this on each connection before it is used, and that once it is over."""
    said = [during]

    @event.listens_for(database.engine, "checkout")
    def _say(connection: sqlite3.Connection, *_: Any) -> None:
        connection.execute(said[0])

    yield
    said[0] = after


def full(database: Database) -> AbstractContextManager[None]:
    """The disk has no room for another page."""
    # Less than there is means: as many as there are.
    return at_each_use(
        database, "PRAGMA max_page_count = 1", f"PRAGMA max_page_count = {2**32 - 2}"
    )


def refused(database: Database) -> AbstractContextManager[None]:
    """Connections that are open take no more writes."""
    return at_each_use(database, "PRAGMA query_only = ON", "PRAGMA query_only = OFF")


@contextmanager
def read_only(database: Database) -> Iterator[None]:
    """The file may only be read: so SQLite opens it then, whoever runs the tests."""
    is_read_only = True

    @event.listens_for(database.engine, "do_connect")
    def _connect(*_: Any) -> sqlite3.Connection | None:
        if not is_read_only:
            return None
        return sqlite3.connect(f"file:{database.file}?mode=ro", uri=True, check_same_thread=False)

    database.engine.dispose()
    yield
    is_read_only = False
    database.engine.dispose()


@pytest.mark.parametrize(
    ("trouble", "sentence"),
    [
        (locked, "Another program holds the write lock of "),
        (full, "There is no room left for the database "),
        (refused, "is read-only; check the permissions of the file and its folder."),
        (read_only, "is read-only; check the permissions of the file and its folder."),
    ],
)
def test_a_database_that_takes_no_writes_for_a_while(
    small_scene: Scene,
    trouble: Callable[[Database], AbstractContextManager[None]],
    sentence: str,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(store, "BUSY_TIMEOUT", 0.05)
    small_scene.add_people(PEOPLE)
    broadcast_id = small_scene.queue()
    with small_scene.context.database.engine.connect() as connection:
        # No page has room to spare: on a disk that is full, nothing more can be written down.
        driver: Any = connection.connection.driver_connection
        driver.execute("VACUUM")
    gate = Gate(small_scene.simulator)
    with small_scene.elsewhere() as scene, caplog.at_level(logging.WARNING):
        worker = scene.worker()
        with scene.running(worker):
            gate.wait_until_holding(50)
            with trouble(scene.context.database):
                gate.open()
                until(lambda: worker.status.trouble and not worker.status.in_flight)
                assert sentence in str(worker.status.trouble)
                assert scene.context.database.label in str(worker.status.trouble)
                assert "outcomes wait to be recorded: " in caplog.text
                # Who only looks is not held up, and sees counts that add up.
                assert small_scene.counts(broadcast_id)["sending"] >= 50
            scene.wait_for(broadcast_id)
            until(lambda: worker.status.trouble is None)
    assert small_scene.counts(broadcast_id) == {"sent": PEOPLE}
    assert small_scene.received() == dict.fromkeys(range(1, PEOPLE + 1), 1)
    assert {one.attempts for one in small_scene.deliveries(broadcast_id).values()} == {1}
    assert not [record for record in caplog.records if record.exc_info]


def test_a_worker_that_cannot_begin_says_why_until_it_can(
    small_scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store, "BUSY_TIMEOUT", 0.05)
    with small_scene.elsewhere() as scene:
        worker = scene.worker()
        assert worker.status.starting
        with locked(scene.context.database):
            worker.start()
            until(lambda: worker.status.trouble)
            assert worker.status.starting
        until(lambda: not worker.status.starting)
        assert worker.status.trouble is None
        worker.stop()
        assert worker.join(PATIENCE)
        assert not worker.status.starting


def test_a_worker_with_nothing_to_send_says_why_it_could_not(
    small_scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store, "BUSY_TIMEOUT", 0.05)
    with small_scene.elsewhere() as elsewhere:
        scene = elsewhere.with_settings(worker_timeout=2.0)
        worker = scene.worker()
        with scene.running(worker):
            until(lambda: worker.status.next_sweep)
            with locked(scene.context.database):
                until(lambda: worker.status.trouble)
                assert "Another program holds the write lock" in str(worker.status.trouble)
            until(lambda: worker.status.trouble is None)


def test_what_is_committed_stays_when_other_processes_come_and_go(sqlite_url: str) -> None:
    """The last to leave deletes SQLite's log: who is still there must not be overlooked.

    Its locks belong to a process and are gone as soon as it closes the file by any way, even one
    that it had opened only to look.
    """
    database = Database(sqlite_url)
    look = (
        "import sqlite3, sys\n"
        "connection = sqlite3.connect(sys.argv[1])\n"
        "print(connection.execute('SELECT count(*) FROM tags').fetchone()[0])\n"
        "connection.close()\n"
    )

    def seen_by_another() -> int:
        command = (sys.executable, "-c", look, str(database.file))
        return int(subprocess.run(command, check=True, capture_output=True).stdout)

    with database.engine.connect() as first, database.engine.connect() as second:
        for number, connection in enumerate((first, second, first), 1):
            connection.exec_driver_sql("INSERT INTO tags (name) VALUES (?)", (str(number),))
            connection.commit()
            assert seen_by_another() == number
    database.dispose()
