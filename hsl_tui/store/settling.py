"""The operators' moves in the ledger: cancel, retry, resolve, forget.

The caller holds the broadcast's lock and sets its state; each gives how many deliveries it moved.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, case, func, update
from sqlmodel import Session, col, select

from hsl_tui.models.delivery_criteria import EVERY, DeliveryCriteria
from hsl_tui.models.enums import Act, BroadcastState, DeliveryStatus, ErrorKind, RecipientState
from hsl_tui.models.tables import Delivery, DeliveryError, Recipient
from hsl_tui.models.types import EPOCH
from hsl_tui.models.views import BroadcastView, Retriable
from hsl_tui.store import broadcasts, reasons, rows
from hsl_tui.store.conditions import is_remembered, status_is
from hsl_tui.store.delivery_conditions import picked


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


def cancel_those_to(
    session: Session,
    locked: Mapping[int, BroadcastView],
    recipient_id: int,
    *,
    now: datetime,
) -> tuple[int, list[BroadcastView]]:
    """Cancel what has not been claimed yet of what is meant for one recipient.

    Args:
        locked: the broadcasts that it is looked for in.

    Returns:
        How many were cancelled, and the broadcasts that this finished.
    """
    number = 0
    finished: list[BroadcastView] = []
    reason = reasons.Reason(ErrorKind.RECIPIENT_INACTIVE, None, "The recipient was forgotten.")
    for broadcast in locked.values():
        theirs = (
            col(Delivery.broadcast_id) == broadcast.id,
            col(Delivery.recipient_id) == recipient_id,
            status_is(DeliveryStatus.PENDING),
        )
        if session.execute(select(Delivery.seq).where(*theirs)).first() is None:
            continue
        cancelled = {
            "status": DeliveryStatus.CANCELLED,
            "error_id": reasons.ids(session, [reason])[reason],
        }
        number += rows.affected(session, update(Delivery).where(*theirs).values(**cancelled))
        delta = {DeliveryStatus.PENDING: -1, DeliveryStatus.CANCELLED: 1}
        finished += broadcasts.apply(session, {broadcast.id: delta}, now=now)
        is_last = broadcast.counts[DeliveryStatus.PENDING] == 1
        if broadcast.state is BroadcastState.SCHEDULED and is_last:
            # When its time came, nothing would be left to end it.
            over = BroadcastState.FINISHED
            broadcasts.set_state(session, broadcast.id, over, finished_at=now)
            finished += broadcasts.lock(session, [broadcast.id]).values()
    return number, finished


def retriable(
    session: Session, broadcast: BroadcastView, criteria: DeliveryCriteria = EVERY
) -> Retriable:
    """Count what :func:`retry_failed` would put back, and what it would leave."""
    can_pass = func.coalesce(func.sum(case((_can_pass(), 1), else_=0)), 0)
    of_it = col(Delivery.broadcast_id) == broadcast.id
    where = (of_it, status_is(DeliveryStatus.FAILED), *picked(criteria))
    failed, passing = session.execute(select(func.count(), can_pass).where(*where)).one()
    query = select(func.count()).where(*where, _can_pass(), _can_be_reached(broadcast))
    again = session.execute(query).scalar_one()
    return Retriable(failed, passing, again)


def retry_failed(
    session: Session,
    broadcast: BroadcastView,
    *,
    now: datetime,
    criteria: DeliveryCriteria = EVERY,
) -> int:
    """Put back those that failed for a reason that can pass and whose recipient is active.

    An edit or a recall is done in the chats of the others too.
    """
    which = [_can_pass(), *picked(criteria), _can_be_reached(broadcast)]
    return _move(
        session,
        broadcast,
        which,
        now=now,
        before=DeliveryStatus.FAILED,
        after=DeliveryStatus.PENDING,
    )


def count_uncertain(session: Session, broadcast_id: int, criteria: DeliveryCriteria = EVERY) -> int:
    """How many are uncertain."""
    of_it = col(Delivery.broadcast_id) == broadcast_id
    which = (of_it, status_is(DeliveryStatus.UNCERTAIN), *picked(criteria))
    number: int = session.execute(select(func.count()).where(*which)).scalar_one()
    return number


def resolve_uncertain(
    session: Session,
    broadcast: BroadcastView,
    after: DeliveryStatus,
    *,
    now: datetime,
    criteria: DeliveryCriteria = EVERY,
) -> int:
    """Settle ``uncertain`` ones as ``sent``, or put them back to ``pending``.

    What would be sent to somebody who is not active any more stays uncertain: it would come to
    nothing, and it may have arrived.
    """
    which = picked(criteria)
    if after is DeliveryStatus.PENDING:
        which.append(_can_be_reached(broadcast))
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


def _can_pass() -> ColumnElement[bool]:
    kinds = [kind for kind in ErrorKind if kind.can_pass]
    reasons = select(DeliveryError.id).where(col(DeliveryError.kind).in_(kinds))
    return col(Delivery.error_id).in_(reasons)


def _can_be_reached(broadcast: BroadcastView) -> ColumnElement[bool]:
    """Whether something would be tried for the recipient, as ``worker/verdicts.py`` decides it."""
    recipient = select(Recipient.id).where(col(Recipient.id) == col(Delivery.recipient_id))
    if broadcast.act is Act.SEND:
        return recipient.where(Recipient.state == RecipientState.ACTIVE).exists()
    return recipient.where(is_remembered()).exists()
