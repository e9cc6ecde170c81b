"""Audiences as sets of recipients' numbers, from indexes alone: what counts are made of.

Only unions are counted: those of whom a clause of some holds and none of others are as many as are
in both together, less those in the others. All of it are ranges of indexes in the order of numbers,
which both databases walk side by side and gather nowhere.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy import false
from sqlmodel import Session, col

from hsl_tui.models.selector import SelectorKind
from hsl_tui.models.tables import Recipient
from hsl_tui.store import rows
from hsl_tui.store.resolving import Clause, Fact
from hsl_tui.store.selecting import ELSEWHERE, is_everyone, is_inactive, picked

_MOST_SIDE_BY_SIDE: Final = 8
"""Each number is handed on from walk to walk: of more, gathering them is faster."""
_RANGES: Final = frozenset({SelectorKind.TAG, SelectorKind.LANG})
"""Kinds each of whose values is a range of an index in the order of numbers."""


def _those_inactive() -> sa.CTE:
    """The numbers of those who are not active: few, of whom there is an index."""
    query = sa.select(col(Recipient.id)).where(is_inactive())
    # Told so, or SQLite would read every recipient, in whose order they are wanted.
    return query.cte().prefix_with("MATERIALIZED")


@dataclass(frozen=True, slots=True)
class NumberSets:
    """The sets of one statement: what is no range of an index is found once, however often used."""

    session: Session
    _found: dict[Clause, sa.SelectBase] = field(default_factory=dict)
    _inactive: sa.CTE = field(default_factory=_those_inactive)

    def union(self, clauses: Sequence[Clause], *, with_inactive: bool = False) -> sa.SelectBase:
        """The numbers of the recipients of whom any of these clauses holds, each once.

        Args:
            with_inactive: and those of all who are not active.
        """
        if is_everyone(clauses):
            return sa.select(col(Recipient.id))
        others = [sa.select(*self._inactive.c)] if with_inactive else []
        if not clauses:
            return others[0] if others else sa.select(col(Recipient.id)).where(false())
        apart = list(_apart(clauses))
        is_side_by_side = len(apart) <= _MOST_SIDE_BY_SIDE
        parts = [self._numbers(clause) for clause in (apart if is_side_by_side else clauses)]
        parts += others
        if len(parts) == 1:
            return _each_once(parts[0], clauses[0])
        union: sa.CompoundSelect[Any] = sa.union(*parts)
        # SQLite gathers a union unless it is to be in order; PostgreSQL chooses by itself.
        is_told = is_side_by_side and rows.is_sqlite(self.session)
        return union.order_by(sa.text("1")) if is_told else union

    def _numbers(self, clause: Clause) -> sa.SelectBase:
        if _is_range(clause):
            return picked(clause)
        if clause not in self._found:
            # Of one that is used once the databases make what they make of a subquery.
            query = picked(clause) if rows.is_sqlite(self.session) else _as_sets(clause)
            self._found[clause] = sa.select(*query.cte().c)
        return self._found[clause]


def _apart(clauses: Sequence[Clause]) -> Iterator[Clause]:
    """The same, with a clause for each range of an index."""
    for clause in clauses:
        if _is_range(clause):
            yield from ((replace(clause[0], values=(value,)),) for value in clause[0].values)
        else:
            yield clause


def _is_range(clause: Clause) -> bool:
    return len(clause) == 1 and clause[0].kind in _RANGES and bool(clause[0].values)


def _each_once(query: sa.SelectBase, clause: Clause) -> sa.SelectBase:
    has_doubles = clause[0].kind in ELSEWHERE and len(clause[0].values) > 1
    return query.distinct() if has_doubles and isinstance(query, sa.Select) else query


def _as_sets(clause: Clause) -> sa.SelectBase:
    """The numbers of the recipients of whom a clause holds, as sets that are cut; on PostgreSQL.

    Where indexes alone tell, they are walked side by side, which takes half the time of a join.
    """
    if len(clause) == 1 or not all(map(_is_told_by_index, clause)) or clause[0].negated:
        return picked(clause)
    cut = [picked((fact,)) for fact in clause if not fact.negated]
    taken = [picked((replace(fact, negated=False),)) for fact in clause if fact.negated]
    left: Any = sa.intersect(*cut) if len(cut) > 1 else cut[0]
    return sa.except_(left, *taken) if taken else left


def _is_told_by_index(fact: Fact) -> bool:
    return fact.kind is SelectorKind.LANG or fact.kind in ELSEWHERE
