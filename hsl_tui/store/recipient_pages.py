"""Recipients that are looked for, a page at a time, at a cost that does not grow with their number.

Without a search they come in the order of their rows. With one they come by what of them matches,
and in the order of that: each such part is a range of one index, walked from the page before. Where
a filter leaves only few, those are read and put in order instead: to walk would meet one of them in
thousands.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

import sqlalchemy as sa
from sqlalchemy import Select, case, func, literal, literal_column
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, select

from hsl_tui.models.criteria import Criteria, Found, Place
from hsl_tui.models.enums import RecipientState
from hsl_tui.models.tables import Recipient, RecipientTag, Tag
from hsl_tui.store import audience, beginnings, matching, recipients, search_keys
from hsl_tui.store.audience import Whom
from hsl_tui.store.beginnings import Sought
from hsl_tui.store.conditions import is_remembered

_OTHERS: Final = frozenset(RecipientState) - {RecipientState.ACTIVE}
_FEW: Final = 5000
"""So many rows are read and sorted about as fast as a page is filled by walking past others."""
_WIDER: Final = 4
"""So many times more rows are looked through when some did not fill a page."""


def page(
    session: Session,
    criteria: Criteria,
    *,
    limit: int,
    beyond: Place | None = None,
    backwards: bool = False,
) -> Sequence[Found]:
    """Up to ``limit`` recipients in the order in which they are found.

    Args:
        beyond: go on from here; from the beginning, or from the end if ``backwards``, where None.
        backwards: those before that place, still in their order.
    """
    tag_id: int | None = None
    if criteria.tag is not None:
        # By its number, so that PostgreSQL knows whether its bearers are many or few.
        tag_id = session.exec(select(Tag.id).where(Tag.name == criteria.tag)).first()
        if tag_id is None:
            return []
    asked = _Asked(session, criteria, tag_id, limit, beyond, backwards)
    sought = beginnings.read(criteria.search)
    if sought is None:
        found = asked.by_row()
    elif asked.has_few:
        found = asked.sorted(sought)
    else:
        found = asked.walked(sought)
    if backwards:
        found.reverse()
    views = recipients.views(session, [row for _, row in found])
    return [Found(place, view) for (place, _), view in zip(found, views, strict=True)]


_Rows = list[tuple[Place, Recipient]]


@dataclass(frozen=True, slots=True)
class _Asked:
    """One page, on its way."""

    session: Session
    criteria: Criteria
    tag_id: int | None
    limit: int
    beyond: Place | None
    backwards: bool

    # --- filters --------------------------------------------------------------------------------

    @property
    def has_few(self) -> bool:
        """Whether the filters alone leave few, whoever is looked for."""
        return self._is_few_in_state() or self._is_few_with_tag()

    def _is_few_in_state(self) -> bool:
        state = self.criteria.state
        return state in _OTHERS and self._at_most_few(matching.in_state(state))

    def _is_few_with_tag(self) -> bool:
        return self.tag_id is not None and self._at_most_few(self._bearers())

    def _bearers(self) -> Select[Any]:
        bearer = sa.select(col(RecipientTag.recipient_id))
        return bearer.where(col(RecipientTag.tag_id) == self.tag_id)

    def _at_most_few(self, ids: Select[Any]) -> bool:
        # In their order, so that they are met in an index one after the other.
        some = ids.order_by(*ids.selected_columns).limit(_FEW + 1).subquery()
        counted: int = self.session.execute(sa.select(func.count()).select_from(some)).scalar_one()
        return counted <= _FEW

    def _filters(
        self, of: Any, *, tag: bool = True, state: bool = True, selectors: bool = True
    ) -> Iterator[Any]:
        """Conditions that are looked up for each row that is met, and change no plan."""
        criteria = self.criteria
        yield is_remembered()
        if criteria.state is not None and state:
            yield of.state == criteria.state
        if self.tag_id is not None and tag:
            # A number that is looked up row by row; an EXISTS would let all bearers be read first.
            bearer = aliased(RecipientTag)
            own = (col(bearer.recipient_id) == of.id, col(bearer.tag_id) == self.tag_id)
            yield sa.select(literal(1)).where(*own).scalar_subquery().is_not(None)
        if criteria.ids is not None:
            yield of.id.in_(sorted(criteria.ids))
        if criteria.selectors and selectors:
            picked = audience.condition(self.session, criteria.selectors, Whom.ANY)
            yield of.id.in_(sa.select(col(Recipient.id)).where(picked))

    # --- in the order of rows -------------------------------------------------------------------

    def by_row(self) -> _Rows:
        """Everyone, or the bearers of a tag, or those in a state, each by its index."""
        state = self.criteria.state
        number: Any = col(Recipient.id)
        query = sa.select(Recipient)
        if state in _OTHERS and (self.tag_id is None or self._is_few_in_state()):
            query = query.where(matching.is_inactive(state), *self._filters(Recipient, state=False))
        elif self.tag_id is not None:
            number = col(RecipientTag.recipient_id)
            query = query.join(RecipientTag, number == col(Recipient.id)).where(
                col(RecipientTag.tag_id) == self.tag_id, *self._filters(Recipient, tag=False)
            )
        elif self.criteria.selectors:
            return self._by_windows()
        else:
            query = query.where(*self._filters(Recipient))
        if self.beyond is not None:
            query = query.where(self._past(number, self.beyond.number))
        rows = self._rows(query, (number,), self.limit)
        return [(Place(0, "", row.id or 0), row) for row in rows]

    def _by_windows(self) -> _Rows:
        """Whom selectors pick, looked for among more and more rows until there are enough.

        All whom they pick would otherwise be gathered for each page.
        """
        number: Any = col(Recipient.id)
        ends = (sa.select(end(number)).scalar_subquery() for end in (func.min, func.max))
        first, last = (end or 0 for end in self.session.execute(sa.select(*ends)).one())
        after = first - 1
        if self.beyond is not None and self.backwards:
            last = min(last, self.beyond.number - 1)
        elif self.beyond is not None:
            after = max(after, self.beyond.number)
        found: list[Recipient] = []
        size = _FEW
        while after < last and len(found) < self.limit:
            window = (max(after, last - size), last) if self.backwards else (after, after + size)
            picked = audience.condition(
                self.session, self.criteria.selectors, Whom.ANY, within=window
            )
            query = sa.select(Recipient).where(picked, *self._filters(Recipient, selectors=False))
            found += self._rows(query, (number,), self.limit - len(found))
            after, last = (after, window[0]) if self.backwards else (window[1], last)
            size *= _WIDER
        return [(Place(0, "", row.id or 0), row) for row in found]

    # --- few, put in order ----------------------------------------------------------------------

    def sorted(self, sought: Sought) -> _Rows:
        """Those that the filters leave, with their places worked out for each."""
        state = self.criteria.state
        if state in _OTHERS and self._is_few_in_state():
            filters = (*self._filters(Recipient, state=False), matching.is_inactive(state))
        else:
            bears = col(Recipient.id).in_(self._bearers())
            filters = (*self._filters(Recipient, tag=False), bears)
        place = _ranked(sought, sa.select(*_SOUGHT_IN).where(*filters).cte("few"))
        query = sa.select(*place).where(place.rank.is_not(None))
        if self.beyond is not None:
            query = query.where(self._past(sa.tuple_(*place[:3]), sa.tuple_(*self.beyond)))
        query = query.order_by(*self._order(place[:3])).limit(self.limit)
        places = {of_id: Place(*at) for *at, of_id in self.session.execute(query)}
        there = sa.select(Recipient).where(col(Recipient.id).in_(list(places)))
        rows = {row.id: row for row in self.session.scalars(there)}
        return [(place, rows[of_id]) for of_id, place in places.items()]

    # --- many, walked past ----------------------------------------------------------------------

    def walked(self, sought: Sought) -> _Rows:
        """Along one index after the other, until there are enough."""
        found: _Rows = []
        for rank, column in self._ahead(sought):
            limit = self.limit - len(found)
            if limit <= 0:
                break
            start = self.beyond if self.beyond is not None and self.beyond.rank == rank else None
            if column is None:
                rows = self._by_chat(sought, start, limit)
                found += [(Place(rank, "", row.chat_id), row) for row in rows]
            else:
                rows = self._by_name(sought, column, start, limit)
                found += [(Place(rank, getattr(row, column), row.id or 0), row) for row in rows]
        return found

    def _ahead(self, sought: Sought) -> Iterator[tuple[int, str | None]]:
        ranks = list(sought.ranks())
        for rank, column in reversed(ranks) if self.backwards else ranks:
            behind = self.beyond is not None and (
                rank > self.beyond.rank if self.backwards else rank < self.beyond.rank
            )
            if not behind:
                yield rank, column

    def _by_chat(self, sought: Sought, start: Place | None, limit: int) -> Sequence[Recipient]:
        number: Any = col(Recipient.chat_id)
        # Each by itself, or SQLite reads all that lies between.
        ends = (sa.select(end(number)).scalar_subquery() for end in (func.min, func.max))
        least, greatest = (end or 0 for end in self.session.execute(sa.select(*ends)).one())
        query = sa.select(Recipient).where(*self._filters(Recipient))
        if start is not None:
            query = query.where(self._past(number, start.number))
        rows: list[Recipient] = []
        for low, high in reversed(sought.chats) if self.backwards else sought.chats:
            if len(rows) < limit and low <= greatest and high >= least:
                one = query.where(number.between(low, high))
                rows += self._rows(one, (number,), limit - len(rows))
        return rows

    def _by_name(
        self, sought: Sought, column: str, start: Place | None, limit: int
    ) -> Sequence[Recipient]:
        key, number = getattr(Recipient, column), col(Recipient.id)
        query = sa.select(Recipient).where(
            beginnings.within(key, sought.key),
            beginnings.is_found_first(Recipient, sought, column),
            *self._filters(Recipient),
        )
        if start is None:
            return self._rows(query, (key, number), limit)
        # Two ranges: an index has no use for one condition that joins both with OR.
        same = query.where(key == start.key, self._past(number, start.number))
        rows = list(self._rows(same, (number,), limit))
        if len(rows) < limit:
            further = query.where(self._past(key, start.key))
            rows += self._rows(further, (key, number), limit - len(rows))
        return rows

    # --- both -----------------------------------------------------------------------------------

    def _past(self, where: Any, at: Any) -> Any:
        return where < at if self.backwards else where > at

    def _order(self, by: Sequence[Any]) -> list[Any]:
        return [one.desc() if self.backwards else one for one in by]

    def _rows(self, query: Select[Any], by: Sequence[Any], limit: int) -> Sequence[Recipient]:
        return self.session.scalars(query.order_by(*self._order(by)).limit(limit)).all()


class _Placed(NamedTuple):
    """The columns of a :class:`~hsl_tui.models.criteria.Place`, and whose it is."""

    rank: Any
    key: Any
    number: Any
    id: Any


_SOUGHT_IN: Final = tuple(
    getattr(Recipient, name) for name in ("id", "chat_id", *search_keys.COLUMNS)
)


def _ranked(sought: Sought, some: sa.CTE) -> _Placed:
    """The places of these recipients; no rank where they are not found."""
    of = some.prefix_with("MATERIALIZED").c
    ranks = list(sought.ranks())
    matched = [(beginnings.matches(of, sought, one), at) for at, one in ranks]
    rank = case(*((found, literal_column(str(at))) for found, at in matched), else_=None)
    by = sa.select(*of, rank.label("rank")).subquery().c
    keys = [(by.rank == at, by[one]) for at, one in ranks if one is not None]
    number = case((by.rank == beginnings.CHAT, by.chat_id), else_=by.id)
    return _Placed(by.rank, case(*keys, else_=literal("")), number, by.id)
