"""What a dead worker leaves, and answers that come after all."""

from __future__ import annotations

import pytest

from hsl_tui.models.enums import (
    BroadcastState,
    DeliveryStatus,
    ErrorKind,
    UncertainPolicy,
)
from hsl_tui.store import broadcasts, ledger, settling
from hsl_tui.store.database import Database
from hsl_tui.store.reasons import Reason
from tests.builders import (
    BLOCKED,
    HOUR,
    REFUSED,
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
CANCELLED = DeliveryStatus.CANCELLED
SILENCE = Reason(ErrorKind.NO_ANSWER, None, "No answer: timed out")


def take_over(
    database: Database, worker: int, *, max_attempts: int = 5
) -> dict[DeliveryStatus, int]:
    with database.write() as session:
        taken = ledger.take_over(session, worker, max_attempts=max_attempts, now=NOON)
        return dict(taken.moved)


def cancel(database: Database, number: int) -> None:
    with database.write() as session:
        (locked,) = broadcasts.lock(session, [number]).values()
        broadcasts.set_state(session, number, BroadcastState.CANCELLED, finished_at=NOON)
        settling.cancel_pending(session, locked, now=NOON)


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


def test_a_message_that_kills_every_worker_that_sends_it_comes_to_an_end(
    database: Database, worker: int
) -> None:
    add_recipients(database, 2)
    number = add_broadcast(database, on_uncertain=UncertainPolicy.RESEND)
    (deadly,) = claim(database, number, worker, 1)
    assert take_over(database, worker, max_attempts=3) == {PENDING: 1}
    second = add_worker(database)
    assert len(claim(database, number, second, 2)) == 2
    assert take_over(database, second, max_attempts=3) == {PENDING: 2}
    third = add_worker(database)
    assert len(claim(database, number, third, 2)) == 2
    # The other one has been tried less often, and is sent again.
    assert take_over(database, third, max_attempts=3) == {UNCERTAIN: 1, PENDING: 1}
    rows = ledger_of(database, number)
    assert [(one.status, one.attempts) for one in rows] == [(UNCERTAIN, 3), (PENDING, 2)]
    assert {one.error_kind for one in rows} == {ErrorKind.WORKER_LOST}
    (other,) = claim(database, number, add_worker(database), 2)
    assert other.seq != deadly.seq
    record(database, result(other, SENT))
    assert broadcast(database, number).state is BroadcastState.FINISHED


def test_with_a_single_attempt_nothing_is_sent_again(database: Database, worker: int) -> None:
    add_recipients(database, 1)
    number = add_broadcast(database, on_uncertain=UncertainPolicy.RESEND)
    claim(database, number, worker, 1)
    assert take_over(database, worker, max_attempts=1) == {UNCERTAIN: 1}
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


def test_what_was_not_delivered_for_certain_is_tried_again_however_late_that_is_learnt(
    database: Database, worker: int
) -> None:
    add_recipients(database, 2)
    number = add_broadcast(database)
    other = add_broadcast(database)
    one, two = claim(database, number, worker, 2)
    third, _ = claim(database, other, worker, 2)
    take_over(database, worker)
    assert broadcast(database, number).state is BroadcastState.FINISHED
    late = result(one, PENDING, not_before=NOON + HOUR, reason=REFUSED)
    recorded = record(database, late, result(third, SENT, message_id=5))
    assert (recorded.stale, recorded.finished) == ((), ())
    rows = ledger_of(database, number)
    assert [row.status for row in rows] == [PENDING, UNCERTAIN]
    assert (rows[0].attempts, rows[0].error_kind) == (1, ErrorKind.NOT_CONNECTED)
    seen = broadcast(database, number)
    assert (seen.state, seen.finished_at) == (BroadcastState.SENDING, None)
    assert broadcast(database, other).state is BroadcastState.FINISHED
    assert claim(database, number, worker, 9) == []
    # Recorded once more: the answer to the commit may have been lost.
    assert record(database, late).stale == (late,)
    (again,) = claim(database, number, worker, 9, now=NOON + HOUR)
    assert record(database, result(two, SENT, message_id=6)).finished == ()
    (finished,) = record(database, result(again, SENT, message_id=7)).finished
    assert finished.id == number
    assert statuses(database, number) == ["sent", "sent"]
    assert broadcast(database, number).state is BroadcastState.FINISHED


def test_a_paused_broadcast_stays_paused_when_that_is_learnt(
    database: Database, worker: int
) -> None:
    add_recipients(database, 2)
    number = add_broadcast(database)
    (one,) = claim(database, number, worker, 1)
    set_state(database, number, BroadcastState.PAUSED)
    take_over(database, worker)
    assert record(database, result(one, PENDING)).stale == ()
    assert statuses(database, number) == ["pending", "pending"]
    assert broadcast(database, number).state is BroadcastState.PAUSED


@pytest.mark.parametrize("policy", list(UncertainPolicy))
def test_of_a_cancelled_broadcast_it_is_cancelled_when_that_is_learnt(
    database: Database, worker: int, policy: UncertainPolicy
) -> None:
    add_recipients(database, 1)
    number = add_broadcast(database, on_uncertain=policy)
    (one,) = claim(database, number, worker, 1)
    cancel(database, number)
    assert take_over(database, worker) == {UNCERTAIN: 1}
    assert record(database, result(one, PENDING, reason=REFUSED)).stale == ()
    assert statuses(database, number) == ["cancelled"]
    assert broadcast(database, number).state is BroadcastState.CANCELLED


def test_a_call_that_was_never_made_is_not_uncertain(database: Database, worker: int) -> None:
    add_recipients(database, 1)
    number = add_broadcast(database)
    (one,) = claim(database, number, worker, 1)
    take_over(database, worker)
    gone = Reason(ErrorKind.RECIPIENT_INACTIVE, None, "The recipient has unsubscribed.")
    assert record(database, result(one, CANCELLED, reason=gone)).stale == ()
    assert statuses(database, number) == ["cancelled"]
    assert broadcast(database, number).state is BroadcastState.FINISHED


def test_no_answer_that_would_be_tried_again_stays_uncertain_when_it_comes_late(
    database: Database, worker: int
) -> None:
    add_recipients(database, 1)
    number = add_broadcast(database, on_uncertain=UncertainPolicy.RESEND)
    (one,) = claim(database, number, worker, 1)
    cancel(database, number)
    take_over(database, worker)
    late = result(one, PENDING, in_doubt=True, reason=SILENCE)
    assert record(database, late).stale == (late,)
    assert statuses(database, number) == ["uncertain"]
    assert broadcast(database, number).state is BroadcastState.CANCELLED


def test_what_may_have_arrived_is_said_of_a_cancelled_broadcast_too(
    database: Database, worker: int
) -> None:
    add_recipients(database, 2)
    number = add_broadcast(database, on_uncertain=UncertainPolicy.RESEND)
    silent, refused = claim(database, number, worker, 2)
    cancel(database, number)
    record(
        database,
        result(silent, PENDING, in_doubt=True, reason=SILENCE),
        result(refused, PENDING, reason=REFUSED),
    )
    assert statuses(database, number) == ["uncertain", "cancelled"]
    assert broadcast(database, number).state is BroadcastState.CANCELLED


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
    cancel(database, number)
    late = result(one, SENT, message_id=4)
    record(database, late)
    # It did arrive: that is what the record must say, whatever was wished for meanwhile.
    assert statuses(database, number) == ["sent"]
    broadcast(database, number)
