"""Workers on record: who is alive, and who settles what the dead left."""

from __future__ import annotations

from datetime import timedelta

from hsl_tui.models.views import WorkerView
from hsl_tui.store import workers
from hsl_tui.store.database import Database
from tests.builders import add_worker, at_once
from tests.conftest import NOON

TIMEOUT = 30.0
LATER = NOON + timedelta(seconds=40)


def standing(database: Database) -> dict[int, WorkerView]:
    with database.read() as session:
        return {one.id: one for one in workers.standing(session, now=LATER, timeout=TIMEOUT)}


def test_a_worker_lives_as_long_as_it_beats(database: Database) -> None:
    silent, beating = add_worker(database), add_worker(database)
    with database.write() as session:
        assert workers.beat(session, beating, now=LATER - timedelta(seconds=TIMEOUT))
    assert {number: one.alive for number, one in standing(database).items()} == {
        silent: False,
        beating: True,
    }


def test_a_worker_that_ended_in_order_is_nobodys_business(database: Database) -> None:
    worker = add_worker(database)
    with database.write() as session:
        workers.leave(session, worker, now=LATER)
    assert standing(database) == {}
    with database.write() as session:
        assert not workers.beat(session, worker, now=LATER)


def test_one_of_several_settles_what_the_dead_left(database: Database) -> None:
    worker = add_worker(database)
    seen = standing(database)[worker]

    def bury(_: int) -> bool:
        with database.write() as session:
            return workers.bury(session, seen, now=LATER)

    assert sorted(at_once(4, bury)) == [False, False, False, True]
    with database.write() as session:
        assert not workers.beat(session, worker, now=LATER)


def test_a_worker_that_has_beaten_meanwhile_is_not_buried(database: Database) -> None:
    worker = add_worker(database)
    seen = standing(database)[worker]
    with database.write() as session:
        workers.beat(session, worker, now=LATER)
    with database.write() as session:
        assert not workers.bury(session, seen, now=LATER)
    assert standing(database)[worker].alive
