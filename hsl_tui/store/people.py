"""Who is picked, with what a text can be personalised with and no more: quick for a million."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import sqlalchemy as sa
from sqlmodel import Session, col

from hsl_tui.models.selector import Selector
from hsl_tui.models.tables import Recipient
from hsl_tui.models.views import Person
from hsl_tui.store import audience

# In the order of the fields of `Person`.
_PEOPLE: Final = sa.select(
    col(Recipient.id),
    col(Recipient.chat_id),
    col(Recipient.username),
    col(Recipient.first_name),
    col(Recipient.last_name),
    col(Recipient.language_code),
    col(Recipient.attributes),
).order_by(col(Recipient.id))


def window(
    session: Session, selectors: Sequence[Selector], *, limit: int, skip: int = 0
) -> list[tuple[int, Person]]:
    """Up to ``limit`` of the active recipients that are picked, each with its id, in their order.

    Args:
        skip: passes over so many of them, one by one.
    """
    found = _PEOPLE.where(audience.condition(selectors))
    return [
        (recipient_id, Person(*of))
        for recipient_id, *of in session.execute(found.offset(skip).limit(limit))
    ]


def among(
    session: Session, selectors: Sequence[Selector], *, number: int, after: int
) -> tuple[list[Person], int | None]:
    """Who is picked among the next so many recipients on record, those with ids beyond ``after``.

    Goes through an audience of any size at an even cost. Few or none may be picked each time.

    Returns:
        The active ones that are picked, in the order of their ids, and the last id that was looked
        at, to go on from; None at the end.
    """
    following = sa.select(col(Recipient.id)).where(col(Recipient.id) > after)
    ids = following.order_by(col(Recipient.id)).limit(number).subquery()
    last: int | None = session.execute(sa.select(sa.func.max(ids.c.id))).scalar_one()
    if last is None:
        return [], None
    found = _PEOPLE.where(audience.condition(selectors, within=(after, last)))
    return [Person(*of) for _, *of in session.execute(found)], last
