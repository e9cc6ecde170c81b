"""Old deliveries removed, a batch at a time; their broadcasts keep what became of them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy import ColumnElement, delete, func, update
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, select

from hsl_tui.models.enums import BroadcastState
from hsl_tui.models.tables import AlbumMessage, Broadcast, Delivery, DeliveryError
from hsl_tui.store import rows

ENDED: Final = (BroadcastState.FINISHED, BroadcastState.CANCELLED)


def prunable(session: Session, *, before: datetime, of: int | None = None) -> list[int]:
    """The broadcasts that ended before a moment and have deliveries, in their order.

    Not those whose messages are being edited or recalled, and none with a call that is still open.

    Args:
        of: only this one.
    """
    query = select(Broadcast.id).where(*_ended(before)).order_by(col(Broadcast.id))
    if of is not None:
        query = query.where(Broadcast.id == of)
    return [number for number in session.exec(query) if number is not None]


def count(session: Session, *, before: datetime) -> tuple[int, int]:
    """How many broadcasts :func:`prunable` names, and how many deliveries they have."""
    deliveries = func.coalesce(func.sum(col(Broadcast.total_recipients)), 0)
    found, number = session.execute(
        sa.select(func.count(), deliveries).where(*_ended(before))
    ).one()
    return found, int(number)


def begun(session: Session) -> list[int]:
    """The broadcasts whose deliveries are to be gone, and of which some are still there."""
    left = sa.select(sa.literal(1)).where(col(Delivery.broadcast_id) == col(Broadcast.id))
    query = select(Broadcast.id).where(col(Broadcast.pruned_at).is_not(None), left.exists())
    return [number for number in session.exec(query) if number is not None]


def mark(session: Session, broadcast_id: int, *, now: datetime) -> None:
    """Have the deliveries of a broadcast, which the caller has locked, count as removed."""
    session.execute(
        update(Broadcast).where(col(Broadcast.id) == broadcast_id).values(pruned_at=now)
    )


def remove(session: Session, broadcast_id: int, *, limit: int) -> int:
    """Remove up to so many deliveries of a broadcast, which the caller has locked; how many.

    Less than ``limit`` may be removed while some are left; none only where none is left.
    """
    lowest = sa.select(func.min(Delivery.seq)).where(col(Delivery.broadcast_id) == broadcast_id)
    first: int | None = session.execute(lowest).scalar_one()
    if first is None:
        return 0
    # As a range of the ledger's own order.
    for table in (AlbumMessage, Delivery):
        of_it: Any = col(table.broadcast_id) == broadcast_id
        number = rows.affected(session, delete(table).where(of_it, col(table.seq) < first + limit))
    return number


def unused_reasons(session: Session) -> Sequence[int]:
    """The reasons that no delivery has any more."""
    query = select(DeliveryError.id).where(~_is_used()).order_by(col(DeliveryError.id))
    return [number for number in session.exec(query) if number is not None]


def remove_reason(session: Session, reason_id: int) -> int:
    """Remove a reason that no delivery has; 0 where one has it by now.

    One in a transaction: who records outcomes holds several, in an order of their own.
    """
    it = col(DeliveryError.id) == reason_id
    # Whoever is about to refer to it holds it; what they did is seen by the next statement.
    session.execute(sa.select(col(DeliveryError.id)).where(it).with_for_update())
    return rows.affected(session, delete(DeliveryError).where(it, ~_is_used()))


def _is_used() -> ColumnElement[bool]:
    return sa.exists().where(col(Delivery.error_id) == col(DeliveryError.id))


def _ended(before: datetime) -> tuple[ColumnElement[bool], ...]:
    follow_up = aliased(Broadcast)
    under_way = sa.exists().where(
        col(follow_up.target_id) == col(Broadcast.id), col(follow_up.state).not_in(ENDED)
    )
    return (
        col(Broadcast.finished_at) < before,
        col(Broadcast.state).in_(ENDED),
        col(Broadcast.pruned_at).is_(None),
        col(Broadcast.total_recipients) > 0,
        col(Broadcast.pending) == 0,
        col(Broadcast.sending) == 0,
        ~under_way,
    )
