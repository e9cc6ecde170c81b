"""Broadcasts: ``message_history``, its states and its counters."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy import func, literal, literal_column, update
from sqlmodel import Session, col, select
from sqlmodel.sql.expression import SelectOfScalar

from hsl_tui.models.content import MessageContent
from hsl_tui.models.enums import BroadcastState, DeliveryStatus, UncertainPolicy
from hsl_tui.models.tables import Broadcast, Delivery
from hsl_tui.models.types import UtcDateTime
from hsl_tui.models.views import BroadcastView
from hsl_tui.store import rows
from hsl_tui.store.conditions import state_is, status_is
from hsl_tui.store.texts import storable

Deltas = Mapping[int, Mapping[DeliveryStatus, int]]
"""By broadcast: by how much each count changes."""

_HIGHEST: Final = 2**63 - 1
"""No database could even be asked for a higher number."""


def insert(
    session: Session,
    *,
    content: MessageContent,
    audience: Sequence[str],
    state: BroadcastState,
    on_uncertain: UncertainPolicy,
    scheduled_at: datetime | None,
    idempotency_key: str | None,
    created_by: str,
    created_at: datetime,
) -> int | None:
    """Add a broadcast without deliveries and return its id; None if its key is taken."""
    row = Broadcast(
        text=content.text,
        content=content.model_dump(mode="json", exclude={"text"}),
        audience=list(audience),
        state=state,
        on_uncertain=on_uncertain,
        scheduled_at=scheduled_at,
        idempotency_key=idempotency_key,
        created_by=created_by,
        created_at=created_at,
    )
    return rows.add_unless(session, row, taken="idempotency_key")


def get(session: Session, broadcast_id: int) -> BroadcastView | None:
    """One broadcast, or None."""
    if broadcast_id > _HIGHEST:
        return None
    found = _views(session, select(Broadcast).where(Broadcast.id == broadcast_id))
    return found[0] if found else None


def by_idempotency_key(session: Session, key: str) -> BroadcastView | None:
    """The broadcast that was queued under this key, or None."""
    found = _views(session, select(Broadcast).where(Broadcast.idempotency_key == key))
    return found[0] if found else None


def latest(
    session: Session,
    *,
    limit: int,
    state: BroadcastState | None = None,
    before: int | None = None,
) -> Sequence[BroadcastView]:
    """Broadcasts by number, newest first; ``before`` goes on from an earlier window."""
    query = select(Broadcast).order_by(col(Broadcast.id).desc()).limit(limit)
    if state is not None:
        query = query.where(Broadcast.state == state)
    if before is not None:
        query = query.where(col(Broadcast.id) < before)
    return _views(session, query)


def lock(session: Session, broadcast_ids: Iterable[int]) -> dict[int, BroadcastView]:
    """Lock broadcasts, in one order for all, until the transaction ends.

    Whoever moves deliveries holds the row of their broadcast: that is what makes a claim, an
    outcome, a pause and a cancellation follow one another, and what keeps the counters true.
    """
    query = (
        select(Broadcast)
        .where(col(Broadcast.id).in_(sorted(one for one in set(broadcast_ids) if one <= _HIGHEST)))
        .order_by(col(Broadcast.id))
        .with_for_update(key_share=True)
    )
    return {view.id: view for view in _views(session, query)}


def in_flight(session: Session, *, now: datetime, limit: int) -> list[int]:
    """Ids of broadcasts that have deliveries to send at this moment, oldest first."""
    # The first by the order of the partial index rather than EXISTS: while most rows wait,
    # PostgreSQL would look for one by reading the table, and go on when all have been sent.
    first_waiting = (
        sa.select(col(Delivery.seq))
        .where(
            col(Delivery.broadcast_id) == col(Broadcast.id),
            status_is(DeliveryStatus.PENDING),
            col(Delivery.not_before) <= now,
        )
        .order_by(col(Delivery.not_before), col(Delivery.seq))
        .limit(1)
        .scalar_subquery()
    )
    query = (
        select(Broadcast.id)
        .where(state_is(BroadcastState.SENDING), first_waiting.is_not(None))
        .order_by(col(Broadcast.id))
        .limit(limit)
    )
    return [broadcast_id for broadcast_id in session.exec(query) if broadcast_id is not None]


def due(session: Session, *, now: datetime) -> list[int]:
    """Ids of scheduled broadcasts whose time has come, in the order of their times."""
    query = (
        select(Broadcast.id)
        .where(state_is(BroadcastState.SCHEDULED), col(Broadcast.scheduled_at) <= now)
        .order_by(col(Broadcast.scheduled_at), col(Broadcast.id))
    )
    return [broadcast_id for broadcast_id in session.exec(query) if broadcast_id is not None]


def next_scheduled_at(session: Session) -> datetime | None:
    """The earliest time that any scheduled broadcast waits for."""
    query = (
        select(Broadcast.scheduled_at)
        .where(state_is(BroadcastState.SCHEDULED))
        .order_by(col(Broadcast.scheduled_at))
        .limit(1)
    )
    return session.exec(query).one_or_none()


def set_state(
    session: Session,
    broadcast_id: int,
    state: BroadcastState,
    *,
    reason: str | None = None,
    finished_at: datetime | None = None,
) -> None:
    """Move a broadcast that the caller has locked."""
    session.execute(
        update(Broadcast)
        .where(col(Broadcast.id) == broadcast_id)
        .values(
            state=state,
            state_reason=None if reason is None else storable(reason),
            finished_at=finished_at,
        )
    )


def launch(
    session: Session,
    broadcast_id: int,
    state: BroadcastState,
    *,
    scheduled_at: datetime | None,
    deliveries: int,
) -> None:
    """Put a draft, whose deliveries have just been added, in the workers' hands."""
    session.execute(
        update(Broadcast)
        .where(col(Broadcast.id) == broadcast_id)
        .values(
            state=state,
            scheduled_at=scheduled_at,
            pending=deliveries,
            total_recipients=deliveries,
        )
    )


