"""Claiming: each delivery once, in order, committed before its call."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from hsl_tui.models.enums import (
    BroadcastState,
    DeliveryStatus,
    RecipientState,
)
from hsl_tui.store import broadcasts, ledger
from hsl_tui.store.database import Database
from tests.builders import (
    HOUR,
    add_broadcast,
    add_recipients,
    add_worker,
    at_once,
    broadcast,
    claim,
    ledger_of,
    record,
    result,
    set_state,
    statuses,
)
from tests.conftest import NOON

PENDING = DeliveryStatus.PENDING
SENDING = DeliveryStatus.SENDING
SENT = DeliveryStatus.SENT


def test_claims_come_in_the_order_of_their_time_then_of_the_audience(
    database: Database, worker: int
) -> None:
    chats = add_recipients(database, 4)
    number = add_broadcast(database)
    first = claim(database, number, worker, 2)
    assert [one.person.chat_id for one in first] == chats[:2]
    record(
        database,
        result(first[0], PENDING, not_before=NOON + 2 * HOUR),
        result(first[1], PENDING, not_before=NOON + HOUR),
    )
    later = claim(database, number, worker, 9, now=NOON + 3 * HOUR)
    assert [one.person.chat_id for one in later] == [chats[2], chats[3], chats[1], chats[0]]


def test_a_claim_is_committed_as_sending_with_its_token_and_worker(
    database: Database, three: int, worker: int
) -> None:
    (first,) = claim(database, three, worker, 1)
    assert (first.token, first.attempts) == (1, 0)
    assert first.person.first_name == "N1001"
    assert first.recipient_state is RecipientState.ACTIVE
    with database.read() as session:
        row = session.execute(
            sa.text("SELECT token, worker_id, status FROM message_recipients WHERE seq = 1")
        ).one()
    assert row == (1, worker, 1)
    seen = broadcast(database, three)
    assert (seen.counts[PENDING], seen.counts[SENDING]) == (2, 1)
    assert seen.started_at == NOON
    record(database, result(first, PENDING))
    (again,) = claim(database, three, worker, 1, now=NOON + HOUR)
    assert (again.seq, again.token, again.attempts) == (first.seq, 2, 1)
    assert broadcast(database, three).started_at == NOON


def test_a_claim_that_rolls_back_leaves_no_trace(
    database: Database, three: int, worker: int
) -> None:
    with database.write() as session:
        broadcasts.lock(session, [three])
        assert len(ledger.claim(session, three, worker_id=worker, limit=2, now=NOON)) == 2
        session.rollback()
    assert statuses(database, three) == ["pending"] * 3
    assert broadcast(database, three).counts[PENDING] == 3
    assert claim(database, three, worker, 1)[0].token == 1


@pytest.mark.parametrize("state", ["draft", "scheduled", "paused", "cancelled"])
def test_only_a_broadcast_that_is_being_sent_can_be_claimed_of(
    database: Database, three: int, worker: int, state: str
) -> None:
    set_state(database, three, BroadcastState(state))
    assert claim(database, three, worker, 9) == []
    assert broadcast(database, three).counts[PENDING] == 3


def test_nothing_is_claimed_before_its_time(database: Database, three: int, worker: int) -> None:
    claims = claim(database, three, worker, 9)
    record(database, *(result(one, PENDING, not_before=NOON + HOUR) for one in claims))
    assert claim(database, three, worker, 9, now=NOON + HOUR - timedelta(microseconds=1)) == []
    with database.read() as session:
        assert not broadcasts.in_flight(session, now=NOON, limit=9)
        assert [*broadcasts.in_flight(session, now=NOON + HOUR, limit=9)] == [three]
    assert len(claim(database, three, worker, 9, now=NOON + HOUR)) == 3


def test_one_broadcasts_claims_leave_another_alone(
    database: Database, three: int, worker: int
) -> None:
    other = add_broadcast(database, "chat:1002")
    assert len(claim(database, three, worker, 9)) == 3
    assert statuses(database, other) == ["pending"]
    assert broadcast(database, other).counts[PENDING] == 1


def test_workers_that_claim_at_once_never_share_a_delivery_and_leave_none(
    database: Database,
) -> None:
    add_recipients(database, 120)
    number = add_broadcast(database)
    ids = [add_worker(database) for _ in range(4)]

    def drain(which: int) -> list[int]:
        mine: list[int] = []
        while claims := claim(database, number, ids[which], 7):
            mine += [one.seq for one in claims]
            record(database, *(result(one, SENT) for one in claims))
        return mine

    taken = at_once(4, drain)
    assert sorted(seq for mine in taken for seq in mine) == list(range(1, 121))
    seen = broadcast(database, number)
    assert (seen.state, seen.counts[SENT]) == (BroadcastState.FINISHED, 120)
    assert {one.attempts for one in ledger_of(database, number)} == {1}


def test_processes_on_one_sqlite_file_never_share_a_delivery(sqlite_url: str) -> None:
    # Each with an engine of its own: only the file's lock is between them.
    engines = [Database(sqlite_url) for _ in range(3)]
    add_recipients(engines[0], 60)
    number = add_broadcast(engines[0])
    ids = [add_worker(engines[0]) for _ in engines]

    def drain(which: int) -> list[int]:
        mine: list[int] = []
        while claims := claim(engines[which], number, ids[which], 7):
            mine += [one.seq for one in claims]
        return mine

    taken = at_once(3, drain)
    assert sorted(seq for mine in taken for seq in mine) == list(range(1, 61))
    assert broadcast(engines[0], number).counts[SENDING] == 60
    for engine in engines:
        engine.dispose()
