"""A person's data removed from everything but the audit log (``store/redaction.py`` does that).

What is freed is overwritten on SQLite, and leaves its log with the next checkpoint; on PostgreSQL
it leaves the tables with the next vacuum.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy import delete, update
from sqlmodel import Session, col, select

from hsl_tui.models.enums import BroadcastState, RecipientState
from hsl_tui.models.forgotten import WHY, tombstone
from hsl_tui.models.intake_tables import BotAnswer
from hsl_tui.models.message_tables import ComposeDraft, Template
from hsl_tui.models.metadata import table
from hsl_tui.models.move_table import MoveReason, RecipientMove
from hsl_tui.models.moves import StateChange
from hsl_tui.models.segment_tables import Segment
from hsl_tui.models.tables import (
    AlbumMessage,
    Broadcast,
    Delivery,
    DeliveryError,
    Recipient,
    RecipientTag,
)
from hsl_tui.models.traces import Traces
from hsl_tui.store import moves, rows, search_keys

_TO_COME: Final = (BroadcastState.SCHEDULED, BroadcastState.SENDING, BroadcastState.PAUSED)


@contextmanager
def overwriting(session: Session) -> Iterator[None]:
    """Leave nothing of what is removed in the free parts of SQLite's file."""
    if not rows.is_sqlite(session):
        yield
        return
    connection = session.connection()
    connection.exec_driver_sql("PRAGMA secure_delete = ON")
    try:
        yield
    finally:
        connection.exec_driver_sql("PRAGMA secure_delete = OFF")


def meant_for(session: Session, recipient_id: int) -> list[int]:
    """The broadcasts that have a delivery for a recipient, looked up in each one's index."""
    theirs = sa.select(sa.literal(1)).where(
        col(Delivery.broadcast_id) == col(Broadcast.id), col(Delivery.recipient_id) == recipient_id
    )
    query = select(Broadcast.id).where(theirs.exists())
    return [number for number in session.exec(query) if number is not None]


def still_to_say(session: Session, traces: Traces) -> list[int]:
    """The broadcasts that are under way or still to come and whose text holds the person."""
    query = sa.select(col(Broadcast.id), col(Broadcast.text), col(Broadcast.content)).where(
        col(Broadcast.state).in_(_TO_COME)
    )
    return [
        number
        for number, text, content in session.execute(query.order_by(col(Broadcast.id)))
        if traces.in_text(text) != text or traces.in_record(content) != content
    ]


def scrub_deliveries(session: Session, recipient_id: int, broadcast_ids: Sequence[int]) -> int:
    """Take the numbers of messages off a person's deliveries, which stay; how many those are.

    The caller holds the locks of their broadcasts. Late answers of lost claims change nothing more.
    """
    theirs = (
        col(Delivery.broadcast_id).in_(broadcast_ids),
        col(Delivery.recipient_id) == recipient_id,
    )
    places = session.execute(
        sa.select(col(Delivery.broadcast_id), col(Delivery.seq)).where(*theirs)
    )
    for broadcast_id, seq in places.all():
        session.execute(
            delete(AlbumMessage).where(
                col(AlbumMessage.broadcast_id) == broadcast_id, col(AlbumMessage.seq) == seq
            )
        )
    changed = {"telegram_message_id": None, "token": col(Delivery.token) + 1}
    return rows.affected(session, update(Delivery).where(*theirs).values(**changed))


def blot_out(session: Session, recipient_id: int, chat_id: int, *, now: datetime) -> None:
    """Leave of a recipient a row that says nothing, in a state in which nobody is written to."""
    moves.apply(session, [StateChange(recipient_id, RecipientState.INVALID, WHY)], now=now)
    session.execute(delete(RecipientTag).where(col(RecipientTag.recipient_id) == recipient_id))
    session.execute(delete(BotAnswer).where(col(BotAnswer.chat_id) == chat_id))
    _blot_out_moves(session, recipient_id)
    blank = ("username", "first_name", "last_name", "language_code", *search_keys.COLUMNS)
    values: dict[str, Any] = dict.fromkeys(blank) | {
        "chat_id": tombstone(recipient_id),
        "attributes": {},
        "state_reason": WHY,
        "state_changed_at": now,
        "created_at": now,
        "updated_at": now,
    }
    statement = update(Recipient).where(col(Recipient.id) == recipient_id).values(**values)
    session.execute(statement.execution_options(synchronize_session=False))


