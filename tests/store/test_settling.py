"""What operators do to deliveries, and what the database itself refuses."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from hsl_tui.models.delivery_criteria import EVERY, to_chats
from hsl_tui.models.enums import (
    BroadcastState,
    DeliveryStatus,
    ErrorKind,
    RecipientState,
)
from hsl_tui.store import broadcasts, ledger, recipients, settling
from hsl_tui.store.database import Database
from hsl_tui.store.reasons import Reason
from tests.builders import (
    REFUSED,
    add_broadcast,
    add_recipients,
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


def retry(database: Database, number: int) -> int:
    with database.write() as session:
        (locked,) = broadcasts.lock(session, [number]).values()
        return settling.retry_failed(session, locked, now=NOON)


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
        criteria = EVERY if chats is None else to_chats(chats)
        return settling.resolve_uncertain(session, locked, after, now=NOON, criteria=criteria)


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
    with database.write() as session:
        ledger.take_over(session, worker, max_attempts=5, now=NOON)
    assert resolve(database, number, PENDING) == 1
    assert record(database, result(one, SENT, message_id=9)).stale == ()
    assert statuses(database, number) == ["sent"]
    assert broadcast(database, number).state is BroadcastState.FINISHED


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
        (
            "INSERT INTO message_recipients"
            " (broadcast_id, seq, recipient_id, not_before, token, attempts, status)"
            " SELECT broadcast_id, 9, 99, not_before, 0, 0, 0 FROM message_recipients WHERE seq = 1"
        ),
        (
            "INSERT INTO message_recipients"
            " (broadcast_id, seq, recipient_id, not_before, token, attempts, status)"
            " SELECT 99, 9, recipient_id, not_before, 0, 0, 0 FROM message_recipients WHERE seq = 1"
        ),
        "UPDATE recipients SET id = 99 WHERE chat_id = 1001",
        "UPDATE recipients SET state = 'asleep'",
        "UPDATE recipients SET chat_id = 0 WHERE chat_id = 1001",
    ],
)
def test_the_database_refuses_nonsense(database: Database, three: int, nonsense: str) -> None:
    with pytest.raises(IntegrityError), database.write() as session:
        session.execute(sa.text(nonsense))
    assert statuses(database, three) == ["pending"] * 3
    broadcast(database, three)