def apply(
    session: Session,
    deltas: Deltas,
    *,
    now: datetime,
    state: BroadcastState | None = None,
) -> list[BroadcastView]:
    """Move the counters with the deliveries, and finish what has nothing left to send.

    Call it in the transaction that moved the deliveries, with their broadcasts locked.

    Args:
        state: a state to enter in the same statement (the table's own checks would refuse the
            steps in between); the broadcast then counts as unfinished again.

    Returns:
        The broadcasts that this finished.
    """
    finished = []
    for broadcast_id in sorted(deltas):
        values: dict[str, Any] = {
            status.value: literal_column(status.value) + change
            for status, change in deltas[broadcast_id].items()
            if change
        }
        if deltas[broadcast_id].get(DeliveryStatus.SENDING, 0) > 0:
            values["started_at"] = func.coalesce(
                col(Broadcast.started_at), literal(now, UtcDateTime())
            )
        if state is not None:
            values |= {"state": state, "state_reason": None, "finished_at": None}
        if values:
            session.execute(
                update(Broadcast).where(col(Broadcast.id) == broadcast_id).values(**values)
            )
        done = _finish(session, broadcast_id, now)
        if done is not None:
            finished.append(done)
    return finished


def _finish(session: Session, broadcast_id: int, now: datetime) -> BroadcastView | None:
    result = session.execute(
        update(Broadcast)
        .where(
            col(Broadcast.id) == broadcast_id,
            col(Broadcast.state).in_((BroadcastState.SENDING, BroadcastState.PAUSED)),
            col(Broadcast.total_recipients) > 0,
            col(Broadcast.pending) == 0,
            col(Broadcast.sending) == 0,
        )
        .values(state=BroadcastState.FINISHED, finished_at=now)
        .returning(col(Broadcast.id))
    )
    return None if result.first() is None else get(session, broadcast_id)


def _views(session: Session, query: SelectOfScalar[Broadcast]) -> list[BroadcastView]:
    # Counters are moved by statements that the session's own copies of rows know nothing of.
    fresh = query.execution_options(populate_existing=True)
    return [_view(row) for row in session.exec(fresh)]


def _view(row: Broadcast) -> BroadcastView:
    return BroadcastView(
        id=row.id or 0,
        content=MessageContent(text=row.text, **row.content),
        audience=tuple(row.audience),
        state=row.state,
        state_reason=row.state_reason,
        on_uncertain=row.on_uncertain,
        created_by=row.created_by,
        created_at=row.created_at,
        scheduled_at=row.scheduled_at,
        started_at=row.started_at,
        finished_at=row.finished_at,
        total_recipients=row.total_recipients,
        counts={status: getattr(row, status.value) for status in DeliveryStatus},
    )
