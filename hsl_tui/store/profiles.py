"""Recipients as Telegram describes them: added where new, and brought up to date.

Unlike a file, Telegram says all there is: a user name that it does not mention is gone.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy import func, insert, literal, update
from sqlmodel import Session, col

from hsl_tui.models.enums import RecipientState
from hsl_tui.models.intake import Profile
from hsl_tui.models.tables import Recipient, RecipientTag
from hsl_tui.models.views import Person
from hsl_tui.store import rows, search_keys, tags
from hsl_tui.store.texts import storable

MOST_TAGS: Final = 100
"""Tags that a recipient may bear before `/start` adds no more: anyone can send any number."""

_LIMITS: Final = {"username": 64, "first_name": 256, "last_name": 256, "language_code": 16}


@dataclass(frozen=True, slots=True)
class Known:
    """A recipient on record, locked until the transaction ends."""

    id: int
    state: RecipientState
    profile: Profile


def lock(session: Session, chat_ids: Collection[int]) -> dict[int, Known]:
    """Those of these chats that are on record, locked in the order of their rows."""
    query = (
        sa.select(
            col(Recipient.id),
            col(Recipient.state),
            col(Recipient.chat_id),
            *(getattr(Recipient, name) for name in _LIMITS),
        )
        .where(col(Recipient.chat_id).in_(sorted(chat_ids)))
        .order_by(col(Recipient.id))
        .with_for_update()
    )
    return {
        chat_id: Known(recipient_id, state, Profile(chat_id, *fields))
        for recipient_id, state, chat_id, *fields in session.execute(query)
    }


def person(session: Session, chat_id: int) -> Person | None:
    """What a message to a chat can be personalised with; None where it is not on record."""
    query = sa.select(
        *(getattr(Recipient, name) for name in ("chat_id", *_LIMITS, "attributes"))
    ).where(col(Recipient.chat_id) == chat_id)
    row = session.execute(query).first()
    return None if row is None else Person(*row)


def add(session: Session, profile: Profile, *, now: datetime) -> Known:
    """Add a recipient who is not on record; the caller holds the intake (``rows.hold_intake``)."""
    row = Recipient(
        chat_id=profile.chat_id, created_at=now, updated_at=now, **_columns(profile, profile)
    )
    return Known(rows.add(session, row), RecipientState.ACTIVE, profile)


def bring_up_to_date(session: Session, known: Known, profile: Profile, *, now: datetime) -> bool:
    """Have a recipient be called as Telegram says; whether that changed anything."""
    columns = _columns(profile, known.profile)
    if columns == _columns(known.profile, known.profile):
        return False
    session.execute(
        update(Recipient)
        .where(col(Recipient.id) == known.id)
        .values(**columns, updated_at=now)
        .execution_options(synchronize_session=False)
    )
    return True


def label(session: Session, recipient_id: int, *names: str) -> int:
    """Give a recipient tags, up to :data:`MOST_TAGS`; how many it did not bear before."""
    bears = (
        sa.select(func.count())
        .select_from(RecipientTag)
        .where(col(RecipientTag.recipient_id) == recipient_id)
    )
    if not names or session.execute(bears).scalar_one() >= MOST_TAGS:
        return 0
    of = [
        {"recipient_id": recipient_id, "tag_id": tag_id}
        for tag_id in tags.ids(session, names).values()
    ]
    before = session.execute(bears).scalar_one()
    rows.add_missing(session, RecipientTag, *of)
    added: int = session.execute(bears).scalar_one() - before
    return added


def inherit_tags(session: Session, recipient_id: int, of: int) -> None:
    """Give a recipient the tags of another."""
    own = sa.select(col(RecipientTag.tag_id)).where(col(RecipientTag.recipient_id) == recipient_id)
    others = sa.select(literal(recipient_id), col(RecipientTag.tag_id)).where(
        col(RecipientTag.recipient_id) == of, col(RecipientTag.tag_id).not_in(own)
    )
    session.execute(insert(RecipientTag).from_select(["recipient_id", "tag_id"], others))


def _columns(profile: Profile, before: Profile) -> dict[str, Any]:
    """What is kept of a profile, beside what was kept before."""
    fields = {name: _kept(getattr(profile, name), limit) for name, limit in _LIMITS.items()}
    fields["language_code"] = fields["language_code"] or before.language_code
    keys = search_keys.keys(fields["first_name"], fields["last_name"], fields["username"])
    return {**fields, **keys}


def _kept(text: str | None, limit: int) -> str | None:
    return None if not text else storable(text, limit)
