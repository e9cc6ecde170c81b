"""What was meant for one recipient, over all broadcasts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy import func
from sqlmodel import Session, col

from hsl_tui.models.content import MessageContent
from hsl_tui.models.tables import Broadcast, Delivery, DeliveryError, Recipient
from hsl_tui.models.views import Received
from hsl_tui.store import deliveries

_BROADCAST: Final[Sequence[Any]] = (
    Broadcast.act,
    Broadcast.target_id,
    Broadcast.text,
    Broadcast.content,
    func.coalesce(col(Broadcast.started_at), col(Broadcast.created_at)),
)


def window(
    session: Session,
    recipient_id: int,
    *,
    limit: int,
    beyond: int | None = None,
    backwards: bool = False,
) -> Sequence[Received]:
    """Up to ``limit`` deliveries to one recipient, the newest broadcast first.

    The history of broadcasts is walked, and each looked up in the index that knows who is in it: no
    index of the ledger, which is the large table, is needed for that.

    Args:
        beyond: go on behind this broadcast, or before it if ``backwards``.
        backwards: those just before that, or the last ones; still the newest first.
    """
    number: Any = col(Broadcast.id)
    query = (
        sa.select(*deliveries.COLUMNS, *_BROADCAST)
        .select_from(Broadcast)
        .join(
            Delivery,
            sa.and_(
                col(Delivery.broadcast_id) == number, col(Delivery.recipient_id) == recipient_id
            ),
        )
        .join(Recipient, col(Recipient.id) == col(Delivery.recipient_id))
        .join(DeliveryError, col(DeliveryError.id) == col(Delivery.error_id), isouter=True)
        .order_by(number if backwards else number.desc())
        .limit(limit)
    )
    if beyond is not None:
        query = query.where(number > beyond if backwards else number < beyond)
    rows = [_view(tuple(row)) for row in session.execute(query)]
    return rows[::-1] if backwards else rows


def _view(row: tuple[Any, ...]) -> Received:
    of = len(deliveries.COLUMNS)
    act, target_id, text, content, begun_at = row[of:]
    return Received(
        deliveries.view(row[:of]), act, target_id, MessageContent(text=text, **content), begun_at
    )