def _blot_out_moves(session: Session, recipient_id: int) -> None:
    """Take away why they moved where nobody else moved for that: it may be about them."""
    theirs = select(RecipientMove.reason_id).where(RecipientMove.recipient_id == recipient_id)
    own = [
        reason
        for reason in set(session.exec(theirs))
        if session.exec(
            select(RecipientMove.id)
            .where(RecipientMove.reason_id == reason, RecipientMove.recipient_id != recipient_id)
            .limit(1)
        ).first()
        is None
    ]
    rows.add_missing(session, MoveReason, {"description": WHY})
    mark = session.exec(select(MoveReason.id).where(MoveReason.description == WHY)).one()
    private = [reason for reason in own if reason != mark]
    session.execute(
        update(RecipientMove)
        .where(
            col(RecipientMove.recipient_id) == recipient_id,
            col(RecipientMove.reason_id).in_(private),
        )
        .values(reason_id=mark)
    )
    session.execute(delete(MoveReason).where(col(MoveReason.id).in_(private)))


# --- texts ----------------------------------------------------------------------------------------

_Rewrite = Callable[[Traces, Any, Mapping[str, Any]], Any]


def _text(traces: Traces, said: Any, _: Mapping[str, Any]) -> Any:
    return traces.in_text(said) if isinstance(said, str) else said


def _record(traces: Traces, said: Any, _: Mapping[str, Any]) -> Any:
    return traces.in_record(said)


def _selectors(traces: Traces, said: Any, row: Mapping[str, Any]) -> Any:
    # Of what was sent, it stays on record that somebody was named.
    is_to_come = row.get("state", BroadcastState.DRAFT) is BroadcastState.DRAFT
    return traces.in_selectors(said, drop=is_to_come)


def _reason(traces: Traces, said: Any, row: Mapping[str, Any]) -> Any:
    left = traces.in_text(said)
    # A reason is kept once, and another may say the same now.
    return said if left == said else f"{left[:480]} ({row['id']})"


def _key(traces: Traces, said: Any, row: Mapping[str, Any]) -> Any:
    left = _text(traces, said, row)
    return said if left == said else f"{left[:230]} ({row['id']})"


@dataclass(frozen=True, slots=True)
class _Place:
    """A table whose texts may hold a person."""

    said: str
    table: sa.Table
    columns: Mapping[str, _Rewrite]

    @property
    def key(self) -> sa.Column[Any]:
        """What tells its rows apart."""
        (key,) = self.table.primary_key.columns
        return key


_PLACES: Final = (
    _Place(
        "broadcast",
        table(Broadcast),
        {
            "text": _text,
            "content": _record,
            "audience": _selectors,
            "state_reason": _text,
            "idempotency_key": _key,
        },
    ),
    _Place("template", table(Template), {"text": _text, "content": _record}),
    _Place("text being composed", table(ComposeDraft), {"form": _record}),
    _Place("segment", table(Segment), {"selectors": _selectors}),
    _Place("reason of deliveries", table(DeliveryError), {"description": _reason}),
    _Place("reason of moves", table(MoveReason), {"description": _reason}),
)


def mentioned_in(session: Session, traces: Traces) -> list[int]:
    """The broadcasts that hold the person in any text, to be locked before they are rewritten."""
    return sorted(of for of, _ in _changes(session, _PLACES[0], traces))


def rewrite_texts(session: Session, traces: Traces) -> dict[str, int]:
    """Put a mark for the person into all that people wrote; how many of each kind held them."""
    found: dict[str, int] = {}
    for place in _PLACES:
        changes = _changes(session, place, traces)
        for of, left in changes:
            statement = update(place.table).where(place.key == of).values(left)
            session.connection().execute(statement)
        if changes:
            found[place.said] = len(changes)
    return found


def _changes(session: Session, place: _Place, traces: Traces) -> list[tuple[Any, dict[str, Any]]]:
    """The rows that hold the person: their keys, and what is to be left of them."""
    state = [place.table.c.state] if "state" in place.table.c else []
    query = sa.select(place.key, *state, *(place.table.c[name] for name in place.columns))
    changes = []
    for found in session.connection().execute(query).mappings():
        row = dict(found)
        left = {name: change(traces, row[name], row) for name, change in place.columns.items()}
        if any(left[name] != row[name] for name in left):
            changes.append((row[place.key.name], left))
    return changes
