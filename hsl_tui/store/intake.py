"""Taking recipients in, a batch at a time: added where new, changed where they differ.

What is on record of a batch is read at once, compared, and what is new or differs is written at
once; so a row that says nothing new costs no write at all.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, NamedTuple

from sqlmodel import Session

from hsl_tui.models.enums import RecipientState
from hsl_tui.models.metadata import table
from hsl_tui.models.tables import AttributeName, Recipient, RecipientTag
from hsl_tui.store import bulk, rows, search_keys, tags

NO_ATTRIBUTES: Final = "{}"
_FIELDS: Final = ("username", "first_name", "last_name", "language_code")
_NEW: Final = (
    "id",
    "chat_id",
    *_FIELDS,
    *search_keys.COLUMNS,
    "attributes",
    "state",
    "created_at",
    "updated_at",
)
_CHANGED: Final = (*_FIELDS, *search_keys.COLUMNS, "attributes", "updated_at")
_KNOWN: Final = (
    "SELECT chat_id, id, username, first_name, last_name, language_code,"
    " CAST(attributes AS text) FROM recipients WHERE chat_id IN {numbers}"
)
_LABELS: Final = "SELECT recipient_id, tag_id FROM recipient_tags WHERE recipient_id IN {numbers}"
_NAMED_LABELS: Final = (
    "SELECT recipient_id, name FROM recipient_tags JOIN tags ON tags.id = tag_id"
    " WHERE recipient_id IN {numbers}"
)
_CACHE: Final = 48 * 1024
"""Kibibytes."""
_CHECKPOINT: Final = 16_000
"""Pages."""


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


class Entry(NamedTuple):
    """An arrival as its batch is compared with what is on record."""

    chat_id: int
    username: str | None
    first_name: str | None
    last_name: str | None
    language_code: str | None
    attributes: str
    """A JSON object of texts, written as :func:`json.dumps` does."""
    tags: frozenset[str]

    @classmethod
    def of(cls, one: Arrival) -> Entry:
        """The entry of an arrival."""
        attributes = json.dumps(dict(one.attributes)) if one.attributes else NO_ATTRIBUTES
        return cls(
            one.chat_id,
            one.username,
            one.first_name,
            one.last_name,
            one.language_code,
            attributes,
            one.tags,
        )

    def followed_by(self, later: Entry) -> Entry:
        """The two as one, as if they had been taken in one after the other."""
        username, first_name, last_name, language_code = _merged(self[1:5], later[1:5])
        return Entry(
            self.chat_id,
            username,
            first_name,
            last_name,
            language_code,
            attributes=_merged_attributes(self.attributes, later.attributes),
            tags=self.tags | later.tags,
        )


@dataclass(frozen=True, slots=True)
class Taken:
    """How many of a batch were new, changed, or already the same."""

    added: int
    changed: int
    same: int


@dataclass(frozen=True, slots=True)
class Landed:
    """A batch that was taken in, and the ids of its recipients: of the new, and of the others."""

    taken: Taken
    new_ids: Sequence[int]
    known_ids: Sequence[int]


def take_in(session: Session, batch: Sequence[Arrival], *, now: datetime) -> Taken:
    """Add or update one batch; the last with the same chat id wins."""
    entries = {one.chat_id: Entry.of(one) for one in batch}
    names = {name for one in batch for name in one.attributes}
    return take_entries(session, entries, attributes=names, now=now).taken


def take_entries(
    session: Session, batch: Mapping[int, Entry], *, attributes: set[str], now: datetime
) -> Landed:
    """Add or update one batch, which is in memory several times over.

    Args:
        batch: by chat id.
        attributes: the names that its entries give.
    """
    rows.hold_intake(session)
    at = bulk.moment(session, now)
    known = {row[0]: row for row in bulk.select(session, _KNOWN, batch)}
    new = [one for one in batch.values() if one.chat_id not in known]
    changes = {
        row[1]: change
        for chat_id, row in known.items()
        if (change := _change(row, batch[chat_id], at)) is not None
    }
    ids = bulk.new_ids(session, table(Recipient), len(new)) if new else ()
    bulk.insert(
        session,
        table(Recipient),
        _NEW,
        [_row(one, of, at) for of, one in zip(ids, new, strict=True)],
    )
    bulk.update(session, table(Recipient), _CHANGED, list(changes.values()))
    if attributes:
        rows.add_missing(session, AttributeName, *({"name": one} for one in sorted(attributes)))
    labelled = _label(session, batch, dict(zip(ids, new, strict=True)), known)
    changed = len(labelled | changes.keys())
    taken = Taken(len(new), changed, len(batch) - len(new) - changed)
    return Landed(taken, ids, [row[1] for row in known.values()])


def on_record(session: Session, chat_ids: Collection[int]) -> dict[int, Entry]:
    """What is on record of these chats, as if it were to arrive."""
    known = bulk.select(session, _KNOWN, chat_ids)
    bears: dict[int, set[str]] = {row[1]: set() for row in known}
    for recipient, name in bulk.select(session, _NAMED_LABELS, bears):
        bears[recipient].add(name)
    return {row[0]: Entry._make((row[0], *row[2:7], frozenset(bears[row[1]]))) for row in known}


def hasten(session: Session) -> None:
    """Have a connection to SQLite do well by large batches, as long as it lasts.

    The pages of the indexes, which a batch touches all over, stay in memory, and what was written
    goes from the log to its place less often. ``Database.dispose`` ends it.
    """
    if rows.is_sqlite(session):
        session.connection().exec_driver_sql(f"PRAGMA cache_size = {-_CACHE}")
        session.connection().exec_driver_sql(f"PRAGMA wal_autocheckpoint = {_CHECKPOINT}")


def known_ids(session: Session, chat_ids: Collection[int]) -> Sequence[int]:
    """The ids of those of the chats that are on record."""
    sql = "SELECT id FROM recipients WHERE chat_id IN {numbers}"
    return [row[0] for row in bulk.select(session, sql, chat_ids)]


def _row(one: Entry, of: int, at: Any) -> bulk.Cells:
    chat_id, username, first_name, last_name, language_code, attributes, _ = one
    return (
        of,
        chat_id,
        username,
        first_name,
        last_name,
        language_code,
        *search_keys.key_cells(first_name, last_name, username),
        attributes,
        _ACTIVE,
        at,
        at,
    )


_ACTIVE: Final = RecipientState.ACTIVE.value


def _change(known: bulk.Cells, one: Entry, at: Any) -> bulk.Cells | None:
    """The cells of :data:`_CHANGED` and the id, or None where nothing differs."""
    before = known[2:7]
    if before == one[1:6]:
        return None
    names = _merged(before[:4], one[1:5])
    attributes = _merged_attributes(before[4], one.attributes)
    if (*names, attributes) == before:
        return None
    username, first_name, last_name, _ = names
    keys = search_keys.key_cells(first_name, last_name, username)
    return (*names, *keys, attributes, at, known[1])


def _merged(before: Sequence[str | None], given: Sequence[str | None]) -> tuple[str | None, ...]:
    return tuple(old if new is None else new for old, new in zip(before, given, strict=True))


def _merged_attributes(before: str, given: str) -> str:
    if given in (before, NO_ATTRIBUTES):
        return before
    old, new = json.loads(before), json.loads(given)
    together = {**old, **new}
    return before if together == old else json.dumps(together)


def _label(
    session: Session,
    batch: Mapping[int, Entry],
    new: Mapping[int, Entry],
    known: Mapping[int, bulk.Cells],
) -> set[int]:
    """Add the tags that their recipients do not bear; the ids of those on record that got one."""
    of_names = tags.ids(session, frozenset().union(*{one.tags for one in batch.values()}))
    if not of_names:
        return set()
    tagged = {row[1]: batch[chat_id].tags for chat_id, row in known.items()}
    bears = set(map(tuple, bulk.select(session, _LABELS, tagged))) if tagged else set()
    missing = [
        label
        for recipient, names in sorted(tagged.items())
        for name in names
        if (label := (recipient, of_names[name])) not in bears
    ]
    labels = [(recipient, of_names[name]) for recipient, one in new.items() for name in one.tags]
    bulk.insert(session, table(RecipientTag), ("recipient_id", "tag_id"), missing + labels)
    return {recipient for recipient, _ in missing}
