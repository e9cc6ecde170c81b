"""Recipients: read back in their order, moved from state to state."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import update
from sqlmodel import Session, col, select

from hsl_tui.models.enums import RecipientState
from hsl_tui.models.moves import StateChange
from hsl_tui.models.selector import Selector
from hsl_tui.models.tables import AttributeName, Recipient, RecipientTag, Tag
from hsl_tui.models.views import RecipientView
from hsl_tui.store import audience, bulk, moves
from hsl_tui.store.audience import Whom
from hsl_tui.store.conditions import is_remembered

_BATCH: Final = 1000


def window(
    session: Session, *, limit: int, after: int = 0, selectors: Sequence[Selector] = ()
) -> Sequence[RecipientView]:
    """Up to ``limit`` recipients with an id beyond ``after``, in the order of their ids.

    Args:
        selectors: pick them, whatever their state; none means everyone.
    """
    query = select(Recipient).where(col(Recipient.id) > after, is_remembered())
    query = query.order_by(col(Recipient.id))
    if selectors:
        query = query.where(audience.condition(session, selectors, Whom.ANY))
    return views(session, session.exec(query.limit(limit)).all())


def views(session: Session, rows: Sequence[Recipient]) -> Sequence[RecipientView]:
    """These recipients with their tags, in the order that they are given in."""
    tags = _tags_of(session, [row.id for row in rows if row.id is not None])
    return [_view(row, tags) for row in rows]


def every(session: Session, selectors: Sequence[Selector] = ()) -> Iterator[RecipientView]:
    """All that the selectors pick, in the order of their ids, a batch in memory at a time."""
    after = 0
    while rows := window(session, limit=_BATCH, after=after, selectors=selectors):
        yield from rows
        after = rows[-1].id
        session.expunge_all()


def chats(session: Session, ids: Iterable[int]) -> Sequence[int]:
    """The chat ids of these rows, ascending."""
    query = select(Recipient.chat_id).where(col(Recipient.id).in_(sorted(ids)))
    return session.exec(query.order_by(col(Recipient.chat_id))).all()


def on_record(session: Session, chat_ids: Collection[int]) -> Sequence[int]:
    """Those of these chats that are on record, ascending."""
    sql = "SELECT chat_id FROM recipients WHERE chat_id IN {numbers} ORDER BY chat_id"
    return [row[0] for row in bulk.select(session, sql, chat_ids)]


def attribute_names(session: Session) -> frozenset[str]:
    """Every name that occurs among the attributes of any recipient."""
    return frozenset(session.exec(select(AttributeName.name)))


def set_state(
    session: Session, recipient_id: int, state: RecipientState, *, reason: str, now: datetime
) -> bool:
    """Move a recipient to a state, which is remembered; whether that changed anything."""
    return bool(moves.apply(session, [StateChange(recipient_id, state, reason)], now=now))


def move_chat(session: Session, recipient_id: int, chat_id: int, *, now: datetime) -> bool:
    """Follow a group that became a supergroup; False when another recipient has that id."""
    taken = session.exec(select(Recipient.id).where(Recipient.chat_id == chat_id)).first()
    if taken is not None:
        return taken == recipient_id
    session.execute(
        update(Recipient)
        .where(col(Recipient.id) == recipient_id)
        .values(chat_id=chat_id, updated_at=now)
        .execution_options(synchronize_session=False)
    )
    return True


def _tags_of(session: Session, recipient_ids: Sequence[int]) -> dict[int, list[str]]:
    tags: dict[int, list[str]] = defaultdict(list)
    query = (
        select(RecipientTag.recipient_id, Tag.name)
        .join(Tag, col(Tag.id) == col(RecipientTag.tag_id))
        .where(col(RecipientTag.recipient_id).in_(recipient_ids))
        .order_by(col(Tag.name))
    )
    for recipient_id, name in session.exec(query):
        tags[recipient_id].append(name)
    return tags


def _view(row: Recipient, tags: dict[int, list[str]]) -> RecipientView:
    recipient_id = row.id or 0
    return RecipientView(
        id=recipient_id,
        chat_id=row.chat_id,
        username=row.username,
        first_name=row.first_name,
        last_name=row.last_name,
        language_code=row.language_code,
        state=row.state,
        state_reason=row.state_reason,
        state_changed_at=row.state_changed_at,
        tags=tuple(tags.get(recipient_id, ())),
        attributes=dict(row.attributes),
    )
