"""Criteria compiled to one condition of SQL, and counted from the indexes alone."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy import ColumnElement, and_, func, literal_column, true
from sqlmodel import Session, col, select

from hsl_tui.models.criteria import EVERYONE, Criteria
from hsl_tui.models.enums import RecipientState
from hsl_tui.models.tables import INACTIVE, Recipient, RecipientTag, Tag
from hsl_tui.store import audience, beginnings
from hsl_tui.store.audience import Whom
from hsl_tui.store.conditions import is_forgotten, is_remembered


def condition(session: Session, criteria: Criteria) -> ColumnElement[bool]:
    """What is true of a recipient that is meant."""
    conditions: list[ColumnElement[bool]] = [is_remembered()]
    if criteria.selectors:
        whom = Whom.ACTIVE_UNLESS_SAID if criteria.active_unless_said else Whom.ANY
        conditions.append(audience.condition(session, criteria.selectors, whom))
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
    if criteria.selectors and criteria == Criteria(criteria.selectors, state=criteria.state):
        counted = _count_picked(session, criteria)
        if counted is not None:
            return counted
    if criteria.selectors or criteria.ids is not None:
        query = select(func.count()).select_from(Recipient).where(condition(session, criteria))
        return session.exec(query).one()
    ids = _found(criteria)
    if criteria.state is not RecipientState.ACTIVE:
        return _number(session, ids) - _forgotten(session, criteria)
    # Nearly all are active: no index tells them, but one tells the others.
    others = sa.select(col(Recipient.id)).where(sa.text(INACTIVE))
    if ids is None:
        return _number(session, None) - _number(session, others)
    return _number(session, sa.except_(sa.select(ids.subquery()), others))


def _count_picked(session: Session, criteria: Criteria) -> int | None:
    """How many selectors alone pick, from the indexes alone; None where none can tell."""
    if criteria.state is RecipientState.ACTIVE:
        return audience.count(session, criteria.selectors)
    if criteria.state is not None:
        return None
    return audience.count_all(session, criteria.selectors)


def bearers(tag: str) -> sa.Select[Any]:
    """The numbers of all that bear a tag."""
    named = sa.select(col(Tag.id)).where(col(Tag.name) == tag).scalar_subquery()
    return sa.select(col(RecipientTag.recipient_id)).where(col(RecipientTag.tag_id) == named)


def is_inactive(state: RecipientState) -> ColumnElement[bool]:
    """Whether a recipient is in this state, not the active one; spelt so that its index serves."""
    return and_(sa.text(INACTIVE), col(Recipient.state) == literal_column(f"'{state.value}'"))


def in_state(state: RecipientState) -> sa.Select[Any]:
    """The numbers of all in a state that is not the active one, by its index."""
    return sa.select(col(Recipient.id)).where(is_inactive(state))


def _found(criteria: Criteria) -> sa.SelectBase | None:
    """The numbers of all that are found, each once, from the indexes alone; None for everyone."""
    sets: list[sa.SelectBase] = []
    if (sought := beginnings.read(criteria.search)) is not None:
        arms = beginnings.arms(sought)
        sets.append(sa.union(*arms) if len(arms) > 1 else arms[0])
    if criteria.state not in {None, RecipientState.ACTIVE}:
        sets.append(in_state(criteria.state))
    if criteria.tag is not None:
        sets.append(bearers(criteria.tag))
    if not sets:
        return None
    first, *others = (one.subquery() for one in sets)
    number = next(iter(first.c))
    return sa.select(number).where(*(number.in_(sa.select(one)) for one in others))


def _forgotten(session: Session, criteria: Criteria) -> int:
    """How many of those that are found were forgotten: they bear no tag, and have no name."""
    if criteria.tag is not None or criteria.search:
        return 0
    if criteria.state not in {None, RecipientState.INVALID}:
        return 0
    return _number(session, sa.select(col(Recipient.id)).where(is_forgotten()))


def _number(session: Session, ids: sa.SelectBase | None) -> int:
    of: Any = Recipient if ids is None else ids.subquery()
    counted: int = session.execute(sa.select(func.count()).select_from(of)).scalar_one()
    return counted
