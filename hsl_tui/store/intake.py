"""Taking recipients in, a batch at a time: added where new, changed where they differ."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy import bindparam, insert, update
from sqlmodel import Session, col, select

from hsl_tui.models.enums import RecipientState
from hsl_tui.models.tables import AttributeName, Recipient, RecipientTag
from hsl_tui.store import rows, search_keys, tags

_FIELDS: Final = ("username", "first_name", "last_name", "language_code")


@dataclass(frozen=True, slots=True)
class Arrival:
    """A recipient as a file gives it; None and absent mean «says nothing», never «erase»."""

    chat_id: int
    username: str | None = None
    first_name: str | None = None
    last_name: str | None = None
    language_code: str | None = None
    tags: frozenset[str] = frozenset()
    attributes: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Taken:
    """How many of a batch were new, changed, or already the same."""

    added: int
    changed: int
    same: int


def take_in(session: Session, batch: Sequence[Arrival], *, now: datetime) -> Taken:
    """Add or update one batch of at most 10,000; the last with the same chat id wins."""
    rows.hold_intake(session)
    arrivals = {arrival.chat_id: arrival for arrival in batch}
    known = _known(session, arrivals)
    new = [arrival for arrival in arrivals.values() if arrival.chat_id not in known]
    # In the order of their ids, so that whoever else changes recipients is met in one order.
    changes = {
        old.id: change
        for chat_id, old in sorted(known.items(), key=lambda pair: pair[1].id)
        if (change := _change(old, arrivals[chat_id]))
    }
    if new:
        # Past the session, which would send rows in groups by which of their cells are empty.
        session.connection().execute(insert(Recipient), [_row(arrival, now) for arrival in new])
    if changes:
        session.connection().execute(
            _UPDATE, [{"of_id": of, **row, "updated_at": now} for of, row in changes.items()]
        )
    names = {name for arrival in arrivals.values() for name in arrival.attributes}
    if names:
        rows.add_missing(session, AttributeName, *({"name": name} for name in sorted(names)))
    labelled = _label(session, arrivals)
    changed = {known[chat_id].id for chat_id in labelled if chat_id in known} | changes.keys()
    return Taken(len(new), len(changed), len(arrivals) - len(new) - len(changed))


_UPDATE = (
    update(Recipient.__table__)  # type: ignore[attr-defined] # SQLModel does not type __table__
    .where(col(Recipient.id) == bindparam("of_id"))
    .values(
        {
            name: bindparam(name)
            for name in (*_FIELDS, *search_keys.COLUMNS, "attributes", "updated_at")
        },
    )
)


@dataclass(frozen=True, slots=True)
class _Known:
    id: int
    fields: tuple[str | None, ...]
    attributes: dict[str, str]


_KNOWN: Sequence[Any] = (
    Recipient.chat_id,
    Recipient.id,
    Recipient.attributes,
    *(getattr(Recipient, name) for name in _FIELDS),
)


def _known(session: Session, chat_ids: Mapping[int, Arrival]) -> dict[int, _Known]:
    query = sa.select(*_KNOWN).where(col(Recipient.chat_id).in_(list(chat_ids)))
    return {
        chat_id: _Known(recipient_id, tuple(fields), attributes)
        for chat_id, recipient_id, attributes, *fields in session.execute(query)
    }


def _row(arrival: Arrival, now: datetime) -> dict[str, Any]:
    return {
        "chat_id": arrival.chat_id,
        **{name: getattr(arrival, name) for name in _FIELDS},
        **search_keys.keys(arrival.first_name, arrival.last_name, arrival.username),
        "attributes": dict(arrival.attributes),
        "state": RecipientState.ACTIVE,
        "created_at": now,
        "updated_at": now,
    }


def _change(known: _Known, arrival: Arrival) -> dict[str, Any] | None:
    given = (getattr(arrival, name) for name in _FIELDS)
    fields = tuple(
        old if new is None else new for old, new in zip(known.fields, given, strict=True)
    )
    attributes = {**known.attributes, **arrival.attributes}
    if fields == known.fields and attributes == known.attributes:
        return None
    username, first_name, last_name, _ = fields
    return {
        **dict(zip(_FIELDS, fields, strict=True)),
        **search_keys.keys(first_name, last_name, username),
        "attributes": attributes,
    }


def _label(session: Session, arrivals: Mapping[int, Arrival]) -> set[int]:
    """Add the tags that are new to their recipients; the chat ids of those that got one."""
    tag_ids = tags.ids(session, {tag for one in arrivals.values() for tag in one.tags})
    if not tag_ids:
        return set()
    tagged = [chat_id for chat_id, arrival in arrivals.items() if arrival.tags]
    query = select(Recipient.chat_id, Recipient.id).where(col(Recipient.chat_id).in_(tagged))
    recipient_ids = dict(session.exec(query).all())
    wanted = {
        (recipient_ids[chat_id], tag_ids[tag]): chat_id
        for chat_id in tagged
        for tag in arrivals[chat_id].tags
    }
    bears = session.exec(
        select(RecipientTag.recipient_id, RecipientTag.tag_id).where(
            col(RecipientTag.recipient_id).in_(list(recipient_ids.values()))
        )
    )
    missing = wanted.keys() - set(bears)
    if missing:
        labels = [{"recipient_id": recipient, "tag_id": tag} for recipient, tag in sorted(missing)]
        session.connection().execute(insert(RecipientTag), labels)
    return {wanted[pair] for pair in missing}
