"""Audiences: whom selectors pick, counted and taken down."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy import ColumnElement, and_, func, insert, literal, true
from sqlmodel import Session, col

from hsl_tui.models.enums import DeliveryStatus, RecipientState
from hsl_tui.models.selector import Selector
from hsl_tui.models.tables import Delivery, Recipient, delivery_status
from hsl_tui.models.types import EPOCH, UtcDateTime
from hsl_tui.store import number_sets, rows, selecting
from hsl_tui.store.conditions import is_forgotten
from hsl_tui.store.resolving import Audience, Clause, resolve, resolver

NAMED: Final = 10
"""How many excluding selectors are counted each on its own."""

_MEANT: Final = -1
_INACTIVE: Final = -2
_LEFT_OUT: Final = -3
_FORGOTTEN: Final = -4
_SIGNS: Final = {_MEANT: 1, _INACTIVE: -1, _LEFT_OUT: 0, _FORGOTTEN: 0, 0: -1}
"""Whether a part adds to those who are picked or is to be subtracted."""
_NO_STATE: Final = sa.null().cast(sa.String).label("state")


class Whom(Enum):
    """In which states recipients are meant."""

    ACTIVE = auto()
    """Whom a broadcast can be sent to."""
    ANY = auto()
    ACTIVE_UNLESS_SAID = auto()
    """Active ones, but for selectors that name a state."""


def condition(
    session: Session,
    selectors: Sequence[Selector],
    whom: Whom = Whom.ACTIVE,
    *,
    within: tuple[int, int] | None = None,
) -> ColumnElement[bool]:
    """What is true of a recipient that the selectors pick.

    Args:
        session: looks up what they name.
        within: only those with an id beyond the first and up to the second.
    """
    audience = resolve(session, selectors)
    if whom is Whom.ACTIVE_UNLESS_SAID:
        taken = (selecting.is_not(clause) for clause in audience.excluded)
        return and_(selecting.said_or_active(audience.included), *taken)
    conditions = [selecting.holds(audience, within=within)]
    if whom is Whom.ACTIVE:
        conditions.append(selecting.is_active())
    if within is not None:
        conditions += selecting.between(col(Recipient.id), within)
    return and_(*conditions)


def count(session: Session, selectors: Sequence[Selector]) -> int:
    """How many active recipients the selectors pick at this moment, from indexes alone."""
    audience = resolve(session, selectors)
    parts = _remaining(session, audience)
    if audience.excluded and not _is_one_pass(session, audience):
        parts.append(_taken(audience))
    found = session.execute(sa.union_all(*parts) if len(parts) > 1 else parts[0])
    return sum(number * _SIGNS[what] for _, what, number in found)


def count_all(session: Session, selectors: Sequence[Selector]) -> int:
    """How many recipients the selectors pick, whatever their state, likewise."""
    audience = resolve(session, selectors)
    taken = [_taken(audience)] if audience.excluded else []
    found = session.execute(sa.union_all(_meant(audience), *taken, _forgotten(audience)))
    return sum(number if what == _MEANT else -number for _, what, number in found)


@dataclass(frozen=True, slots=True)
class Tally:
    """Who is picked at one moment, and why others are not.

    Attributes:
        picked: active recipients, as :func:`count` counts them.
        inactive: how many are left out because of their state, of those not taken away.
        taken_away: for each excluding selector how many active ones it takes away that none
            before it does; of more than :data:`NAMED` the others are under the last, None.
    """

    picked: int
    inactive: dict[RecipientState, int]
    taken_away: dict[Selector | None, int]


def tally(session: Session, selectors: Sequence[Selector]) -> Tally:
    """Count who is picked and who is left out, in one statement.

    Only those who are left out are looked at one by one, so that a million are counted by index.
    """
    resolving = resolver(session, selectors)
    audience = resolving.audience(selectors)
    excluding = list(dict.fromkeys(one for one in selectors if one.exclude))
    named = excluding[:NAMED]
    parts = _remaining(session, audience)
    if excluding:
        # Whom none of the first has taken away, the last has: that is not looked up once more.
        asked = named if len(excluding) > len(named) else named[:-1]
        reasons = [resolving.audience([one]).excluded for one in asked]
        parts += _taken_by_reason(audience, reasons)
    picked, one_pass = 0, _is_one_pass(session, audience)
    inactive: dict[RecipientState, int] = {}
    taken: dict[Selector | None, int] = dict.fromkeys(named, 0)
    for word, what, number in session.execute(sa.union_all(*parts, _forgotten(audience))):
        if what < 0:
            picked += number * _SIGNS[what]
            if word is not None:
                state = RecipientState(word)
                inactive[state] = inactive.get(state, 0) + (
                    -number if what == _FORGOTTEN else number
                )
            continue
        by = named[what] if what < len(named) else None
        # Some of those who are taken away were not active anyway.
        taken[by] = taken.get(by, 0) + (number if word is None else -number)
        if word is None and not one_pass:
            picked -= number
    return Tally(picked, {state: number for state, number in inactive.items() if number}, taken)


_Part = sa.Select[Any, Any, int]
"""A state or nothing, for what it is counted, and how many there are."""


def _is_one_pass(session: Session, audience: Audience) -> bool:
    """Whether those who are meant are joined with all that decides of them.

    PostgreSQL does that in one go. SQLite, which would look up each of a million, has the others
    counted apart instead; and everyone is best counted without a look at anyone.
    """
    return not rows.is_sqlite(session) and not selecting.is_everyone(audience.included)


def _remaining(session: Session, audience: Audience) -> list[_Part]:
    """Those who are meant: active ones, and by their states the others that are not taken away.

    In one pass, active ones alone; otherwise all, of whom the others and those who are taken away
    are still to be subtracted.
    """
    state = col(Recipient.state)
    if not _is_one_pass(session, audience):
        others = sa.select(state, literal(_INACTIVE), func.count()).where(
            selecting.is_inactive(), selecting.holds_of_few(audience)
        )
        return [_meant(audience), others.group_by(state)]
    left = number_sets.remaining(audience).subquery()
    (number,) = left.c
    gone = sa.select(col(Recipient.id), state).where(selecting.is_inactive()).subquery()
    what = sa.case((gone.c.state.is_(None), _MEANT), else_=_LEFT_OUT)
    by_state = sa.select(gone.c.state, what, func.count()).select_from(left)
    return [by_state.outerjoin(gone, gone.c.id == number).group_by(gone.c.state)]


def _meant(audience: Audience) -> _Part:
    meant = number_sets.numbers(audience.included).subquery()
    return sa.select(_NO_STATE, literal(_MEANT), func.count()).select_from(meant)


def _forgotten(audience: Audience) -> _Part:
    """Those who are meant and have no data any more: nobody is told that they are left out."""
    state = literal(RecipientState.INVALID.value, sa.String)
    return (
        sa.select(state, literal(_FORGOTTEN), func.count())
        .where(is_forgotten(), selecting.holds_of_few(audience))
        .select_from(Recipient)
    )


def _taken(audience: Audience) -> _Part:
    """All who are taken away, in whatever state."""
    taken = number_sets.numbers_of_both(audience.excluded, audience.included).subquery()
    return sa.select(_NO_STATE, literal(0), func.count()).select_from(taken)


def _taken_by_reason(audience: Audience, reasons: Sequence[Sequence[Clause]]) -> Iterator[_Part]:
    """Those who are taken away, by the first selector that does; all, and those not active.

    Args:
        reasons: the clauses of each selector but the last.
    """
    cases = [
        (~and_(true(), *map(selecting.is_not, clauses)), at) for at, clauses in enumerate(reasons)
    ]
    reason = sa.case(*cases, else_=len(reasons)) if cases else literal(0)
    if not cases:
        yield _taken(audience)
    else:
        taken = number_sets.numbers_of_both(audience.excluded, audience.included).subquery()
        (number,) = taken.c
        query = sa.select(_NO_STATE, reason, func.count()).select_from(Recipient)
        yield query.join(taken, number == col(Recipient.id)).group_by(sa.text("2"))
    state = col(Recipient.state)
    yield (
        sa.select(state, reason, func.count())
        .where(
            selecting.is_inactive(),
            selecting.any_holds_of_few(audience.excluded),
            selecting.any_holds_of_few(audience.included),
        )
        .group_by(state, sa.text("2"))
    )


def take_down(session: Session, broadcast_id: int, selectors: Sequence[Selector]) -> int:
    """Add a pending delivery for each recipient that is picked, and return how many.

    One statement, whatever the size: the audience is what it was at this instant.
    """
    columns: dict[str, Any] = {
        "broadcast_id": literal(broadcast_id),
        "seq": func.row_number().over(order_by=col(Recipient.id)),
        "recipient_id": col(Recipient.id),
        "status": literal(DeliveryStatus.PENDING, delivery_status),
        "not_before": literal(EPOCH, UtcDateTime()),
        "token": literal(0),
        "attempts": literal(0),
    }
    chosen = sa.select(*columns.values()).where(condition(session, selectors))
    return rows.affected(session, insert(Delivery).from_select(list(columns), chosen))
