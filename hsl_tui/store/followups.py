"""Edits and recalls: broadcasts that change, or delete, the messages of an earlier one.

A follow-up is a row of ``message_history`` like any other, with a delivery for each message that
its target has sent, so that it is claimed, paced, paused, counted and read back like a broadcast.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy import bindparam, func, insert, literal, update
from sqlmodel import Session, col, select

from hsl_tui.models.enums import Act, BroadcastState, DeliveryStatus
from hsl_tui.models.metadata import table
from hsl_tui.models.tables import AlbumMessage, Broadcast, Delivery, Recipient, delivery_status
from hsl_tui.models.types import EPOCH, UtcDateTime
from hsl_tui.models.views import Claim, Findable, FollowUp, Original
from hsl_tui.store import broadcasts, rows
from hsl_tui.store.conditions import is_forgotten, status_is

_ENDED: Final = (BroadcastState.FINISHED, BroadcastState.CANCELLED)

_ROWS: Final = table(Delivery)
_PEOPLE: Final = table(Recipient)
_ALBUM: Final = table(AlbumMessage)
_IS_SENT: Final = status_is(DeliveryStatus.SENT)
_IS_NUMBERED: Final = _ROWS.c.telegram_message_id.is_not(None)
# What an operator resolved as sent has no number, for Telegram's answer never came; those who were
# forgotten have none either, and are nobody's business any more.
_IS_UNNUMBERED: Final = sa.and_(
    _ROWS.c.telegram_message_id.is_(None),
    _ROWS.c.recipient_id.not_in(sa.select(_PEOPLE.c.id).where(is_forgotten())),
)
_ORIGINALS: Final = (
    sa.select(
        _ROWS.c.recipient_id,
        _ROWS.c.sent_at,
        _ROWS.c.telegram_message_id,
        _ALBUM.c.telegram_message_id.label("further"),
    )
    .outerjoin_from(
        _ROWS,
        _ALBUM,
        sa.and_(_ALBUM.c.broadcast_id == _ROWS.c.broadcast_id, _ALBUM.c.seq == _ROWS.c.seq),
    )
    .where(
        _ROWS.c.broadcast_id == bindparam("target"),
        _ROWS.c.recipient_id.in_(bindparam("recipients", expanding=True)),
    )
    # By `seq` instead, SQLite would go through all that the target has sent.
    .order_by(_ROWS.c.recipient_id, _ALBUM.c.position)
)
_WHOSE: Final = sa.select(_ROWS.c.recipient_id).where(
    _ROWS.c.broadcast_id == bindparam("of"), _ROWS.c.seq.in_(bindparam("seqs", expanding=True))
)
_THEIRS: Final = (
    sa.select(_ROWS.c.seq)
    .where(
        _ROWS.c.broadcast_id == bindparam("target"),
        _ROWS.c.recipient_id.in_(bindparam("recipients", expanding=True)),
    )
    # As above.
    .order_by(_ROWS.c.recipient_id)
)
# Three statements, for as one or two they are planned, by SQLite or by a PostgreSQL that has no
# statistics of a fresh ledger yet, to go through all that the target has sent.
_DELETE: Final = (
    update(_ROWS)
    .where(
        _ROWS.c.broadcast_id == bindparam("target"),
        _ROWS.c.seq.in_(bindparam("seqs", expanding=True)),
        status_is(DeliveryStatus.SENT),
    )
    .values(status=DeliveryStatus.DELETED)
)


def take_down(session: Session, broadcast_id: int, target_id: int) -> int:
    """Add a pending delivery for each message that the target has sent, and return how many.

    Those whose numbers were never learnt are among them, so that the ledger names each one that
    nothing can be done about; those of forgotten people are not.
    """
    columns: dict[str, Any] = {
        "broadcast_id": literal(broadcast_id),
        "seq": func.row_number().over(order_by=_ROWS.c.seq),
        "recipient_id": _ROWS.c.recipient_id,
        "status": literal(DeliveryStatus.PENDING, delivery_status),
        "not_before": literal(EPOCH, UtcDateTime()),
        "token": literal(0),
        "attempts": literal(0),
    }
    chosen = sa.select(*columns.values()).where(
        _ROWS.c.broadcast_id == target_id, _IS_SENT, sa.or_(_IS_NUMBERED, _IS_UNNUMBERED)
    )
    return rows.affected(session, insert(Delivery).from_select(list(columns), chosen))


def findable(session: Session, target_id: int) -> Findable:
    """How many messages the target has sent, by whether they can be found again."""
    counts = (
        func.count(),
        func.count(_ROWS.c.telegram_message_id),
        func.coalesce(func.sum(sa.case((_IS_UNNUMBERED, 1), else_=0)), 0),
    )
    query = sa.select(*counts).where(_ROWS.c.broadcast_id == target_id, _IS_SENT)
    sent, found, unnumbered = session.execute(query).one()
    return Findable(found, unnumbered, sent - found - unnumbered)


def count_older(session: Session, target_id: int, moment: datetime) -> int:
    """How many messages the target has sent to people, rather than groups, before a moment."""
    query = (
        sa.select(func.count())
        .select_from(_ROWS)
        .join(_PEOPLE, _PEOPLE.c.id == _ROWS.c.recipient_id)
        .where(
            _ROWS.c.broadcast_id == target_id,
            _IS_SENT,
            _IS_NUMBERED,
            _ROWS.c.sent_at < moment,
            _PEOPLE.c.chat_id > 0,
        )
    )
    found: int = session.execute(query).scalar_one()
    return found


def under_way(session: Session, target_id: int) -> tuple[int, Act] | None:
    """The follow-up of a broadcast that has not ended, and what it does."""
    query = (
        select(Broadcast.id, Broadcast.act)
        .where(Broadcast.target_id == target_id, col(Broadcast.state).not_in(_ENDED))
        .limit(1)
    )
    found = session.execute(query).one_or_none()
    return None if found is None else (found.id, found.act)


def of(session: Session, target_id: int) -> list[FollowUp]:
    """What has been done, or is being done, to the messages of a broadcast, oldest first."""
    query = (
        select(Broadcast.id, Broadcast.act, Broadcast.state)
        .where(col(Broadcast.target_id) == target_id)
        .order_by(col(Broadcast.id))
    )
    return [FollowUp(*row) for row in session.execute(query)]


def last_edit(session: Session, target_id: int) -> str | None:
    """The text that the newest edit of a broadcast has given to any of its messages."""
    query = (
        select(Broadcast.text)
        .where(
            col(Broadcast.target_id) == target_id,
            Broadcast.act == Act.EDIT,
            col(Broadcast.sent) > 0,
        )
        .order_by(col(Broadcast.id).desc())
        .limit(1)
    )
    return session.exec(query).one_or_none()


def later_edit(session: Session, target_id: int, edit_id: int) -> int | None:
    """An edit of the same messages after this one that has changed, or may still change, some."""
    query = (
        select(Broadcast.id)
        .where(
            Broadcast.target_id == target_id,
            Broadcast.act == Act.EDIT,
            col(Broadcast.id) > edit_id,
            sa.or_(
                col(Broadcast.state).not_in(_ENDED),
                col(Broadcast.sent) + col(Broadcast.uncertain) > 0,
            ),
        )
        .order_by(col(Broadcast.id).desc())
        .limit(1)
    )
    return session.exec(query).one_or_none()


def with_originals(session: Session, target_id: int, claims: Sequence[Claim]) -> list[Claim]:
    """The claims of a follow-up, each with the messages that it is about."""
    asked = {"target": target_id, "recipients": [claim.recipient_id for claim in claims]}
    messages: dict[int, list[int]] = defaultdict(list)
    sent_at: dict[int, datetime | None] = {}
    for row in session.connection().execute(_ORIGINALS, asked):
        of_one = messages[row.recipient_id]
        if not of_one and row.telegram_message_id is not None:
            of_one.append(row.telegram_message_id)
        if row.further is not None:
            of_one.append(row.further)
        sent_at[row.recipient_id] = row.sent_at
    return [
        replace(
            claim,
            original=Original(tuple(messages[claim.recipient_id]), sent_at.get(claim.recipient_id)),
        )
        for claim in claims
    ]


def mark_deleted(
    session: Session, recalled: Mapping[tuple[int, int], Iterable[int]], *, now: datetime
) -> None:
    """Let the deliveries whose messages were recalled say so.

    The caller holds the locks of both broadcasts.

    Args:
        recalled: by recall and its target, the ``seq`` of the recall's deliveries.
    """
    for (broadcast_id, target_id), seqs in recalled.items():
        connection = session.connection()
        whose = connection.execute(_WHOSE, {"of": broadcast_id, "seqs": list(seqs)}).scalars()
        asked = {"target": target_id, "recipients": whose.all()}
        theirs = connection.execute(_THEIRS, asked).scalars()
        moved = connection.execute(_DELETE, {"target": target_id, "seqs": theirs.all()}).rowcount
        delta = {DeliveryStatus.SENT: -moved, DeliveryStatus.DELETED: moved}
        broadcasts.apply(session, {target_id: delta}, now=now)
