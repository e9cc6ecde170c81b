"""Recording what became of claims: each result once, and counts that add up after each."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from hsl_tui.models.enums import (
    BroadcastState,
    DeliveryStatus,
    ErrorKind,
)
from hsl_tui.models.tables import DeliveryError
from hsl_tui.store import broadcasts, settling
from hsl_tui.store.database import Database
from hsl_tui.store.reasons import Reason
from tests.builders import (
    BLOCKED,
    HOUR,
    REFUSED,
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
FAILED = DeliveryStatus.FAILED
UNCERTAIN = DeliveryStatus.UNCERTAIN
CANCELLED = DeliveryStatus.CANCELLED


def test_what_became_of_each_is_kept(database: Database, worker: int) -> None:
    add_recipients(database, 5)
    number = add_broadcast(database)
    sent, failed, uncertain, cancelled, pending = claim(database, number, worker, 5)
    unknown = Reason(ErrorKind.NO_ANSWER, None, "No answer came.")
    recorded = record(
        database,
        result(sent, SENT, message_id=2**40),
        result(failed, FAILED, reason=BLOCKED),
        result(uncertain, UNCERTAIN, reason=unknown),
        result(cancelled, CANCELLED, counted=False),
        result(pending, PENDING, reason=REFUSED, not_before=NOON + HOUR, counted=False),
    )
    assert recorded.stale == ()
    rows = ledger_of(database, number)
    assert [one.status for one in rows] == [SENT, FAILED, UNCERTAIN, CANCELLED, PENDING]
    assert [one.attempts for one in rows] == [1, 1, 1, 0, 0]
    assert [one.sent_at for one in rows] == [NOON, None, None, None, None]
    assert [one.telegram_message_id for one in rows] == [2**40, None, None, None, None]
    assert [one.error_kind for one in rows] == [
        None,
        ErrorKind.BLOCKED,
        ErrorKind.NO_ANSWER,
        None,
        ErrorKind.NOT_CONNECTED,
    ]
    assert (rows[1].error_code, rows[1].error) == (403, BLOCKED.description)
    assert rows[2].error_code is None
    assert [one.not_before for one in rows] == [None, None, None, None, NOON + HOUR]
    broadcast(database, number)


def test_a_delivery_that_arrives_in_the_end_forgets_its_errors(
    database: Database, three: int, worker: int
) -> None:
    (one,) = claim(database, three, worker, 1)
    record(database, result(one, PENDING, reason=REFUSED, not_before=NOON + HOUR))
    again = next(
        two for two in claim(database, three, worker, 9, now=NOON + HOUR) if two.seq == one.seq
    )
    record(database, result(again, SENT, message_id=5))
    row = ledger_of(database, three)[0]
    assert (row.status, row.attempts, row.error, row.not_before) == (SENT, 2, None, None)


def test_a_thousand_same_reasons_are_one_row(database: Database, worker: int) -> None:
    add_recipients(database, 1000)
    number = add_broadcast(database)
    claims = claim(database, number, worker, 1000)
    for half in (claims[:500], claims[500:]):
        record(database, *(result(one, FAILED, reason=BLOCKED) for one in half))
    with database.read() as session:
        assert session.execute(sa.select(sa.func.count()).select_from(DeliveryError)).one() == (1,)
    assert broadcast(database, number).counts[FAILED] == 1000


def test_any_words_of_a_server_can_be_kept(database: Database, three: int, worker: int) -> None:
    claims = claim(database, three, worker, 3)
    words = ["half \ud83d a pair", "nul \0 and \x1b[2J", "long " + "x" * 5000]
    record(
        database,
        *(
            result(one, FAILED, reason=Reason(ErrorKind.OTHER, 400, said))
            for one, said in zip(claims, words, strict=True)
        ),
    )
    kept = [one.error or "" for one in ledger_of(database, three)]
    assert kept[0].startswith("half ")
    assert kept[1].endswith("\x1b[2J")
    assert kept[2].startswith("long xxx")


def test_workers_that_meet_the_same_new_reason_at_once_keep_it_once(database: Database) -> None:
    add_recipients(database, 8)
    numbers = [add_broadcast(database) for _ in range(4)]
    worker = add_worker(database)
    claims = [claim(database, number, worker, 8) for number in numbers]
    found = [Reason(ErrorKind.OTHER, 400, f"reason {which}") for which in range(8)]

    def settle(which: int) -> None:
        # Each in an order of its own: a pair of them would wait for each other for ever.
        turned = found[which:] + found[:which]
        record(
            database,
            *(
                result(one, FAILED, reason=said)
                for one, said in zip(claims[which], turned, strict=True)
            ),
        )

    at_once(4, settle)
    with database.read() as session:
        assert session.execute(sa.select(sa.func.count()).select_from(DeliveryError)).one() == (8,)
    assert [broadcast(database, number).counts[FAILED] for number in numbers] == [8] * 4


@pytest.mark.parametrize("state", [BroadcastState.SENDING, BroadcastState.PAUSED])
def test_a_broadcast_finishes_with_its_last_delivery_and_not_before(
    database: Database, three: int, worker: int, state: BroadcastState
) -> None:
    one, two, three_ = claim(database, three, worker, 3)
    set_state(database, three, state)
    assert record(database, result(one, SENT)).finished == ()
    assert record(database, result(two, PENDING, not_before=NOON)).finished == ()
    assert record(database, result(three_, UNCERTAIN)).finished == ()
    assert broadcast(database, three).state is state
    set_state(database, three, BroadcastState.SENDING)
    (again,) = claim(database, three, worker, 9)
    set_state(database, three, state)
    (finished,) = record(database, result(again, FAILED, reason=BLOCKED), now=NOON + HOUR).finished
    assert (finished.id, finished.state) == (three, BroadcastState.FINISHED)
    seen = broadcast(database, three)
    assert (seen.state, seen.finished_at) == (BroadcastState.FINISHED, NOON + HOUR)
    assert finished.counts == seen.counts


def test_results_of_several_broadcasts_go_each_to_its_own(database: Database, worker: int) -> None:
    add_recipients(database, 2)
    one, other = add_broadcast(database), add_broadcast(database)
    claims = claim(database, other, worker, 2) + claim(database, one, worker, 2)
    recorded = record(database, *(result(each, SENT) for each in claims))
    assert {view.id for view in recorded.finished} == {one, other}
    assert statuses(database, one) == statuses(database, other) == ["sent", "sent"]


def test_the_same_result_twice_counts_once(database: Database, three: int, worker: int) -> None:
    for status in (SENT, FAILED, UNCERTAIN):
        (one,) = claim(database, three, worker, 1)
        again = result(one, status, reason=None if status is SENT else BLOCKED)
        assert record(database, again).stale == ()
        before = (ledger_of(database, three), broadcast(database, three))
        assert record(database, again).stale == (again,)
        assert (ledger_of(database, three), broadcast(database, three)) == before


def test_the_same_result_twice_in_one_group_counts_once(
    database: Database, three: int, worker: int
) -> None:
    one, _ = claim(database, three, worker, 2)
    again = result(one, SENT, message_id=7)
    assert record(database, again, again).stale == (again,)
    seen = broadcast(database, three)
    assert (seen.counts[SENT], seen.counts[SENDING]) == (1, 1)
    assert ledger_of(database, three)[0].attempts == 1


def test_a_delivery_that_waits_again_is_not_put_off_twice(
    database: Database, three: int, worker: int
) -> None:
    (one,) = claim(database, three, worker, 1)
    record(database, result(one, PENDING, not_before=NOON + HOUR))
    late = result(one, PENDING, not_before=NOON + 9 * HOUR)
    assert record(database, late).stale == (late,)
    row = ledger_of(database, three)[0]
    assert (row.attempts, row.not_before) == (1, NOON + HOUR)


@pytest.mark.parametrize("status", [SENT, FAILED, UNCERTAIN, PENDING, CANCELLED])
def test_a_result_of_an_older_claim_changes_nothing(
    database: Database, three: int, worker: int, status: DeliveryStatus
) -> None:
    (old,) = claim(database, three, worker, 1)
    record(database, result(old, PENDING))
    (_, *_) = new = claim(database, three, worker, 9)
    assert old.seq in {one.seq for one in new}
    before = (ledger_of(database, three), broadcast(database, three))
    late = result(old, status)
    assert record(database, late).stale == (late,)
    assert (ledger_of(database, three), broadcast(database, three)) == before


def test_nothing_more_of_a_cancelled_broadcast_waits(
    database: Database, three: int, worker: int
) -> None:
    one, two = claim(database, three, worker, 2)
    with database.write() as session:
        (locked,) = broadcasts.lock(session, [three]).values()
        broadcasts.set_state(session, three, BroadcastState.CANCELLED, finished_at=NOON)
        assert settling.cancel_pending(session, locked, now=NOON) == 1
    assert record(database, result(one, PENDING, reason=REFUSED), result(two, SENT)).finished == ()
    assert statuses(database, three) == ["cancelled", "sent", "cancelled"]
    assert broadcast(database, three).state is BroadcastState.CANCELLED
