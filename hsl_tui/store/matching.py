"""Criteria compiled to one condition of SQL, and counted from the indexes alone."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Boolean, ColumnElement, and_, func, literal_column, true
from sqlmodel import Session, col, select

from hsl_tui.models.criteria import EVERYONE, Criteria
from hsl_tui.models.enums import RecipientState
from hsl_tui.models.tables import INACTIVE, Recipient, RecipientTag, Tag
from hsl_tui.store import audience, beginnings


def condition(criteria: Criteria) -> ColumnElement[bool]:
    """What is true of a recipient that is meant."""
    conditions: list[ColumnElement[bool]] = []
    if criteria.selectors:
        conditions.append(audience.condition(criteria.selectors, active_only=False))
    if criteria.state is not None:
        conditions.append(col(Recipient.state) == criteria.state)
    if criteria.tag is not None:
        conditions.append(col(Recipient.id).in_(bearers(criteria.tag)))
    if criteria.ids is not None:
        conditions.append(col(Recipient.id).in_(sorted(criteria.ids)))
    if (sought := beginnings.read(criteria.search)) is not None:
        conditions.append(col(Recipient.id).in_(beginnings.ids(sought)))
    return and_(true(), *conditions)


def count(session: Session, criteria: Criteria = EVERYONE) -> int:
    """How many are meant at this moment."""
    if criteria.selectors or criteria.ids is not None:
        query = select(func.count()).select_from(Recipient).where(condition(criteria))
        return session.exec(query).one()
    if criteria.state is RecipientState.ACTIVE:
        # Nearly all are: no index tells them, but one tells the others.
        everyone = replace(criteria, state=None)
        others = sa.select(col(Recipient.id)).where(sa.text(INACTIVE))
        return count(session, everyone) - _count(session, everyone, others)
    state = None if criteria.state is None else in_state(criteria.state)
    return _count(session, criteria, state)


def bearers(tag: str) -> sa.Select[Any]:
    """The numbers of all that bear a tag."""
    named = sa.select(col(Tag.id)).where(col(Tag.name) == tag).scalar_subquery()
    return sa.select(col(RecipientTag.recipient_id)).where(col(RecipientTag.tag_id) == named)


def is_inactive(state: RecipientState) -> ColumnElement[bool]:
    """Whether a recipient is in this state, not the active one; spelt so that its index serves."""
    is_it = col(Recipient.state) == literal_column(f"'{state.value}'")
    return and_(literal_column(INACTIVE, Boolean), is_it)


def in_state(state: RecipientState) -> sa.Select[Any]:
    """The numbers of all in a state that is not the active one, by its index."""
    return sa.select(col(Recipient.id)).where(is_inactive(state))


def _count(session: Session, criteria: Criteria, state: sa.Select[Any] | None) -> int:
    """Of all that are found, those that are in the index of the state and in that of the tag."""
    sets: list[Any] = []
    if (sought := beginnings.read(criteria.search)) is not None:
        # A union, for it leaves out who is found twice.
        sets.append(sa.union(*beginnings.ids(sought).selects))
    if state is not None:
        sets.append(state)
    if criteria.tag is not None:
        sets.append(bearers(criteria.tag))
    if not sets:
        return session.exec(select(func.count()).select_from(Recipient)).one()
    first, *others = sets
    found = first.subquery()
    number = next(iter(found.c))
    query = sa.select(func.count()).select_from(found).where(*(number.in_(one) for one in others))
    return int(session.execute(query).scalar_one())
