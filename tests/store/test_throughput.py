"""How fast broadcasts go is counted with the outcomes, and read by a few short rows."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from hsl_tui.models.enums import BroadcastState, DeliveryStatus
from hsl_tui.store import throughput
from hsl_tui.store.database import Database
from hsl_tui.store.recording import Result
from hsl_tui.store.throughput import Bucket, Traffic
from tests.builders import (
    BLOCKED,
    REFUSED,
    add_broadcast,
    add_recipients,
    at_once,
    claim,
    record,
    result,
    set_state,
)
from tests.conftest import NOON
from tests.store.test_history_plans import explained

TEN = timedelta(seconds=10)
SENT, FAILED, UNCERTAIN, PENDING = (
    DeliveryStatus.SENT,
    DeliveryStatus.FAILED,
    DeliveryStatus.UNCERTAIN,
    DeliveryStatus.PENDING,
)


def after(of: Result, seconds: float) -> Result:
    return replace(of, at=NOON + timedelta(seconds=seconds))


def buckets(database: Database, broadcast_id: int, width: timedelta = TEN) -> list[Bucket]:
    with database.read() as session:
        return throughput.buckets(session, broadcast_id, since=NOON, width=width)


def rates(database: Database, seconds: float) -> dict[int, float]:
    with database.read() as session:
        return throughput.rates(session, now=NOON + timedelta(seconds=seconds))


def send(database: Database, worker: int, broadcast_id: int, *seconds: float) -> None:
    """One message at each of these moments, all recorded in one commit."""
    claims = claim(database, broadcast_id, worker, len(seconds))
    results = [result(one, SENT) for one in claims]
    record(database, *(after(*both) for both in zip(results, seconds, strict=True)))


def test_outcomes_are_counted_in_the_ten_seconds_they_fall_into(
    database: Database, worker: int
) -> None:
    add_recipients(database, 5)
    broadcast_id = add_broadcast(database)
    first, second, third, fourth, fifth = claim(database, broadcast_id, worker, 5)
    record(
        database,
        after(result(first, SENT), 0),
        after(result(second, FAILED, reason=BLOCKED), 9.999),
        after(result(third, UNCERTAIN), 10),
    )
    record(database, after(result(fourth, SENT), 3), after(result(fifth, SENT), 25))
    assert buckets(database, broadcast_id) == [
        Bucket(NOON, sent=2, failed=1, uncertain=0),
        Bucket(NOON + TEN, sent=0, failed=0, uncertain=1),
        Bucket(NOON + 2 * TEN, sent=1, failed=0, uncertain=0),
    ]
    assert buckets(database, broadcast_id, 2 * TEN) == [
        Bucket(NOON, sent=2, failed=1, uncertain=1),
        Bucket(NOON + 2 * TEN, sent=1, failed=0, uncertain=0),
    ]
    with database.read() as session:
        assert throughput.span(session, broadcast_id) == (NOON, NOON + 3 * TEN)


def test_what_is_tried_again_or_came_too_late_is_not_counted(
    database: Database, worker: int, three: int
) -> None:
    first, second, third = claim(database, three, worker, 3)
    record(database, result(first, PENDING, reason=REFUSED))
    record(database, result(second, SENT))
    # The claim had been lost: the row has been claimed again since.
    record(database, result(replace(third, token=third.token + 1), SENT))
    assert buckets(database, three) == [Bucket(NOON, sent=1, failed=0, uncertain=0)]
    with database.read() as session:
        assert throughput.span(session, three + 1) is None


def test_several_workers_add_to_the_same_ten_seconds(database: Database, worker: int) -> None:
    add_recipients(database, 40)
    both = [add_broadcast(database), add_broadcast(database)]
    claims = [claim(database, broadcast_id, worker, 40) for broadcast_id in both]

    def record_every_fourth(which: int) -> None:
        mine = zip(claims[0][which::4], claims[1][which::4], strict=True)
        for pair in mine:
            ordered = pair if which % 2 else pair[::-1]
            record(database, *(result(one, SENT) for one in ordered))

    at_once(4, record_every_fourth)
    for broadcast_id in both:
        assert buckets(database, broadcast_id) == [Bucket(NOON, sent=40, failed=0, uncertain=0)]


def test_the_rate_is_that_of_the_last_half_minute_of_whole_stretches(
    database: Database, worker: int
) -> None:
    add_recipients(database, 61)
    broadcast_id = add_broadcast(database)
    send(database, worker, broadcast_id, *range(60))
    # Nothing is known of it yet.
    assert rates(database, 9) == {}
    assert rates(database, 10) == {broadcast_id: 1.0}
    assert rates(database, 45) == {broadcast_id: 1.0}
    assert rates(database, 75) == {broadcast_id: pytest.approx(2 / 3)}
    assert rates(database, 95) == {}


def test_a_broadcast_that_began_within_a_stretch_is_measured_from_then(
    database: Database, worker: int
) -> None:
    add_recipients(database, 20)
    broadcast_id = add_broadcast(database)
    claims = claim(database, broadcast_id, worker, 20, now=NOON + timedelta(seconds=5))
    record(database, *(after(result(one, SENT), 6) for one in claims[:10]))
    assert rates(database, 11) == {broadcast_id: 2.0}


def traffic(database: Database, seconds: float) -> Traffic:
    with database.read() as session:
        return throughput.traffic(session, now=NOON + timedelta(seconds=seconds))


def test_what_all_come_to_is_that_of_the_last_ten_seconds_while_any_is_sent(
    database: Database, worker: int
) -> None:
    add_recipients(database, 30)
    assert traffic(database, 0) == Traffic(under_way=False, rate=0.0)
    first = add_broadcast(database)
    send(database, worker, first, *range(20))
    assert traffic(database, 9) == Traffic(under_way=True, rate=0.0)
    assert traffic(database, 10) == Traffic(under_way=True, rate=1.0)
    assert traffic(database, 25) == Traffic(under_way=True, rate=1.0)
    assert traffic(database, 35) == Traffic(under_way=True, rate=0.0)
    send(database, worker, first, *(38 for _ in range(10)))
    assert traffic(database, 38) == Traffic(under_way=False, rate=0.0)


def test_two_that_follow_one_another_come_to_no_more_than_both_had(
    database: Database, worker: int
) -> None:
    add_recipients(database, 10)
    first, second = (add_broadcast(database) for _ in range(2))
    send(database, worker, first, *(0.4 * at for at in range(10)))
    claims = claim(database, second, worker, 9, now=NOON + timedelta(seconds=4))
    record(database, *(after(result(one, SENT), 5) for one in claims))
    with database.read() as session:
        assert throughput.rates(session, now=NOON + TEN) == {first: 1.0, second: 1.5}
    assert traffic(database, 10) == Traffic(under_way=True, rate=1.9)


def test_only_what_is_under_way_or_ended_lately_is_looked_at(
    database: Database, worker: int
) -> None:
    add_recipients(database, 3)
    ended, paused, drafted = (add_broadcast(database) for _ in range(3))
    send(database, worker, ended, 1, 2, 3)
    send(database, worker, paused, 1, 2)
    set_state(database, paused, BroadcastState.PAUSED)
    send(database, worker, drafted, 1)
    set_state(database, drafted, BroadcastState.DRAFT)
    assert set(rates(database, 10)) == {ended, paused}
    with_plan = explained(database, lambda session: throughput.rates(session, now=NOON))
    if database.is_sqlite:
        assert "SCAN message_history" not in with_plan
        assert "SCAN broadcast_throughput" not in with_plan
