"""Deliveries as people read them: a window of one broadcast's rows, anywhere in a million.

And the one thing that may be changed of them without their status: when they are tried again.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy import Select, func, update
from sqlmodel import Session, col, select

from hsl_tui.models.enums import DeliveryStatus, ErrorKind
from hsl_tui.models.tables import Delivery, DeliveryError, Recipient
from hsl_tui.models.types import EPOCH
from hsl_tui.models.views import DeliveryView
from hsl_tui.store import rows
from hsl_tui.store.conditions import status_is

_BATCH: Final = 1000


def hasten(session: Session, broadcast_ids: Iterable[int], *, now: datetime) -> int:
    """Let those that wait for their next attempt be tried at once; how many.

    The caller holds the locks of their broadcasts.
    """
    return rows.affected(
        session,
        update(Delivery)
        .where(
            col(Delivery.broadcast_id).in_(list(broadcast_ids)),
            status_is(DeliveryStatus.PENDING),
            col(Delivery.not_before) > now,
        )
        .values(not_before=EPOCH),
    )


def window(
    session: Session,
    broadcast_id: int,
    *,
    limit: int,
    after: int = 0,
    status: DeliveryStatus | None = None,
) -> Sequence[DeliveryView]:
    """Up to ``limit`` deliveries with a ``seq`` beyond ``after``, in their order."""
    query = (
        _query()
        .where(col(Delivery.broadcast_id) == broadcast_id, col(Delivery.seq) > after)
        .order_by(col(Delivery.seq))
        .limit(limit)
    )
    if status is not None:
        query = query.where(status_is(status))
    return [_view(row) for row in session.execute(query)]


def every(session: Session, broadcast_id: int) -> Iterator[DeliveryView]:
    """All deliveries of a broadcast, in their order, a batch in memory at a time."""
    after = 0
    while rows := window(session, broadcast_id, limit=_BATCH, after=after):
        yield from rows
        after = rows[-1].seq


def top_reasons(
    session: Session, broadcast_id: int, *, limit: int
) -> Sequence[tuple[ErrorKind, str, int]]:
    """The most frequent reasons of failure: kind, description, how many."""
    number = func.count().label("number")
    query = (
        select(DeliveryError.kind, DeliveryError.description, number)
        .join(Delivery, col(Delivery.error_id) == col(DeliveryError.id))
        .where(
            Delivery.broadcast_id == broadcast_id,
            status_is(DeliveryStatus.FAILED),
        )
        .group_by(col(DeliveryError.kind), col(DeliveryError.description))
        .order_by(number.desc())
        .limit(limit)
    )
    return [(kind, description, count) for kind, description, count in session.execute(query)]


_COLUMNS: Sequence[Any] = (
    Delivery.broadcast_id,
    Delivery.seq,
    Recipient.chat_id,
    Recipient.username,
    Recipient.first_name,
    Recipient.last_name,
    Delivery.status,
    Delivery.attempts,
    Delivery.telegram_message_id,
    DeliveryError.kind,
    func.nullif(DeliveryError.code, 0),
    DeliveryError.description,
    Delivery.sent_at,
    Delivery.not_before,
)


def _query() -> Select[Any]:
    return (
        sa.select(*_COLUMNS)
        .join(Recipient, col(Recipient.id) == col(Delivery.recipient_id))
        .join(DeliveryError, col(DeliveryError.id) == col(Delivery.error_id), isouter=True)
    )


def _view(row: Any) -> DeliveryView:
    view = DeliveryView(*row)
    return view if view.not_before != EPOCH else replace(view, not_before=None)
