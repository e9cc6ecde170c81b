"""Audiences: whom selectors pick, counted and taken down."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy import ColumnElement, and_, func, insert, literal
from sqlmodel import Session, col, select

from hsl_tui.models.enums import DeliveryStatus, RecipientState
from hsl_tui.models.selector import Selector
from hsl_tui.models.tables import INACTIVE, Delivery, Recipient, delivery_status
from hsl_tui.models.types import EPOCH, UtcDateTime
from hsl_tui.store import rows, selecting
from hsl_tui.store.resolving import Audience, Clause, resolve

NAMED: Final = 10
"""How many excluding selectors are counted each on its own."""

_EVERYONE: Final = -2
_INACTIVE: Final = -1


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
    """How many active recipients the selectors pick at this moment."""
    query = select(func.count()).select_from(Recipient).where(condition(session, selectors))
    return session.exec(query).one()


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
    audience = resolve(session, selectors)
    excluding = list(dict.fromkeys(one for one in selectors if one.exclude))
    named = excluding[:NAMED]
    statements = [_everyone(audience.included), _inactive(audience.included)]
    if excluding:
        reasons = [resolve(session, [one]).excluded for one in named]
        has_more = len(excluding) > len(named)
        statements.append(_taken_away(audience, reasons, has_more=has_more))
    picked = 0
    inactive: Counter[RecipientState] = Counter()
    taken: dict[Selector | None, int] = dict.fromkeys(named, 0)
    for word, reason, number in session.execute(sa.union_all(*statements)):
        if reason == _EVERYONE:
            picked += number
        elif reason == _INACTIVE:
            inactive[RecipientState(word)] += number
            picked -= number
        elif word == RecipientState.ACTIVE.value:
            by = named[reason] if reason < len(named) else None
            taken[by] = taken.get(by, 0) + number
            picked -= number
        else:
            # Counted with the inactive ones, but not left out because of that.
            inactive[RecipientState(word)] -= number
    return Tally(picked, {state: number for state, number in inactive.items() if number}, taken)


def _everyone(included: Sequence[Clause]) -> sa.Select[Any, Any, Any]:
    chosen = selecting.numbers(included).subquery()
    return sa.select(literal(None, sa.String), literal(_EVERYONE), func.count()).select_from(chosen)


def _inactive(included: Sequence[Clause]) -> sa.Select[Any, Any, Any]:
    state = col(Recipient.state)
    return (
        sa.select(state, literal(_INACTIVE), func.count())
        # Spelt so that the index of those that are not active serves.
        .where(sa.text(f"recipients.{INACTIVE}"), selecting.is_among(included))
        .group_by(state)
    )


def _taken_away(
    audience: Audience, reasons: Sequence[Sequence[Clause]], *, has_more: bool
) -> sa.Select[Any, Any, Any]:
    state = col(Recipient.state)
    # Whom none of the first has taken away, the last has: that is not looked up once more.
    last = len(reasons) if has_more else len(reasons) - 1
    cases = [
        (~and_(*map(selecting.is_not, clauses)), at) for at, clauses in enumerate(reasons[:last])
    ]
    reason = sa.case(*cases, else_=last) if cases else literal(last)
    return (
        sa.select(state, reason, func.count())
        .where(selecting.is_among(audience.excluded), selecting.is_among(audience.included))
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
