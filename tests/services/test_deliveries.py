"""Deliveries read back, a window at a time and one in full."""

from __future__ import annotations

import pytest

from hsl_tui.errors import NotFoundError
from hsl_tui.models.delivery_criteria import DeliveryCriteria, place_of
from hsl_tui.models.enums import DeliveryStatus
from hsl_tui.models.tables import AlbumMessage
from hsl_tui.services import deliveries
from hsl_tui.services.context import Context
from tests.builders import (
    BLOCKED,
    add_broadcast,
    add_recipients,
    add_worker,
    claim,
    record,
    result,
)


@pytest.fixture
def number(context: Context) -> int:
    """A broadcast to five: two sent, the third failed."""
    add_recipients(context.database, 5)
    number = add_broadcast(context.database)
    first, second, third = claim(context.database, number, add_worker(context.database), 3)
    record(
        context.database,
        result(first, DeliveryStatus.SENT, message_id=71),
        result(second, DeliveryStatus.SENT, message_id=72),
        result(third, DeliveryStatus.FAILED, reason=BLOCKED),
    )
    return number


def test_windows_go_on_from_either_side(context: Context, number: int) -> None:
    first = deliveries.window(context, number, limit=2)
    assert [one.seq for one in first] == [1, 2]
    there = place_of(first[-1])
    assert [one.seq for one in deliveries.window(context, number, after=there)] == [3, 4, 5]
    last = deliveries.window_before(context, number, limit=2)
    assert [one.seq for one in last] == [4, 5]
    here = place_of(last[0])
    assert [one.seq for one in deliveries.window_before(context, number, before=here)] == [1, 2, 3]


def test_all_that_are_meant_come_once(
    context: Context, number: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deliveries, "_BATCH", 2)
    assert [one.seq for one in deliveries.every(context, number)] == [1, 2, 3, 4, 5]
    waiting = DeliveryCriteria(DeliveryStatus.PENDING)
    assert [one.seq for one in deliveries.every(context, number, waiting)] == [4, 5]


def test_a_card_tells_all_there_is(context: Context, number: int) -> None:
    with context.database.write() as session:
        for position in (1, 2):
            session.add(
                AlbumMessage(
                    broadcast_id=number, seq=1, position=position, telegram_message_id=80 + position
                )
            )
    card = deliveries.card(context, number, 1)
    assert (card.delivery.telegram_message_id, list(card.album)) == (71, [81, 82])
    assert (card.recipient.chat_id, card.claims, card.worker) == (1001, 1, "here, process 1")
    waits = deliveries.card(context, number, 5)
    assert (waits.delivery.status, waits.claims, waits.worker) == (DeliveryStatus.PENDING, 0, None)


def test_what_is_not_there_is_said(context: Context, number: int) -> None:
    with pytest.raises(NotFoundError, match=f"Broadcast {number} has no delivery 6"):
        deliveries.card(context, number, 6)
    with pytest.raises(NotFoundError, match="no broadcast 99"):
        deliveries.window(context, 99)
    with pytest.raises(NotFoundError, match="no broadcast 99"):
        deliveries.window_before(context, 99)
