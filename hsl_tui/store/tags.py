"""Tags on recipients, set by set."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from sqlalchemy import delete, func, insert, literal
from sqlmodel import Session, col, select

from hsl_tui.models.criteria import Criteria
from hsl_tui.models.tables import Recipient, RecipientTag, Tag
from hsl_tui.store import matching, rows

_BATCH: Final = 1000
"""Names in one statement; databases limit the values that one may carry."""


def ids(session: Session, names: Iterable[str]) -> dict[str, int]:
    """The id of each tag, added where it is new."""
    wanted = sorted(set(names))
    numbers: dict[str, int] = {}
    for start in range(0, len(wanted), _BATCH):
        names_now = wanted[start : start + _BATCH]
        rows.add_missing(session, Tag, *({"name": name} for name in names_now))
        found = session.exec(select(Tag.name, Tag.id).where(col(Tag.name).in_(names_now)))
        numbers.update((name, tag_id) for name, tag_id in found if tag_id is not None)
    return numbers


def counts(session: Session) -> Sequence[tuple[str, int]]:
    """Every tag with how many recipients bear it, by name."""
    query = (
        select(Tag.name, func.count(col(RecipientTag.recipient_id)))
        .join(RecipientTag, col(RecipientTag.tag_id) == col(Tag.id), isouter=True)
        .group_by(col(Tag.name))
        .order_by(col(Tag.name))
    )
    return session.exec(query).all()


def add(session: Session, name: str, criteria: Criteria) -> int:
    """Label all recipients that are meant; how many did not bear the tag before."""
    rows.hold_intake(session)
    tag_id = ids(session, [name])[name]
    bears = select(RecipientTag.recipient_id).where(RecipientTag.tag_id == tag_id)
    chosen = select(col(Recipient.id), literal(tag_id)).where(
        matching.condition(session, criteria), col(Recipient.id).not_in(bears)
    )
    columns = ["recipient_id", "tag_id"]
    return rows.affected(session, insert(RecipientTag).from_select(columns, chosen))


def remove(session: Session, name: str, criteria: Criteria) -> int:
    """Take a label off all recipients that are meant; how many bore it."""
    tag = select(Tag.id).where(Tag.name == name).scalar_subquery()
    chosen = select(Recipient.id).where(matching.condition(session, criteria))
    return rows.affected(
        session,
        delete(RecipientTag).where(
            col(RecipientTag.tag_id) == tag, col(RecipientTag.recipient_id).in_(chosen)
        ),
    )
