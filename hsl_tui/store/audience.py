"""Audiences: whom selectors pick, counted and taken down."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
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
from hsl_tui.store import rows, selecting
from hsl_tui.store.conditions import is_forgotten
from hsl_tui.store.number_sets import NumberSets
from hsl_tui.store.resolving import Audience, Clause, resolve, resolver

NAMED: Final = 10
"""How many excluding selectors are counted each on its own."""

_FORGOTTEN: Final = -1
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
    conditions = [selecting.holds(audience.spread, within=within)]
    if whom is Whom.ACTIVE:
        conditions.append(selecting.is_active())
    if within is not None:
        conditions += selecting.between(col(Recipient.id), within)
    return and_(*conditions)


def count(session: Session, selectors: Sequence[Selector]) -> int:
    """How many active recipients the selectors pick at this moment, from indexes alone."""
    audience = resolve(session, selectors).spread
    return _sum(session, _left(session, audience.included, [audience.excluded], with_inactive=True))


def count_all(session: Session, selectors: Sequence[Selector]) -> int:
    """How many recipients the selectors pick, whatever their state, likewise."""
    audience = resolve(session, selectors).spread
    left = _left(session, audience.included, [audience.excluded])
    return _sum(session, [*left, _forgotten(session, audience)])


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

    Only those who are not active are looked at one by one, so that a million are counted by index.
    """
    resolving = resolver(session, selectors)
    audience = resolving.audience([one for one in selectors if not one.exclude]).spread
    excluding = list(dict.fromkeys(one for one in selectors if one.exclude))
    named: list[Selector | None] = [*excluding[:NAMED]]
    steps = [resolving.audience(excluding[:at]).excluded for at in range(len(named) + 1)]
    reasons = [resolving.audience([one]).excluded for one in excluding[:NAMED]]
    if len(excluding) > len(named):
        named.append(None)
        steps.append(resolving.audience(excluding).excluded)
        reasons.append(steps[-1])
    parts = [
        *_left(session, audience.included, [(*audience.excluded, *taken) for taken in steps]),
        _inactive(session, audience, reasons),
        _forgotten(session, resolving.audience(selectors).spread),
    ]
    # Active ones that are left after each step.
    left = [0] * len(steps)
    inactive: Counter[RecipientState] = Counter()
    for word, what, number in session.execute(sa.union_all(*parts)):
        if word is None:
            left[what] += number
            continue
        if what != _FORGOTTEN:
            left[: what + 1] = [before - number for before in left[: what + 1]]
        if what in {_FORGOTTEN, len(reasons)}:
            inactive[RecipientState(word)] += number
    taken_away = {by: left[at] - left[at + 1] for at, by in enumerate(named)}
    return Tally(
        left[-1], {state: number for state, number in inactive.items() if number}, taken_away
    )


_Part = sa.Select[Any, Any, int]
"""A state or nothing, for what it is counted, and how many there are, to be added up."""


def _sum(session: Session, parts: Iterable[_Part]) -> int:
    return sum(number for _, _, number in session.execute(sa.union_all(*parts)))


def _left(
    session: Session,
    included: Sequence[Clause],
    steps: Sequence[Sequence[Clause]],
    *,
    with_inactive: bool = False,
) -> Iterator[_Part]:
    """Of whom one of the included clauses holds and none of a step's, for each step; in any state.

    As many as are in both together, less those of the step.

    Args:
        with_inactive: each step takes those away, too, who are not active.
    """
    sets = NumberSets(session)
    for at, excluded in enumerate(steps):
        both = (*included, *excluded)
        together = sets.union(both, with_inactive=with_inactive).subquery()
        yield sa.select(_NO_STATE, literal(at), func.count()).select_from(together)
        if excluded or with_inactive:
            taken = sets.union(excluded, with_inactive=with_inactive).subquery()
            yield sa.select(_NO_STATE, literal(at), -func.count()).select_from(taken)


def _is_meant(session: Session, audience: Audience) -> ColumnElement[bool]:
    """Whether an audience picks a recipient, of few of whom it is asked."""
    # PostgreSQL finds out by itself that they are few.
    is_meant = selecting.holds_of_few if rows.is_sqlite(session) else selecting.holds
    return is_meant(audience)


def _inactive(session: Session, audience: Audience, reasons: Sequence[Sequence[Clause]]) -> _Part:
    """Those who are meant but not active, by state and by the first reason that takes them away.

    Args:
        reasons: clauses; as many as there are stands for none of them.
    """
    cases = [
        (~and_(true(), *map(selecting.is_not, clauses)), at) for at, clauses in enumerate(reasons)
    ]
    reason = sa.case(*cases, else_=len(reasons)) if cases else literal(0)
    state = col(Recipient.state)
    return (
        sa.select(state, reason, func.count())
        .where(selecting.is_inactive(), _is_meant(session, audience))
        .group_by(state, sa.text("2"))
    )


def _forgotten(session: Session, audience: Audience) -> _Part:
    """Those who are meant and have no data any more: nobody is told that they are left out."""
    state = literal(RecipientState.INVALID.value, sa.String)
    return (
        sa.select(state, literal(_FORGOTTEN), -func.count())
        .where(is_forgotten(), _is_meant(session, audience))
        .select_from(Recipient)
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
