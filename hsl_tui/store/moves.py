"""Recipients moved from state to state, each move remembered with its reason and its time.

:func:`apply` is the only place that changes a recipient's state once it is on record.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy import bindparam, func, insert, update
from sqlmodel import Session, col, select

from hsl_tui.models.enums import DeliveryStatus, RecipientState
from hsl_tui.models.forgotten import shown_chat
from hsl_tui.models.metadata import table
from hsl_tui.models.move_table import MoveReason, RecipientMove
from hsl_tui.models.moves import MovePlace, MoveTotal, MoveView, StateChange
from hsl_tui.models.tables import Delivery, Recipient
from hsl_tui.store import rows
from hsl_tui.store.conditions import is_remembered, status_is
from hsl_tui.store.texts import storable

_LONGEST_REASON: Final = 500

# Built once: a group of outcomes runs them again and again.
_PEOPLE: Final = table(Recipient)
_STANDING: Final = (
    sa.select(_PEOPLE.c.id, _PEOPLE.c.state, _PEOPLE.c.state_changed_at)
    .where(
        _PEOPLE.c.id.in_(bindparam("ids", expanding=True)),
        # Nobody comes back who was forgotten: a later /start is a new recipient.
        is_remembered(),
    )
    .order_by(_PEOPLE.c.id)
    # What refers to them may come in meanwhile.
    .with_for_update(key_share=True)
)
_MOVE: Final = (
    update(_PEOPLE)
    .where(_PEOPLE.c.id == bindparam("of"))
    .values(
        state=bindparam("entered", type_=_PEOPLE.c.state.type),
        state_reason=bindparam("why"),
        state_changed_at=bindparam("now", type_=_PEOPLE.c.state_changed_at.type),
        updated_at=bindparam("now", type_=_PEOPLE.c.updated_at.type),
    )
)
_NOTE: Final = insert(table(RecipientMove))

Standing = dict[int, tuple[RecipientState, datetime | None]]
"""By recipient: its state, and since when where it has ever moved."""


def lock(session: Session, recipient_ids: Collection[int]) -> Standing:
    """Lock recipients, in one order for all, until the transaction ends."""
    found = session.connection().execute(_STANDING, {"ids": list(recipient_ids)})
    return {number: (state, since) for number, state, since in found}


def apply(session: Session, changes: Sequence[StateChange], *, now: datetime) -> set[int]:
    """Move recipients, and remember each move; those that moved.

    Left alone are who is in that state already, who was moved after it became known, and who was
    forgotten.
    """
    if not changes:
        return set()
    standing = lock(session, {change.recipient_id for change in changes})
    taken: list[tuple[StateChange, RecipientState]] = []
    for change in changes:
        if change.recipient_id not in standing:
            continue
        before, since = standing[change.recipient_id]
        outdated = since is not None and change.learnt_at is not None and since > change.learnt_at
        if before is not change.state and not outdated:
            standing[change.recipient_id] = change.state, since
            taken.append((change, before))
    if not taken:
        return set()
    reason_ids = _reason_ids(session, {_kept(change.reason) for change, _ in taken})
    noted = [
        {
            "recipient_id": change.recipient_id,
            "at": now,
            "before": before,
            "after": change.state,
            "reason_id": reason_ids[_kept(change.reason)],
        }
        for change, before in taken
    ]
    entered = [
        {"of": one.recipient_id, "entered": one.state, "why": storable(one.reason), "now": now}
        for one, _ in taken
    ]
    session.connection().execute(_NOTE, noted)
    session.connection().execute(_MOVE, entered)
    return {change.recipient_id for change, _ in taken}


def window(
    session: Session,
    *,
    limit: int,
    since: datetime | None = None,
    state: RecipientState | None = None,
    beyond: MovePlace | None = None,
    backwards: bool = False,
) -> Sequence[MoveView]:
    """Up to ``limit`` moves, the newest first.

    Args:
        since: from this moment on.
        state: into this one.
        beyond: go on behind this one; or before it if ``backwards``, where None is the very end.
    """
    place = sa.tuple_(col(RecipientMove.at), col(RecipientMove.id))
    query = _QUERY
    if since is not None:
        query = query.where(col(RecipientMove.at) >= since)
    if state is not None:
        query = query.where(col(RecipientMove.after) == state)
    if beyond is not None:
        # The time once more by itself: SQLite finds a range of an index by a single column.
        here = sa.tuple_(sa.literal(beyond.at, RecipientMove.at.type), beyond.id)  # type: ignore[attr-defined] # a column, to SQLAlchemy
        query = (
            query.where(col(RecipientMove.at) >= beyond.at, place > here)
            if backwards
            else query.where(col(RecipientMove.at) <= beyond.at, place < here)
        )
    order: tuple[Any, ...] = (col(RecipientMove.at), col(RecipientMove.id))
    query = query.order_by(*(one if backwards else one.desc() for one in order))
    found = [_view(row) for row in session.execute(query.limit(limit))]
    return found[::-1] if backwards else found


def of(session: Session, recipient_id: int, *, limit: int) -> Sequence[MoveView]:
    """The last moves of one recipient, the newest first."""
    query = _QUERY.where(col(RecipientMove.recipient_id) == recipient_id)
    newest = query.order_by(col(RecipientMove.id).desc()).limit(limit)
    return [_view(row) for row in session.execute(newest)]


def totals(
    session: Session, *, since: datetime | None = None, state: RecipientState | None = None
) -> Sequence[MoveTotal]:
    """How many moved where and why, the most first; counted from an index alone."""
    counted = sa.select(
        col(RecipientMove.after), col(RecipientMove.reason_id), func.count().label("number")
    ).group_by(col(RecipientMove.after), col(RecipientMove.reason_id))
    if since is not None:
        counted = counted.where(col(RecipientMove.at) >= since)
    if state is not None:
        counted = counted.where(col(RecipientMove.after) == state)
    of_each = counted.subquery()
    query = (
        sa.select(of_each.c.after, col(MoveReason.description), of_each.c.number)
        .join(MoveReason, col(MoveReason.id) == of_each.c.reason_id)
        .order_by(of_each.c.number.desc(), of_each.c.after, col(MoveReason.description))
    )
    return [MoveTotal(*row) for row in session.execute(query)]


def on_the_way(session: Session, recipient_id: int) -> int:
    """How many calls for this recipient are open: they left, or are about to, as it was then."""
    query = (
        select(func.count())
        .select_from(Delivery)
        .where(
            # By the index of calls in flight, of which there are few.
            status_is(DeliveryStatus.SENDING),
            col(Delivery.worker_id) > 0,
            col(Delivery.recipient_id) == recipient_id,
        )
    )
    return session.exec(query).one()


_QUERY: Final = (
    sa.select(
        col(RecipientMove.id),
        col(RecipientMove.recipient_id),
        col(Recipient.chat_id),
        col(Recipient.username),
        col(Recipient.first_name),
        col(Recipient.last_name),
        col(RecipientMove.before),
        col(RecipientMove.after),
        col(MoveReason.description),
        col(RecipientMove.at),
    )
    .join_from(RecipientMove, Recipient, col(Recipient.id) == col(RecipientMove.recipient_id))
    .join(MoveReason, col(MoveReason.id) == col(RecipientMove.reason_id))
)


def _view(row: Any) -> MoveView:
    number, recipient_id, chat_id, *rest = row
    return MoveView(number, recipient_id, shown_chat(chat_id), *rest)


def _kept(reason: str) -> str:
    return storable(reason, _LONGEST_REASON)


def _reason_ids(session: Session, wanted: Iterable[str]) -> dict[str, int]:
    """The row of each reason, added where it is new."""
    # In one order, so that two who add the same ones wait for each other.
    descriptions = sorted(wanted)
    query = select(MoveReason.description, MoveReason.id).where(
        col(MoveReason.description).in_(descriptions)
    )
    found = _ids(session, query)
    missing = [one for one in descriptions if one not in found]
    if missing:
        rows.add_missing(session, MoveReason, *({"description": one} for one in missing))
        found = _ids(session, query)
    return found


def _ids(session: Session, query: Any) -> dict[str, int]:
    return {row.description: row.id for row in session.execute(query)}
