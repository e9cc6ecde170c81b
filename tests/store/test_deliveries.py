"""Deliveries as people read them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import update
from sqlmodel import col

from hsl_tui.models.delivery_criteria import (
    Cause,
    DeliveryCriteria,
    DeliveryPlace,
    place_behind,
)
from hsl_tui.models.enums import DeliveryStatus, ErrorKind
from hsl_tui.models.tables import Delivery
from hsl_tui.store import deliveries
from hsl_tui.store.database import Database
from hsl_tui.store.reasons import Reason
from tests.builders import add_broadcast, add_recipients, add_worker, claim, record, result
from tests.conftest import NOON

PENDING, SENT, FAILED = DeliveryStatus.PENDING, DeliveryStatus.SENT, DeliveryStatus.FAILED


@pytest.fixture
def mixed(database: Database) -> int:
    """Ten deliveries: odd ones sent, of the even ones two blocked, one refused, two waiting."""
    add_recipients(database, 10)
    number = add_broadcast(database)
    add_broadcast(database)  # must not show among the first one's
    blocked = Reason(ErrorKind.BLOCKED, 403, "blocked")
    refused = Reason(ErrorKind.NOT_CONNECTED, None, "refused")
    reasons = {2: blocked, 4: blocked, 6: refused}
    results = []
    for one in claim(database, number, add_worker(database), 10):
        if one.seq % 2:
            results.append(result(one, SENT, message_id=one.seq))
        elif one.seq in reasons:
            results.append(result(one, FAILED, reason=reasons[one.seq]))
        else:
            later = NOON + timedelta(minutes=one.seq)
            results.append(result(one, PENDING, not_before=later, reason=refused))
    record(database, *results)
    return number


def seqs(
    database: Database,
    number: int,
    *,
    limit: int = 99,
    after: DeliveryPlace | None = None,
    before: DeliveryPlace | None = None,
    last: bool = False,
    **criteria: Any,
) -> list[int]:
    backwards = last or before is not None
    with database.read() as session:
        found = deliveries.window(
            session,
            number,
            DeliveryCriteria(**criteria),
            limit=limit,
            beyond=before if backwards else after,
            backwards=backwards,
        )
    return [one.seq for one in found]


def test_a_window_starts_anywhere(database: Database, mixed: int) -> None:
    assert seqs(database, mixed, limit=3) == [1, 2, 3]
    assert seqs(database, mixed, limit=3, after=place_behind(8)) == [9, 10]
    assert seqs(database, mixed, limit=3, after=place_behind(10)) == []
    assert seqs(database, mixed, limit=2, after=place_behind(2), status=SENT) == [3, 5]
    assert seqs(database, mixed, status=FAILED) == [2, 4, 6]
    assert seqs(database, mixed, status=FAILED, after=place_behind(2)) == [4, 6]
    assert seqs(database, 99) == []


def test_a_window_is_read_back_in_the_same_order(database: Database, mixed: int) -> None:
    assert seqs(database, mixed, limit=3, last=True) == [8, 9, 10]
    assert seqs(database, mixed, limit=3, before=place_behind(4)) == [1, 2, 3]
    assert seqs(database, mixed, limit=2, last=True, status=SENT) == [7, 9]
    assert seqs(database, mixed, limit=2, before=place_behind(6), status=FAILED) == [2, 4]


def test_those_that_wait_come_in_the_order_in_which_they_are_sent(
    database: Database, mixed: int
) -> None:
    with database.write() as session:
        session.execute(
            update(Delivery)
            .where(col(Delivery.broadcast_id) == mixed, col(Delivery.seq) == 10)
            .values(not_before=NOON)
        )
    assert seqs(database, mixed, status=PENDING) == [10, 8]
    assert seqs(database, mixed, status=PENDING, after=DeliveryPlace(NOON, 10)) == [8]
    assert seqs(database, mixed, status=PENDING, last=True, limit=1) == [8]
    eighth = DeliveryPlace(NOON + timedelta(minutes=8), 8)
    assert seqs(database, mixed, status=PENDING, before=eighth) == [10]


def test_calls_on_the_way_are_those_of_this_broadcast(database: Database) -> None:
    add_recipients(database, 4)
    first, second = add_broadcast(database), add_broadcast(database)
    worker = add_worker(database)
    claim(database, first, worker, 2)
    claim(database, second, worker, 1)
    sending = DeliveryStatus.SENDING
    assert seqs(database, first, status=sending) == [1, 2]
    assert seqs(database, first, status=sending, after=place_behind(1)) == [2]
    assert seqs(database, first, status=sending, last=True, limit=1) == [2]
    assert seqs(database, second, status=sending) == [1]


def test_one_reason_alone(database: Database, mixed: int) -> None:
    blocked = Cause(ErrorKind.BLOCKED, "blocked")
    assert seqs(database, mixed, status=FAILED, cause=blocked) == [2, 4]
    assert seqs(database, mixed, cause=Cause(ErrorKind.NOT_CONNECTED, "refused")) == [6, 8, 10]
    assert seqs(database, mixed, cause=Cause(ErrorKind.NOT_CONNECTED, "other")) == []
    assert seqs(database, mixed, cause=Cause(ErrorKind.BLOCKED)) == [2, 4]


@pytest.mark.parametrize("few", [0, 1000], ids=["thick in the ledger", "one by one"])
def test_a_search_finds_beginnings_within_the_broadcast(
    database: Database, mixed: int, monkeypatch: pytest.MonkeyPatch, few: int
) -> None:
    monkeypatch.setattr(deliveries, "_FEW", few)
    add_recipients(database, 3, first=10011)  # they are not in it
    assert seqs(database, mixed, search="n100") == [1, 2, 3, 4, 5, 6, 7, 8, 9]
    assert seqs(database, mixed, search="1010") == [10]
    assert seqs(database, mixed, search="N1004") == [4]
    assert seqs(database, mixed, search="n100", status=FAILED) == [2, 4, 6]
    assert seqs(database, mixed, search="n100", limit=2, after=place_behind(3)) == [4, 5]
    assert seqs(database, mixed, search="n100", limit=2, before=place_behind(3)) == [1, 2]
    assert seqs(database, mixed, search="n100", limit=2, last=True) == [8, 9]
    assert seqs(database, mixed, search="n10", status=PENDING, last=True) == [8, 10]
    assert seqs(database, mixed, search="zoe") == []


def test_chats_that_were_marked(database: Database, mixed: int) -> None:
    assert seqs(database, mixed, chat_ids=frozenset({1002, 1003, 77})) == [2, 3]
    assert seqs(database, mixed, chat_ids=frozenset()) == []


def test_one_delivery_by_its_number(database: Database, mixed: int) -> None:
    with database.read() as session:
        fourth = deliveries.get(session, mixed, 4)
        assert fourth is not None
        assert (fourth.seq, fourth.chat_id) == (4, 1004)
        assert deliveries.get(session, mixed, 11) is None
        assert deliveries.claims(session, mixed, 4) == (1, "here, process 1")
        assert list(deliveries.album(session, mixed, 4)) == []


def test_a_delivery_says_for_whom_it_is_and_what_became_of_it(
    database: Database, mixed: int
) -> None:
    with database.read() as session:
        first, second, *_, eighth = deliveries.window(session, mixed, limit=8)
    assert (first.chat_id, first.first_name, first.sent_at) == (1001, "N1001", NOON)
    assert (first.telegram_message_id, first.error_kind, first.not_before) == (1, None, None)
    assert (second.error_kind, second.error_code, second.error) == (
        ErrorKind.BLOCKED,
        403,
        "blocked",
    )
    assert (eighth.status, eighth.error_code) == (PENDING, None)
    assert eighth.not_before == NOON + timedelta(minutes=8)


def test_all_of_them_come_once_however_many_batches_it_takes(
    database: Database, mixed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deliveries, "_BATCH", 3)
    with database.read() as session:
        assert [one.seq for one in deliveries.every(session, mixed)] == list(range(1, 11))


def test_the_most_frequent_reasons_come_first(database: Database, mixed: int) -> None:
    with database.read() as session:
        # Those that wait again have not failed.
        assert deliveries.top_reasons(session, mixed, limit=5) == [
            (ErrorKind.BLOCKED, "blocked", 2),
            (ErrorKind.NOT_CONNECTED, "refused", 1),
        ]
        assert len(deliveries.top_reasons(session, mixed, limit=1)) == 1
