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
    session: Session, selectors: Sequence[Selector], *, limit: int, after: int = 0, skip: int = 0
) -> list[tuple[int, Person]]:
    """Up to ``limit`` of the active recipients that are picked, each with its id, in their order.

    Args:
        after: only those with an id beyond this; goes through an audience of any size at an even
            cost, while ``skip`` passes over so many of them one by one.
    """
    found = _PEOPLE.where(audience.condition(selectors), col(Recipient.id) > after)
    return [
        (recipient_id, Person(*of))
        for recipient_id, *of in session.execute(found.offset(skip).limit(limit))
    ]
