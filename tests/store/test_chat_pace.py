"""One chat is written to once a second, a group 20 times a minute, whoever writes."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from hsl_tui.models.enums import BroadcastState, DeliveryStatus, Priority
from hsl_tui.models.views import Claim
from hsl_tui.store import audit, broadcasts, chat_pace, deliveries, settling
from hsl_tui.store.database import Database
from hsl_tui.store.intake import Arrival, take_in
from tests.builders import (
    HOUR,
    add_broadcast,
    add_recipients,
    add_worker,
    at_once,
    claim_shares,
    record,
    result,
    set_state,
)
from tests.conftest import NOON

SECOND = timedelta(seconds=1)


@pytest.fixture
def worker(database: Database) -> int:
    return add_worker(database)


def add_group(database: Database) -> None:
    with database.write() as session:
        take_in(session, [Arrival(-5)], now=NOON)


def sent(database: Database, claims: list[Claim], at: datetime) -> None:
    record(database, *(replace(result(one, DeliveryStatus.SENT), at=at) for one in claims))


def test_two_broadcasts_claimed_together_write_to_a_chat_one_after_the_other(
    database: Database, worker: int
) -> None:
    add_recipients(database, 3, first=1)
    first, second = add_broadcast(database), add_broadcast(database)
    claims = claim_shares(database, worker, now=NOON)
    assert sorted(one.person.chat_id for one in claims) == [1, 2, 3]
    assert claim_shares(database, worker, now=NOON) == []
    with database.read() as session:
        counts = [broadcasts.get(session, one) for one in (first, second)]
    assert [sum(one.counts.values()) for one in counts if one] == [3, 3]
    sent(database, claims, NOON)
    assert claim_shares(database, worker, now=NOON + SECOND - timedelta(milliseconds=1)) == []
    again = claim_shares(database, worker, now=NOON + SECOND)
    assert sorted(one.person.chat_id for one in again) == [1, 2, 3]
    assert not {(one.broadcast_id, one.seq) for one in claims} & {
        (one.broadcast_id, one.seq) for one in again
    }


def test_what_is_put_off_counts_as_no_attempt(database: Database, worker: int) -> None:
    add_recipients(database, 1, first=1)
    numbers = [add_broadcast(database), add_broadcast(database)]
    (claimed,) = claim_shares(database, worker, now=NOON)
    (put_off,) = set(numbers) - {claimed.broadcast_id}
    with database.read() as session:
        (delivery,) = deliveries.every(session, put_off)
    assert (delivery.status, delivery.attempts) == (DeliveryStatus.PENDING, 0)


def test_the_start_of_a_broadcast_whose_first_are_put_off_is_on_record(
    database: Database, worker: int
) -> None:
    add_recipients(database, 1, first=1)
    numbers = {add_broadcast(database), add_broadcast(database)}
    for seconds in range(2):
        sent(database, claim_shares(database, worker, now=NOON + seconds * SECOND), NOON)
    with database.read() as session:
        started = audit.latest(session, limit=9, action="broadcast.started")
        views = [broadcasts.get(session, number) for number in numbers]
    assert sorted(entry.broadcast_id or 0 for entry in started) == sorted(numbers)
    for entry in started:
        assert entry.at in {one.started_at for one in views if one and one.id == entry.broadcast_id}


def test_while_a_message_is_on_its_way_its_chat_gets_no_other(
    database: Database, worker: int
) -> None:
    add_recipients(database, 1, first=1)
    add_broadcast(database)
    on_its_way = claim_shares(database, worker, now=NOON)
    add_broadcast(database)
    for seconds in range(3):
        assert claim_shares(database, worker, now=NOON + seconds * SECOND) == []
    sent(database, on_its_way, NOON + 3 * SECOND)
    assert claim_shares(database, worker, now=NOON + 3.5 * SECOND) == []
    assert len(claim_shares(database, worker, now=NOON + 4 * SECOND)) == 1


@pytest.mark.parametrize("state", [BroadcastState.PAUSED, BroadcastState.CANCELLED])
def test_what_an_ended_broadcast_wrote_a_moment_ago_counts_too(
    database: Database, worker: int, state: BroadcastState
) -> None:
    add_recipients(database, 2, first=1)
    first = add_broadcast(database)
    sent(database, claim_shares(database, worker, 1, now=NOON), NOON)
    if state is BroadcastState.PAUSED:
        set_state(database, first, state)
    else:
        with database.write() as session:
            settling.cancel_pending(session, broadcasts.lock(session, [first])[first], now=NOON)
            broadcasts.set_state(session, first, state, finished_at=NOON)
    add_broadcast(database)
    (free,) = claim_shares(database, worker, now=NOON + SECOND / 2)
    assert free.person.chat_id == 2
    (waited,) = claim_shares(database, worker, now=NOON + SECOND)
    assert waited.person.chat_id == 1


def test_nobody_waits_for_what_was_sent_before_the_clock_was_set_back(
    database: Database, worker: int
) -> None:
    add_recipients(database, 1, first=1)
    add_broadcast(database)
    sent(database, claim_shares(database, worker, now=NOON), NOON)
    add_broadcast(database)
    assert len(claim_shares(database, worker, now=NOON - HOUR)) == 1


def test_a_group_gets_20_a_minute(database: Database, worker: int) -> None:
    add_group(database)
    for _ in range(25):
        add_broadcast(database)
    at, got = NOON, []
    for _ in range(100):
        claims = claim_shares(database, worker, now=at)
        sent(database, claims, at)
        got += [at] * len(claims)
        at += SECOND
    assert len(got) == 25
    for start in got:
        assert sum(start <= one < start + chat_pace.GROUP_WINDOW for one in got) <= 20


def test_the_slots_of_what_is_put_off_go_to_others(database: Database, worker: int) -> None:
    add_recipients(database, 30, first=1)
    add_broadcast(database, *(f"chat:{number}" for number in range(1, 11)))
    sent(database, claim_shares(database, worker, now=NOON), NOON)
    add_broadcast(database)
    claims = claim_shares(database, worker, 12, now=NOON)
    assert len(claims) == 12
    assert min(one.person.chat_id for one in claims) == 11


def test_workers_that_claim_at_once_never_write_to_a_chat_together(database: Database) -> None:
    add_recipients(database, 60, first=1)
    add_broadcast(database)
    add_broadcast(database, priority=Priority.URGENT)
    ids = [add_worker(database) for _ in range(4)]

    def drain(which: int) -> list[int]:
        mine: list[int] = []
        while claims := claim_shares(database, ids[which], 7):
            mine += [one.person.chat_id for one in claims]
        return mine

    taken = at_once(4, drain)
    assert sorted(chat for mine in taken for chat in mine) == list(range(1, 61))


def test_a_call_passes_over_many_that_come_too_early_but_not_over_all(
    database: Database, worker: int
) -> None:
    add_recipients(database, 250, first=1)
    add_broadcast(database, *(f"chat:{number}" for number in range(1, 231)))
    sent(database, claim_shares(database, worker, 230, now=NOON), NOON)
    late = add_broadcast(database)
    got: list[int] = []
    put_off: list[int] = []
    while not got:
        due = number_due(database, late)
        got = [one.person.chat_id for one in claim_shares(database, worker, 3, now=NOON)]
        put_off.append(due - number_due(database, late) - len(got))
    assert got == [231, 232, 233]
    assert put_off == [102, 102, 26]


def number_due(database: Database, broadcast_id: int) -> int:
    """How many of a broadcast are due at noon."""
    with database.read() as session:
        return sum(
            one.status is DeliveryStatus.PENDING
            and (one.not_before is None or one.not_before <= NOON)
            for one in deliveries.every(session, broadcast_id)
        )
