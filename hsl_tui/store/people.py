"""Who is picked, with what a text can be personalised with and no more: quick for a million."""

from __future__ import annotations

import itertools
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy import ColumnElement, func
from sqlmodel import Session, col

from hsl_tui.models.selector import Selector
from hsl_tui.models.tables import Recipient
from hsl_tui.models.views import STANDARD_VARIABLES, Person
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
    found = _PEOPLE.where(audience.condition(session, selectors))
    return [
        (recipient_id, Person(*of))
        for recipient_id, *of in session.execute(found.offset(skip).limit(limit))
    ]


@dataclass(frozen=True, slots=True)
class Extent:
    """What can be said of the values of an audience without looking at any of them.

    Attributes:
        number: how many it has.
        longest: for each variable of a text the characters of its longest value.
        lacking: attributes that some do not have.
    """

    number: int
    longest: Mapping[str, int]
    lacking: frozenset[str]


def extent(session: Session, selectors: Sequence[Selector], variables: Collection[str]) -> Extent:
    """Measure the active recipients that are picked, in one statement."""
    values = {name: _value(name) for name in sorted(variables)}
    measures = ((func.max(func.length(value)), func.count(value)) for value in values.values())
    query = sa.select(func.count(), *itertools.chain.from_iterable(measures))
    number, *found = session.execute(
        query.select_from(Recipient).where(audience.condition(session, selectors))
    ).one()
    longest = {name: length or 0 for name, length in zip(values, found[::2], strict=True)}
    there = dict(zip(values, found[1::2], strict=True))
    lacking = (name for name in there if name not in STANDARD_VARIABLES and there[name] < number)
    return Extent(number, longest, frozenset(lacking))


def _value(variable: str) -> ColumnElement[Any]:
    if variable in STANDARD_VARIABLES:
        return sa.type_coerce(getattr(Recipient, variable), sa.Text)
    attributes: Any = Recipient.attributes
    value: ColumnElement[Any] = attributes[variable].as_string()
    return value


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
    found = _PEOPLE.where(audience.condition(session, selectors, within=(after, last)))
    return [Person(*of) for _, *of in session.execute(found)], last
