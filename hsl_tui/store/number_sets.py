"""Audiences as sets of recipients' numbers, from indexes alone: what counts are made of."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy import false, true
from sqlmodel import col

from hsl_tui.models.selector import SelectorKind
from hsl_tui.models.tables import Recipient
from hsl_tui.store.resolving import Audience, Clause, Fact
from hsl_tui.store.selecting import ELSEWHERE, does_not_hold, is_everyone, picked

_FEW: Final = 4
"""So many pairs of clauses are asked for one by one."""


def numbers(
    clauses: Sequence[Clause], of: Callable[[Clause], sa.SelectBase] = picked
) -> sa.SelectBase:
    """The numbers of the recipients of whom any of these clauses holds, each once.

    Args:
        of: gives those of one clause.
    """
    if is_everyone(clauses):
        return sa.select(col(Recipient.id))
    if not clauses:
        return sa.select(col(Recipient.id)).where(false())
    if len(clauses) > 1:
        return sa.union(*map(of, clauses))
    query, first = of(clauses[0]), clauses[0][0]
    has_doubles = first.kind in ELSEWHERE and len(first.values) > 1
    return query.distinct() if has_doubles and isinstance(query, sa.Select) else query


def numbers_of_both(some: Sequence[Clause], others: Sequence[Clause]) -> sa.SelectBase:
    """The numbers of recipients of whom one of some clauses holds and one of others, each once."""
    if is_everyone(others):
        return numbers(some)
    if len(some) * len(others) <= _FEW:
        return numbers([(*one, *other) for one in some for other in others])
    there = numbers(some).subquery()
    (number,) = there.c
    return sa.select(number).where(number.in_(sa.union(*map(picked, others))))


def remaining(audience: Audience) -> sa.Select[Any]:
    """The numbers of all whom an audience picks, in whatever state, each once; on PostgreSQL.

    Where indexes alone tell, they are walked side by side, which takes half the time of a join.
    """
    meant = numbers(audience.included, _as_sets)
    told = [clause for clause in audience.excluded if all(map(_is_told_by_index, clause))]
    if told:
        meant = sa.except_(meant, *map(_as_sets, told))
    left = meant.subquery()
    (number,) = left.c
    others = (does_not_hold(clause, number) for clause in audience.excluded if clause not in told)
    return sa.select(number).where(true(), *others)


def _as_sets(clause: Clause) -> sa.SelectBase:
    """The numbers of the recipients of whom a clause holds, as sets that are cut."""
    if len(clause) == 1 or not all(map(_is_told_by_index, clause)) or clause[0].negated:
        return picked(clause)
    cut = [picked((fact,)) for fact in clause if not fact.negated]
    taken = [picked((replace(fact, negated=False),)) for fact in clause if fact.negated]
    left = sa.intersect(*cut) if len(cut) > 1 else cut[0]
    return sa.except_(left, *taken) if taken else left


def _is_told_by_index(fact: Fact) -> bool:
    return fact.kind is SelectorKind.LANG or fact.kind in ELSEWHERE
