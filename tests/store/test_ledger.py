"""The ledger's moves: no double, no loss, and counts that add up after each of them."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from hsl_tui.models.enums import (
    BroadcastState,
    DeliveryStatus,
    ErrorKind,
    RecipientState,
    UncertainPolicy,
)
from hsl_tui.models.tables import DeliveryError
from hsl_tui.store import broadcasts, ledger, recipients
from hsl_tui.store.database import Database
from hsl_tui.store.reasons import Reason
from tests.builders import (
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

PENDING, SENDING, SENT, FAILED, UNCERTAIN, CANCELLED, DELETED = DeliveryStatus
BLOCKED = Reason(ErrorKind.BLOCKED, 403, "Forbidden: bot was blocked by the user")
REFUSED = Reason(ErrorKind.NOT_CONNECTED, None, "The connection was refused.")
HOUR = timedelta(hours=1)


@pytest.fixture
def worker(database: Database) -> int:
    return add_worker(database)


@pytest.fixture
def three(database: Database) -> int:
    """A broadcast that is being sent to three recipients."""
    add_recipients(database, 3)
    return add_broadcast(database)


# --- claiming ---------------------------------------------------------------------------------


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
        assert broadcasts.in_flight(session, now=NOON, limit=9) == []
        assert broadcasts.in_flight(session, now=NOON + HOUR, limit=9) == [three]
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


# --- recording --------------------------------------------------------------------------------


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
        assert ledger.cancel_pending(session, locked, now=NOON) == 1
    assert record(database, result(one, PENDING, reason=REFUSED), result(two, SENT)).finished == ()
    assert statuses(database, three) == ["cancelled", "sent", "cancelled"]
    assert broadcast(database, three).state is BroadcastState.CANCELLED


# --- what a dead worker leaves ----------------------------------------------------------------


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


# --- what operators do ------------------------------------------------------------------------


def retry(database: Database, number: int) -> int:
    with database.write() as session:
        (locked,) = broadcasts.lock(session, [number]).values()
        return ledger.retry_failed(session, locked, now=NOON)


def test_only_reasons_that_can_pass_and_active_recipients_are_tried_again(
    database: Database, worker: int
) -> None:
    add_recipients(database, len(ErrorKind) + 1)
    number = add_broadcast(database)
    claims = claim(database, number, worker, 99)
    kinds = [*ErrorKind, ErrorKind.NOT_CONNECTED]
    record(
        database,
        *(
            result(one, FAILED, reason=Reason(kind, 400, "said"))
            for one, kind in zip(claims, kinds, strict=True)
        ),
    )
    with database.write() as session:
        gone = claims[-1].recipient_id
        recipients.set_state(session, gone, RecipientState.BLOCKED, reason="", now=NOON)
    wanted = [kind.can_pass for kind in ErrorKind] + [False]
    assert retry(database, number) == sum(wanted)
    assert statuses(database, number) == ["pending" if can else "failed" for can in wanted]
    waiting = [one for one in ledger_of(database, number) if one.status is PENDING]
    assert {(one.attempts, one.error, one.not_before) for one in waiting} == {(0, None, None)}
    seen = broadcast(database, number)
    assert (seen.state, seen.finished_at) == (BroadcastState.SENDING, None)
    assert len(claim(database, number, worker, 99)) == sum(wanted)


def test_a_paused_broadcast_stays_paused_when_it_is_retried(
    database: Database, three: int, worker: int
) -> None:
    (one,) = claim(database, three, worker, 1)
    record(database, result(one, FAILED, reason=REFUSED))
    set_state(database, three, BroadcastState.PAUSED)
    assert retry(database, three) == 1
    assert broadcast(database, three).state is BroadcastState.PAUSED
    assert retry(database, three) == 0


def test_a_failure_that_is_recorded_once_more_does_not_undo_a_retry(
    database: Database, worker: int
) -> None:
    # A worker that never learnt whether its commit went through records the group again.
    add_recipients(database, 1)
    number = add_broadcast(database)
    (one,) = claim(database, number, worker, 1)
    failed = result(one, FAILED, reason=REFUSED)
    record(database, failed)
    assert retry(database, number) == 1
    assert record(database, failed).stale == (failed,)
    assert statuses(database, number) == ["pending"]
    assert broadcast(database, number).state is BroadcastState.SENDING


def resolve(
    database: Database, number: int, after: DeliveryStatus, chats: list[int] | None = None
) -> int:
    with database.write() as session:
        (locked,) = broadcasts.lock(session, [number]).values()
        return ledger.resolve_uncertain(session, locked, after, chat_ids=chats, now=NOON)


@pytest.mark.parametrize("after", [SENT, PENDING])
@pytest.mark.parametrize("chats", [None, [1002, 1003, 77], []])
def test_uncertain_ones_are_settled_as_the_operator_says(
    database: Database, three: int, worker: int, after: DeliveryStatus, chats: list[int] | None
) -> None:
    claims = claim(database, three, worker, 3)
    outcomes = [SENT, UNCERTAIN, UNCERTAIN]
    record(database, *(result(one, to) for one, to in zip(claims, outcomes, strict=True)))
    assert broadcast(database, three).state is BroadcastState.FINISHED
    changed = 0 if chats == [] else 2
    assert resolve(database, three, after, chats) == changed
    seen = broadcast(database, three)
    assert statuses(database, three)[0] == "sent"
    assert seen.counts[after if changed else UNCERTAIN] >= 2
    goes_on = changed and after is PENDING
    assert seen.state is (BroadcastState.SENDING if goes_on else BroadcastState.FINISHED)
    assert len(claim(database, three, worker, 9)) == (2 if goes_on else 0)


def test_only_the_chosen_chats_are_settled(database: Database, three: int, worker: int) -> None:
    record(database, *(result(one, UNCERTAIN) for one in claim(database, three, worker, 3)))
    assert resolve(database, three, SENT, [1002]) == 1
    assert statuses(database, three) == ["uncertain", "sent", "uncertain"]
    broadcast(database, three)


def test_an_answer_that_comes_after_all_spares_the_second_message(
    database: Database, worker: int
) -> None:
    add_recipients(database, 1)
    number = add_broadcast(database)
    (one,) = claim(database, number, worker, 1)
    take_over(database, worker)
    assert resolve(database, number, PENDING) == 1
    assert record(database, result(one, SENT, message_id=9)).stale == ()
    assert statuses(database, number) == ["sent"]
    assert broadcast(database, number).state is BroadcastState.FINISHED


# --- what the database itself refuses ---------------------------------------------------------


TWO_DELIVERIES_BECOME_DOUBLES = """
UPDATE message_recipients SET recipient_id =
(SELECT recipient_id FROM message_recipients WHERE seq = 2) WHERE seq = 1
"""
A_SECOND_DELIVERY = """
INSERT INTO message_recipients
(broadcast_id, seq, recipient_id, not_before, token, attempts, status)
SELECT broadcast_id, 9, recipient_id, not_before, 0, 0, 0 FROM message_recipients WHERE seq = 1
"""


@pytest.mark.parametrize(
    "nonsense",
    [
        "UPDATE message_history SET sent = sent + 1",
        "UPDATE message_history SET total_recipients = 2",
        "UPDATE message_history SET pending = -1, sent = 4",
        "UPDATE message_history SET state = 'finished'",
        "UPDATE message_history SET state = 'lost'",
        "UPDATE message_history SET on_uncertain = 'guess'",
        "UPDATE message_history SET state = NULL",
        "UPDATE message_recipients SET status = 7 WHERE seq = 1",
        "UPDATE message_recipients SET status = -1 WHERE seq = 1",
        "UPDATE message_recipients SET status = NULL WHERE seq = 1",
        "UPDATE message_recipients SET worker_id = 99 WHERE seq = 1",
        "UPDATE message_recipients SET error_id = 99 WHERE seq = 1",
        "UPDATE message_recipients SET recipient_id = 99 WHERE seq = 1",
        "UPDATE message_recipients SET seq = 2 WHERE seq = 1",
        TWO_DELIVERIES_BECOME_DOUBLES,
        A_SECOND_DELIVERY,
        "DELETE FROM recipients WHERE chat_id = 1001",
        "DELETE FROM message_history",
        "UPDATE recipients SET state = 'asleep'",
        "UPDATE recipients SET chat_id = 0 WHERE chat_id = 1001",
    ],
)
def test_the_database_refuses_nonsense(database: Database, three: int, nonsense: str) -> None:
    with pytest.raises(IntegrityError), database.write() as session:
        session.execute(sa.text(nonsense))
    assert statuses(database, three) == ["pending"] * 3
    broadcast(database, three)
