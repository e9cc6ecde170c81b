"""What a dead worker leaves, and answers that come after all."""

from __future__ import annotations

from datetime import timedelta

import pytest

from hsl_tui.models.enums import (
    BroadcastState,
    DeliveryStatus,
    ErrorKind,
    UncertainPolicy,
)
from hsl_tui.store import broadcasts, ledger
from hsl_tui.store.database import Database
from hsl_tui.store.reasons import Reason
from tests.builders import (
    add_broadcast,
    add_recipients,
    add_worker,
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
SENT = DeliveryStatus.SENT
FAILED = DeliveryStatus.FAILED
UNCERTAIN = DeliveryStatus.UNCERTAIN
BLOCKED = Reason(ErrorKind.BLOCKED, 403, "Forbidden: bot was blocked by the user")
HOUR = timedelta(hours=1)


def take_over(database: Database, worker: int) -> dict[DeliveryStatus, int]:
    with database.write() as session:
        return dict(ledger.take_over(session, worker, now=NOON).moved)


@pytest.mark.parametrize("policy", list(UncertainPolicy))
@pytest.mark.parametrize("state", [BroadcastState.SENDING, BroadcastState.PAUSED])
def test_what_a_dead_worker_had_in_flight_follows_the_policy(
    database: Database, worker: int, policy: UncertainPolicy, state: BroadcastState
) -> None:
    add_recipients(database, 4)
    number = add_broadcast(database, on_uncertain=policy)
    other = add_worker(database)
    dead = claim(database, number, worker, 2)
    (alive,) = claim(database, number, other, 1)
    set_state(database, number, state)
    after = UNCERTAIN if policy is UncertainPolicy.HOLD else PENDING
    assert take_over(database, worker) == {after: 2}
    assert statuses(database, number) == [after.value, after.value, "sending", "pending"]
    rows = ledger_of(database, number)
    assert [one.attempts for one in rows] == [1, 1, 0, 0]
    assert {one.error_kind for one in rows[:2]} == {ErrorKind.WORKER_LOST}
    assert broadcast(database, number).state is state
    assert take_over(database, worker) == {}
    record(database, result(alive, SENT))
    assert [one.seq for one in dead] == [1, 2]


def test_of_a_cancelled_broadcast_nothing_is_sent_again(database: Database, worker: int) -> None:
    add_recipients(database, 1)
    number = add_broadcast(database, on_uncertain=UncertainPolicy.RESEND)
    claim(database, number, worker, 1)
    set_state(database, number, BroadcastState.CANCELLED)
    assert take_over(database, worker) == {UNCERTAIN: 1}
    assert broadcast(database, number).state is BroadcastState.CANCELLED


def test_all_broadcasts_of_a_dead_worker_are_settled_and_finished(
    database: Database, worker: int
) -> None:
    add_recipients(database, 2)
    numbers = [add_broadcast(database) for _ in range(3)]
    for number in numbers:
        claim(database, number, worker, 2)
    assert take_over(database, worker) == {UNCERTAIN: 6}
    for number in numbers:
        assert broadcast(database, number).state is BroadcastState.FINISHED


@pytest.mark.parametrize("policy", list(UncertainPolicy))
@pytest.mark.parametrize("status", [SENT, FAILED])
def test_a_definite_answer_counts_however_late(
    database: Database, worker: int, policy: UncertainPolicy, status: DeliveryStatus
) -> None:
    add_recipients(database, 1)
    number = add_broadcast(database, on_uncertain=policy)
    (one,) = claim(database, number, worker, 1)
    take_over(database, worker)
    late = result(one, status, message_id=3, reason=None if status is SENT else BLOCKED)
    assert record(database, late).stale == ()
    (row,) = ledger_of(database, number)
    assert (row.status, row.attempts) == (status, 1)
    seen = broadcast(database, number)
    assert seen.state is BroadcastState.FINISHED
    assert claim(database, number, worker, 1, now=NOON + HOUR) == []


@pytest.mark.parametrize("policy", list(UncertainPolicy))
def test_an_uncertain_answer_that_comes_late_changes_nothing(
    database: Database, worker: int, policy: UncertainPolicy
) -> None:
    add_recipients(database, 1)
    number = add_broadcast(database, on_uncertain=policy)
    (one,) = claim(database, number, worker, 1)
    take_over(database, worker)
    before = (ledger_of(database, number), broadcast(database, number))
    late = result(one, UNCERTAIN, reason=BLOCKED)
    assert record(database, late).stale == (late,)
    assert (ledger_of(database, number), broadcast(database, number)) == before


def test_a_late_answer_to_a_delivery_that_is_being_sent_again_changes_nothing(
    database: Database, worker: int
) -> None:
    add_recipients(database, 1)
    number = add_broadcast(database, on_uncertain=UncertainPolicy.RESEND)
    (old,) = claim(database, number, worker, 1)
    take_over(database, worker)
    other = add_worker(database)
    (new,) = claim(database, number, other, 1)
    late = result(old, FAILED, reason=BLOCKED)
    assert record(database, late).stale == (late,)
    record(database, result(new, SENT))
    assert statuses(database, number) == ["sent"]


def test_a_cancelled_delivery_stays_cancelled(database: Database, worker: int) -> None:
    add_recipients(database, 1)
    number = add_broadcast(database, on_uncertain=UncertainPolicy.RESEND)
    (one,) = claim(database, number, worker, 1)
    take_over(database, worker)
    with database.write() as session:
        (locked,) = broadcasts.lock(session, [number]).values()
        broadcasts.set_state(session, number, BroadcastState.CANCELLED)
        ledger.cancel_pending(session, locked, now=NOON)
    late = result(one, SENT, message_id=4)
    record(database, late)
    # It did arrive: that is what the record must say, whatever was wished for meanwhile.
    assert statuses(database, number) == ["sent"]
    broadcast(database, number)
