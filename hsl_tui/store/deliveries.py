"""Deliveries as people read them: a window of one broadcast's rows, anywhere in a million.

And the one thing that may be changed of them without their status: when they are tried again.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy import ColumnElement, Select, func, update
from sqlmodel import Session, col

from hsl_tui.models.delivery_criteria import EVERY, DeliveryCriteria, DeliveryPlace, place_behind
from hsl_tui.models.enums import DeliveryStatus, ErrorKind
from hsl_tui.models.tables import AlbumMessage, Delivery, DeliveryError, Recipient, Worker
from hsl_tui.models.types import EPOCH, UtcDateTime
from hsl_tui.models.views import DeliveryView
from hsl_tui.store import beginnings, delivery_conditions, rows
from hsl_tui.store.conditions import status_is

_BATCH: Final = 1000
_BEGINNING: Final = place_behind(0)
_END: Final = DeliveryPlace(datetime(9999, 1, 1, tzinfo=UTC), 2**62)
_ON_THE_WAY: Final = (
    None,
    DeliveryStatus.PENDING,
    DeliveryStatus.SENDING,
    DeliveryStatus.SENT,
)
_FEW: Final = 30_000
"""Recipients that are looked up one by one; where more are found, the ledger is gone through, in
which they come thick enough."""


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
    criteria: DeliveryCriteria = EVERY,
    *,
    limit: int,
    beyond: DeliveryPlace | None = None,
    backwards: bool = False,
) -> Sequence[DeliveryView]:
    """Up to ``limit`` deliveries behind a place, or the first ones.

    Args:
        backwards: those before the place, or the last ones; in the same order.
    """
    waiting = criteria.status is DeliveryStatus.PENDING
    here = beyond or (_END if backwards else _BEGINNING)
    meant = delivery_conditions.of_list(broadcast_id, criteria)
    conditions = [*meant, _lies_beyond(here, waiting=waiting, backwards=backwards)]
    order: list[Any] = [col(Delivery.not_before), col(Delivery.seq)][not waiting :]
    order = [one.desc() if backwards else one for one in order]
    sought, seqs = beginnings.read(criteria.search), None
    if sought is not None and _are_few(session, sought):
        seqs = _found(session, sought, meant, beyond=here, waiting=waiting, backwards=backwards)
        seqs = seqs[:limit]
    elif sought is not None:
        columns = (column for _, column in sought.ranks())
        conditions.append(sa.or_(*(beginnings.matches(Recipient, sought, one) for one in columns)))
    elif criteria.status not in _ON_THE_WAY:
        # From its index alone: SQLite would rather go through all of the broadcast than look up
        # each row that the index names.
        by_index = sa.select(col(Delivery.seq)).where(*conditions).order_by(*order).limit(limit)
        seqs = list(session.execute(by_index).scalars())
    if seqs is not None:
        conditions = [col(Delivery.broadcast_id) == broadcast_id, col(Delivery.seq).in_(seqs)]
    query = _query().where(*conditions).order_by(*order).limit(limit)
    views = [view(row) for row in session.execute(query)]
    return views[::-1] if backwards else views


def every(
    session: Session, broadcast_id: int, criteria: DeliveryCriteria = EVERY
) -> Iterator[DeliveryView]:
    """All deliveries of a broadcast that are meant, in their order, a batch in memory at a time."""
    beyond = None
    while rows := window(session, broadcast_id, criteria, limit=_BATCH, beyond=beyond):
        yield from rows
        beyond = DeliveryPlace(rows[-1].not_before or EPOCH, rows[-1].seq)


def get(session: Session, broadcast_id: int, seq: int) -> DeliveryView | None:
    """One delivery by its number."""
    found = window(session, broadcast_id, limit=1, beyond=place_behind(seq - 1))
    return found[0] if found and found[0].seq == seq else None


def claims(session: Session, broadcast_id: int, seq: int) -> tuple[int, str | None]:
    """How often a delivery was claimed, and by whom last: host and process."""
    query = (
        sa.select(col(Delivery.token), col(Worker.host), col(Worker.pid))
        .outerjoin(Worker, col(Worker.id) == col(Delivery.worker_id))
        .where(col(Delivery.broadcast_id) == broadcast_id, col(Delivery.seq) == seq)
    )
    number, host, pid = session.execute(query).one()
    return number, None if host is None else f"{host}, process {pid}"


def album(session: Session, broadcast_id: int, seq: int) -> Sequence[int]:
    """Telegram's numbers of the messages of an album beyond its first."""
    query = (
        sa.select(col(AlbumMessage.telegram_message_id))
        .where(col(AlbumMessage.broadcast_id) == broadcast_id, col(AlbumMessage.seq) == seq)
        .order_by(col(AlbumMessage.position))
    )
    return session.execute(query).scalars().all()


