"""The operators' moves in the ledger: cancel, retry, resolve.

The caller holds the broadcast's lock and sets its state; each gives how many deliveries it moved.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, update
from sqlmodel import Session, col, select

from hsl_tui.models.enums import Act, DeliveryStatus, ErrorKind, RecipientState
from hsl_tui.models.tables import Delivery, DeliveryError, Recipient
from hsl_tui.models.types import EPOCH
from hsl_tui.models.views import BroadcastView
from hsl_tui.store import broadcasts, rows
from hsl_tui.store.conditions import status_is


def cancel_pending(session: Session, broadcast: BroadcastView, *, now: datetime) -> int:
    """Cancel what has not been claimed yet; the caller holds the lock and sets the state."""
    return _move(
        session,
        broadcast,
        [],
        now=now,
        before=DeliveryStatus.PENDING,
        after=DeliveryStatus.CANCELLED,
    )


def retry_failed(session: Session, broadcast: BroadcastView, *, now: datetime) -> int:
    """Put back those that failed for a reason that can pass and whose recipient is active.

    An edit or a recall is done in the chats of the others too.
    """
    can_pass = select(DeliveryError.id).where(
        col(DeliveryError.kind).in_([kind for kind in ErrorKind if kind.can_pass])
    )
    which: list[ColumnElement[bool]] = [col(Delivery.error_id).in_(can_pass)]
    if broadcast.act is Act.SEND:
        which.append(_recipient_is_active())
    return _move(
        session,
        broadcast,
        which,
        now=now,
        before=DeliveryStatus.FAILED,
        after=DeliveryStatus.PENDING,
    )


def resolve_uncertain(
    session: Session,
    broadcast: BroadcastView,
    after: DeliveryStatus,
    *,
    chat_ids: Sequence[int] | None,
    now: datetime,
) -> int:
    """Settle ``uncertain`` ones as ``sent``, or put them back to ``pending``."""
    which = []
    if chat_ids is not None:
        chosen = select(Recipient.id).where(col(Recipient.chat_id).in_(chat_ids))
        which.append(col(Delivery.recipient_id).in_(chosen))
    return _move(session, broadcast, which, now=now, before=DeliveryStatus.UNCERTAIN, after=after)


def _move(
    session: Session,
    broadcast: BroadcastView,
    which: Sequence[ColumnElement[bool]],
    *,
    now: datetime,
    before: DeliveryStatus,
    after: DeliveryStatus,
) -> int:
    values: dict[str, Any] = {"status": after}
    if after is not DeliveryStatus.CANCELLED:
        values["error_id"] = None
    if after is DeliveryStatus.PENDING:
        values |= {"attempts": 0, "not_before": EPOCH}
    if before is DeliveryStatus.FAILED:
        # Its answer is known: whoever records it once more must not undo the retry.
        values["token"] = col(Delivery.token) + 1
    moved = rows.affected(
        session,
        update(Delivery)
        .where(col(Delivery.broadcast_id) == broadcast.id, status_is(before), *which)
        .values(**values),
    )
    if moved:
        delta = {before: -moved, after: moved}
        enters = broadcasts.goes_on(broadcast, delta)
        broadcasts.apply(session, {broadcast.id: delta}, now=now, state=enters)
    return moved


def _recipient_is_active() -> ColumnElement[bool]:
    active = select(Recipient.id).where(
        col(Recipient.id) == col(Delivery.recipient_id), Recipient.state == RecipientState.ACTIVE
    )
    return active.exists()
