"""Workers on record: who is alive, and who settles what the dead left."""

from __future__ import annotations

from datetime import timedelta

from hsl_tui.models.views import WorkerView
from hsl_tui.store import ledger, workers
from hsl_tui.store.database import Database
from tests.builders import add_broadcast, add_recipients, add_worker, at_once, claim
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


def test_what_is_claimed_under_a_number_that_has_ended_is_found(database: Database) -> None:
    # One that was taken for dead claims on until it notices.
    add_recipients(database, 3)
    number = add_broadcast(database)
    ended, living, idle = add_worker(database), add_worker(database), add_worker(database)
    with database.write() as session:
        workers.leave(session, ended, now=LATER)
        workers.leave(session, idle, now=LATER)
    claim(database, number, ended, 1)
    claim(database, number, living, 1)
    with database.read() as session:
        (stray,) = workers.ended_with_claims(session)
        assert (stray.id, stray.alive) == (ended, False)
        assert ledger.held(session, ended) == [(number, 1, 1)]
        assert ledger.held(session, living) == [(number, 2, 1)]
        assert ledger.held(session, idle) == []


def test_a_worker_that_has_beaten_meanwhile_is_not_buried(database: Database) -> None:
    worker = add_worker(database)
    seen = standing(database)[worker]
    with database.write() as session:
        workers.beat(session, worker, now=LATER)
    with database.write() as session:
        assert not workers.bury(session, seen, now=LATER)
    assert standing(database)[worker].alive