def top_reasons(
    session: Session,
    broadcast_id: int,
    *,
    limit: int,
    status: DeliveryStatus = DeliveryStatus.FAILED,
) -> Sequence[tuple[ErrorKind, str, int]]:
    """The most frequent reasons of failure: kind, description, how many."""
    counted = (
        sa.select(col(Delivery.error_id), func.count().label("number"))
        .where(col(Delivery.broadcast_id) == broadcast_id, status_is(status))
        .group_by(col(Delivery.error_id))
        .subquery()
    )
    number = func.sum(counted.c.number)
    query = (
        sa.select(col(DeliveryError.kind), col(DeliveryError.description), number)
        .join(counted, counted.c.error_id == col(DeliveryError.id))
        .group_by(col(DeliveryError.kind), col(DeliveryError.description))
        .order_by(number.desc(), col(DeliveryError.description))
        .limit(limit)
    )
    return [(kind, description, int(count)) for kind, description, count in session.execute(query)]


def _lies_beyond(place: DeliveryPlace, *, waiting: bool, backwards: bool) -> ColumnElement[bool]:
    here: Any = col(Delivery.seq)
    there: Any = place.seq
    if waiting:
        here = sa.tuple_(col(Delivery.not_before), here)
        there = sa.tuple_(sa.literal(place.not_before, UtcDateTime()), sa.literal(place.seq))
    found: ColumnElement[bool] = here < there if backwards else here > there
    return found


def _are_few(session: Session, sought: beginnings.Sought) -> bool:
    some = beginnings.ids(sought).limit(_FEW + 1).subquery()
    number: int = session.execute(sa.select(func.count()).select_from(some)).scalar_one()
    return number <= _FEW


def _found(
    session: Session,
    sought: beginnings.Sought,
    conditions: Sequence[ColumnElement[bool]],
    *,
    beyond: DeliveryPlace,
    waiting: bool,
    backwards: bool,
) -> list[int]:
    """The numbers of those to the recipients that are found, from a place on."""
    query = (
        sa.select(col(Delivery.not_before), col(Delivery.seq))
        .where(*conditions, col(Delivery.recipient_id).in_(beginnings.ids(sought)))
        # By their place in the list, SQLite would go through all of the broadcast.
        .order_by(col(Delivery.recipient_id))
    )
    part = slice(0 if waiting else 1, None)
    places = sorted((row[part] for row in session.execute(query)), reverse=backwards)
    here: tuple[Any, ...] = tuple(beyond)[part]
    return [place[-1] for place in places if (place < here if backwards else place > here)]


COLUMNS: Final[Sequence[Any]] = (
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
"""What :func:`view` takes, in its order."""


def _query() -> Select[Any]:
    return (
        sa.select(*COLUMNS)
        .join(Recipient, col(Recipient.id) == col(Delivery.recipient_id))
        .join(DeliveryError, col(DeliveryError.id) == col(Delivery.error_id), isouter=True)
    )


def view(row: Sequence[Any]) -> DeliveryView:
    """A delivery from these columns."""
    found = DeliveryView(*row)
    return found if found.not_before != EPOCH else replace(found, not_before=None)
