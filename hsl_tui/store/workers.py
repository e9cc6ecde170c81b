"""Workers and their heartbeats."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import update
from sqlmodel import Session, col, select

from hsl_tui.models.enums import DeliveryStatus
from hsl_tui.models.tables import Delivery, Worker
from hsl_tui.models.views import WorkerView
from hsl_tui.store import rows
from hsl_tui.store.conditions import status_is


def enter(
    session: Session, *, host: str, pid: int, process_started: str, bot_id: int, now: datetime
) -> int:
    """Add a worker and return its id."""
    row = Worker(
        host=host,
        pid=pid,
        process_started=process_started,
        bot_id=bot_id,
        started_at=now,
        beat_at=now,
    )
    return rows.add(session, row)


def beat(session: Session, worker_id: int, *, now: datetime) -> bool:
    """Note that a worker is alive; False when others have taken it for dead meanwhile."""
    result = session.execute(
        update(Worker)
        .where(col(Worker.id) == worker_id, col(Worker.stopped_at).is_(None))
        .values(beat_at=now)
        .returning(col(Worker.id))
    )
    return result.first() is not None


def leave(session: Session, worker_id: int, *, now: datetime) -> None:
    """Note that a worker ended in order."""
    session.execute(update(Worker).where(col(Worker.id) == worker_id).values(stopped_at=now))


def bury(session: Session, worker: WorkerView, *, now: datetime) -> bool:
    """Note that a worker was found dead; False when it has beaten since, or others were first."""
    result = session.execute(
        update(Worker)
        .where(
            col(Worker.id) == worker.id,
            col(Worker.beat_at) == worker.beat_at,
            col(Worker.stopped_at).is_(None),
        )
        .values(stopped_at=now)
        .returning(col(Worker.id))
    )
    return result.first() is not None


def ended_with_claims(session: Session) -> Sequence[WorkerView]:
    """Workers that have ended, or were found dead, and have deliveries as ``sending`` all the same.

    One that was taken for dead claims under its old number until it notices.
    """
    holders = select(Delivery.worker_id).where(status_is(DeliveryStatus.SENDING))
    query = select(Worker).where(col(Worker.stopped_at).is_not(None), col(Worker.id).in_(holders))
    return [_view(row, alive=False) for row in session.exec(query.order_by(col(Worker.id)))]


def standing(session: Session, *, now: datetime, timeout: float) -> Sequence[WorkerView]:
    """Workers that have not ended, with whether they have beaten within ``timeout`` seconds.

    A heartbeat that lies further ahead was written before the clock was set back, and says as
    little: who lives beats again.
    """
    query = select(Worker).where(col(Worker.stopped_at).is_(None)).order_by(col(Worker.id))
    span = timedelta(seconds=timeout)
    return [
        _view(row, alive=now - span <= row.beat_at <= now + span)
        for row in session.exec(query.execution_options(populate_existing=True))
    ]


def _view(row: Worker, *, alive: bool) -> WorkerView:
    return WorkerView(
        id=row.id or 0,
        host=row.host,
        pid=row.pid,
        process_started=row.process_started,
        bot_id=row.bot_id,
        started_at=row.started_at,
        beat_at=row.beat_at,
        alive=alive,
    )
