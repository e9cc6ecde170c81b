"""Steering: each act in each state does what it says, with its audit entry, or changes nothing."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import NoResultFound

from hsl_tui.errors import NotFoundError, RefusedError
from hsl_tui.models.delivery_criteria import Cause, DeliveryCriteria, to_chats
from hsl_tui.models.enums import BroadcastState, DeliveryStatus, RecipientState
from hsl_tui.models.views import AuditView, BroadcastView, Retriable
from hsl_tui.services import forgetting, steering
from hsl_tui.services.context import Context
from hsl_tui.store import audit, recipients
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
from tests.conftest import NOON, FrozenClock

DRAFT, SCHEDULED, SENDING, PAUSED, FINISHED, CANCELLED = BroadcastState

Act = Callable[[Context, int], object]
ACTS: dict[str, Act] = {
    "pause": steering.pause,
    "resume": steering.resume,
    "cancel": steering.cancel,
    "retry": steering.retry,
    "resolve as sent": lambda context, number: steering.resolve(context, number, resend=False),
    "resend": lambda context, number: steering.resolve(context, number, resend=True),
}


def standing(context: Context, state: BroadcastState) -> int:
    """A broadcast in a state; where it can be, with a failed and an uncertain delivery."""
    add_recipients(context.database, 4)
    scheduled_at = NOON + HOUR if state is SCHEDULED else None
    start = SCHEDULED if state is SCHEDULED else SENDING
    number = add_broadcast(context.database, state=start, scheduled_at=scheduled_at)
    if state in {SENDING, PAUSED, FINISHED, CANCELLED}:
        limit = 4 if state is FINISHED else 3
        claims = claim(context.database, number, add_worker(context.database), limit)
        record(
            context.database,
            result(claims[0], DeliveryStatus.SENT),
            result(claims[1], DeliveryStatus.FAILED, reason=REFUSED),
            result(claims[2], DeliveryStatus.UNCERTAIN),
            *(result(one, DeliveryStatus.FAILED, reason=BLOCKED) for one in claims[3:]),
        )
    if state is CANCELLED:
        steering.cancel(context, number)
    elif state in {DRAFT, PAUSED}:
        set_state(context.database, number, state)
    assert broadcast(context.database, number).state is state
    return number


def newest(context: Context) -> AuditView | None:
    with context.database.read() as session:
        return next(iter(audit.latest(session, limit=1)), None)


ALLOWED = {
    "pause": {SCHEDULED, SENDING},
    "resume": {PAUSED},
    "cancel": {DRAFT, SCHEDULED, SENDING, PAUSED},
    "retry": {SENDING, PAUSED, FINISHED},
    "resolve as sent": {SENDING, PAUSED, FINISHED, CANCELLED},
    "resend": {SENDING, PAUSED, FINISHED},
}


@pytest.mark.parametrize("state", list(BroadcastState))
@pytest.mark.parametrize("name", ACTS)
def test_an_act_is_done_and_on_record_or_refused_and_changes_nothing(
    context: Context, name: str, state: BroadcastState
) -> None:
    number = standing(context, state)
    before = (broadcast(context.database, number), ledger_of(context.database, number))
    last = newest(context)
    if state in ALLOWED[name]:
        ACTS[name](context, number)
        entry = newest(context)
        assert entry is not None
        assert entry != last
        assert (entry.broadcast_id, entry.actor, entry.at) == (number, "tester", NOON)
        assert (broadcast(context.database, number), ledger_of(context.database, number)) != before
    else:
        with pytest.raises(RefusedError, match=f"Broadcast {number} ") as caught:
            ACTS[name](context, number)
        assert "\n" not in str(caught.value)
        assert str(caught.value).endswith(".")
        assert newest(context) == last
        assert (broadcast(context.database, number), ledger_of(context.database, number)) == before


def test_an_act_on_what_is_not_there(context: Context) -> None:
    for act in ACTS.values():
        for number in (0, -1, 99, 2**62, 2**63, 2**200):
            with pytest.raises(NotFoundError, match=f"There is no broadcast {number};"):
                act(context, number)
    assert newest(context) is None


@pytest.mark.parametrize("name", ACTS)
def test_an_act_that_cannot_be_put_on_record_is_not_done(context: Context, name: str) -> None:
    state = PAUSED if name == "resume" else SENDING
    number = standing(context, state)
    before = (broadcast(context.database, number), ledger_of(context.database, number))
    with context.database.write() as session:
        session.execute(sa.text("DELETE FROM audit_head"))
    with pytest.raises(NoResultFound):
        ACTS[name](context, number)
    assert (broadcast(context.database, number), ledger_of(context.database, number)) == before


def test_pausing_stops_claims_and_resuming_lets_them_go_on(context: Context) -> None:
    number = standing(context, SENDING)
    worker = add_worker(context.database)
    assert steering.pause(context, number).state is PAUSED
    assert claim(context.database, number, worker, 9) == []
    assert steering.resume(context, number).state is SENDING
    assert len(claim(context.database, number, worker, 9)) == 1


def test_a_scheduled_broadcast_that_was_paused_waits_for_its_time_again(
    context: Context, clock: FrozenClock
) -> None:
    number = standing(context, SCHEDULED)
    steering.pause(context, number)
    resumed = steering.resume(context, number)
    assert (resumed.state, resumed.scheduled_at) == (SCHEDULED, NOON + HOUR)
    steering.pause(context, number)
    clock.advance(hours=1)
    assert steering.resume(context, number).state is SENDING


def test_cancelling_leaves_what_was_sent_and_lets_calls_end(context: Context) -> None:
    number = standing(context, SENDING)
    worker = add_worker(context.database)
    (in_flight,) = claim(context.database, number, worker, 9)
    add_recipients(context.database, 2, first=5000)
    cancelled = steering.cancel(context, number)
    assert (cancelled.state, cancelled.finished_at) == (CANCELLED, NOON)
    record(context.database, result(in_flight, DeliveryStatus.SENT))
    assert statuses(context.database, number) == ["sent", "failed", "uncertain", "sent"]
    assert broadcast(context.database, number).state is CANCELLED


def test_what_waits_is_cancelled_and_counted(context: Context) -> None:
    number = standing(context, SCHEDULED)
    cancelled = steering.cancel(context, number)
    assert cancelled.counts[DeliveryStatus.CANCELLED] == 4
    entry = newest(context)
    assert entry is not None
    assert (entry.action, entry.details) == ("broadcast.cancelled", {"deliveries": 4})


def test_a_retry_says_how_many_wait_again(context: Context) -> None:
    number = standing(context, FINISHED)
    view, count = steering.retry(context, number)
    assert (view.state, view.finished_at, count) == (SENDING, None, 1)
    assert statuses(context.database, number) == ["sent", "pending", "uncertain", "failed"]
    with pytest.raises(RefusedError, match="no failed delivery that could succeed"):
        steering.retry(context, number)


FAILED_FOR_GOOD = DeliveryCriteria(cause=Cause(BLOCKED.kind, BLOCKED.description))


@pytest.mark.parametrize(
    ("criteria", "expected"),
    [
        (DeliveryCriteria(), Retriable(failed=2, can_pass=1, again=1)),
        (to_chats([1002]), Retriable(failed=1, can_pass=1, again=1)),
        (to_chats([1001, 77]), Retriable(failed=0, can_pass=0, again=0)),
        (FAILED_FOR_GOOD, Retriable(failed=1, can_pass=0, again=0)),
        (DeliveryCriteria(search="n1002"), Retriable(failed=1, can_pass=1, again=1)),
        (DeliveryCriteria(search="zoe"), Retriable(failed=0, can_pass=0, again=0)),
    ],
)
def test_what_is_counted_before_a_retry_is_what_it_does(
    context: Context, criteria: DeliveryCriteria, expected: Retriable
) -> None:
    number = standing(context, FINISHED)
    assert steering.retriable(context, number, criteria) == expected
    if expected.again:
        _, count = steering.retry(context, number, criteria)
        assert count == expected.again
        entry = newest(context)
        assert entry is not None
        assert entry.details == {"deliveries": count, **criteria.written()}
    else:
        with pytest.raises(RefusedError, match="no failed delivery"):
            steering.retry(context, number, criteria)
    assert broadcast(context.database, number).counts[DeliveryStatus.PENDING] == expected.again


def test_recipients_that_are_gone_are_counted_apart(context: Context) -> None:
    number = standing(context, FINISHED)
    with context.database.write() as session:
        recipients.set_state(session, 2, RecipientState.UNSUBSCRIBED, reason="left", now=NOON)
    assert steering.retriable(context, number) == Retriable(failed=2, can_pass=1, again=0)


def test_what_is_counted_before_settling_is_what_is_settled(context: Context) -> None:
    number = standing(context, FINISHED)
    assert steering.count_uncertain(context, number) == 1
    assert steering.count_uncertain(context, number, to_chats([1001])) == 0
    found = DeliveryCriteria(search="N1003")
    assert steering.count_uncertain(context, number, found) == 1
    assert steering.resolve(context, number, found, resend=True)[1] == 1
    entry = newest(context)
    assert entry is not None
    assert entry.details == {"as": "resend", "deliveries": 1, "search": "N1003"}


def test_settling_chosen_chats_is_on_record_with_them(context: Context) -> None:
    number = standing(context, FINISHED)
    with pytest.raises(RefusedError, match="no uncertain delivery to those chats"):
        steering.resolve(context, number, to_chats([1001, 77]), resend=True)
    view, count = steering.resolve(context, number, to_chats([1001, 1003]), resend=True)
    assert (view.state, count) == (SENDING, 1)
    entry = newest(context)
    assert entry is not None
    assert entry.details == {"as": "resend", "deliveries": 1, "chats": [1001, 1003]}


def test_who_was_forgotten_since_they_were_marked_is_not_put_on_record_again(
    context: Context,
) -> None:
    number = standing(context, FINISHED)
    forgetting.forget(context, "1001")
    steering.resolve(context, number, to_chats([1001, 1003]), resend=False)
    entry = newest(context)
    assert entry is not None
    assert entry.details == {"as": "sent", "deliveries": 1, "chats": [1003]}


def test_settling_as_sent_leaves_a_broadcast_finished(context: Context) -> None:
    number = standing(context, FINISHED)
    view, count = steering.resolve(context, number, resend=False)
    assert (view.state, count) == (FINISHED, 1)
    assert view.successful_deliveries == 2


def test_the_view_that_an_act_returns_is_what_is_on_record(context: Context) -> None:
    number = standing(context, SENDING)
    for act in (steering.pause, steering.resume, steering.cancel):
        returned: BroadcastView = act(context, number)
        assert returned == broadcast(context.database, number)


def test_what_has_begun_goes_on_and_ends_though_the_clock_was_set_back(
    context: Context, clock: FrozenClock
) -> None:
    add_recipients(context.database, 1)
    number = add_broadcast(context.database, scheduled_at=NOON)
    (one,) = claim(context.database, number, add_worker(context.database), 1)
    clock.advance(hours=-1)
    steering.pause(context, number)
    assert steering.resume(context, number).state is SENDING
    record(context.database, result(one, DeliveryStatus.SENT))
    assert broadcast(context.database, number).state is FINISHED


AGREED: dict[str, Act] = {
    "retry": lambda context, number: steering.retry(context, number, expected=2),
    "sent": lambda context, number: steering.resolve(context, number, resend=False, expected=2),
    "resend": lambda context, number: steering.resolve(context, number, resend=True, expected=2),
}


@pytest.mark.parametrize("act", AGREED)
def test_others_than_were_agreed_to_are_left_alone(context: Context, act: str) -> None:
    number = standing(context, PAUSED)
    before = statuses(context.database, number)
    with pytest.raises(RefusedError, match=r"^Meanwhile it is 1 and not 2: look again"):
        AGREED[act](context, number)
    assert statuses(context.database, number) == before
