"""Deliveries as people read them."""

from __future__ import annotations

from datetime import timedelta

import pytest

from hsl_tui.models.enums import DeliveryStatus, ErrorKind
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


def seqs(database: Database, number: int, **wanted: object) -> list[int]:
    with database.read() as session:
        return [one.seq for one in deliveries.window(session, number, **wanted)]  # type: ignore[arg-type] # as the tests below give them


def test_a_window_starts_anywhere(database: Database, mixed: int) -> None:
    assert seqs(database, mixed, limit=3) == [1, 2, 3]
    assert seqs(database, mixed, limit=3, after=8) == [9, 10]
    assert seqs(database, mixed, limit=3, after=10) == []
    assert seqs(database, mixed, limit=2, after=2, status=SENT) == [3, 5]
    assert seqs(database, mixed, limit=9, status=FAILED) == [2, 4, 6]
    assert seqs(database, 99, limit=9) == []


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
