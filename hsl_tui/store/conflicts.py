"""What else is going on beside an order: broadcasts that say the same, and those that are sent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import sqlalchemy as sa
from sqlalchemy import func, or_
from sqlmodel import Session, col

from hsl_tui.models.enums import Act, BroadcastState, DeliveryStatus
from hsl_tui.models.selector import Selector
from hsl_tui.models.tables import Broadcast, Delivery, Recipient
from hsl_tui.store import audience
from hsl_tui.store.conditions import state_is

MOST_COUNTED: Final = 100_000
"""People who get the same twice; beyond that it is known well enough."""

_HAVE_IT: Final = (
    DeliveryStatus.PENDING,
    DeliveryStatus.SENDING,
    DeliveryStatus.SENT,
    DeliveryStatus.UNCERTAIN,
)
"""They have it, may have it, or are about to get it."""


@dataclass(frozen=True, slots=True)
class SameText:
    """A broadcast of the same text, recent or still to come.

    Attributes:
        at: when it ended, began, or is to begin, the first of these that is known.
    """

    broadcast_id: int
    state: BroadcastState
    at: datetime


def same_text(session: Session, text: str, *, since: datetime, limit: int) -> list[SameText]:
    """Broadcasts of this very text that ended after a moment, or have not ended; newest first."""
    at = func.coalesce(
        col(Broadcast.finished_at),
        col(Broadcast.started_at),
        col(Broadcast.scheduled_at),
        col(Broadcast.created_at),
    )
    unfinished = (BroadcastState.SCHEDULED, BroadcastState.SENDING, BroadcastState.PAUSED)
    query = (
        sa.select(col(Broadcast.id), col(Broadcast.state), at)
        .where(
            or_(*map(state_is, unfinished), col(Broadcast.finished_at) >= since),
            col(Broadcast.act) == Act.SEND,
            col(Broadcast.text) == text,
        )
        .order_by(col(Broadcast.id).desc())
        .limit(limit)
    )
    return [SameText(*row) for row in session.execute(query)]


def shared(session: Session, broadcast_id: int, selectors: Sequence[Selector]) -> int:
    """How many whom the selectors pick have a broadcast, or are about to get it.

    Counts to just beyond :data:`MOST_COUNTED`.
    """
    both = (
        sa.select(col(Delivery.seq))
        .join(Recipient, col(Recipient.id) == col(Delivery.recipient_id))
        .where(
            col(Delivery.broadcast_id) == broadcast_id,
            col(Delivery.status).in_(_HAVE_IT),
            audience.condition(session, selectors),
        )
        .limit(MOST_COUNTED + 1)
        .subquery()
    )
    number: int = session.execute(sa.select(func.count()).select_from(both)).scalar_one()
    return number


def in_the_way(session: Session) -> tuple[int, int]:
    """How many broadcasts are being sent, and how many deliveries of theirs still wait."""
    query = sa.select(func.count(), func.coalesce(func.sum(col(Broadcast.pending)), 0)).where(
        state_is(BroadcastState.SENDING)
    )
    broadcasts, waiting = session.execute(query).one()
    return broadcasts, int(waiting)
