"""Audiences as conditions of SQL, spelt so that a million rows are joined on both databases.

PostgreSQL would search the list of an IN that is negated, or stands in an OR, for each recipient
from its beginning once it outgrows work_mem; SQLite would look up every recipient where a picking
one is an EXISTS. So whoever is picked is in one list of numbers, a union of what picks them, and
whoever is taken away is one of whom something exists.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy import ColumnElement, and_, false, func, or_, true
from sqlalchemy.orm import aliased
from sqlmodel import col

from hsl_tui.models.enums import DeliveryStatus, RecipientState
from hsl_tui.models.selector import BY_BROADCAST, SelectorKind
from hsl_tui.models.tables import Delivery, Recipient, RecipientTag
from hsl_tui.store import search_keys
from hsl_tui.store.resolving import Audience, Clause, Fact, names_state

Window = tuple[int, int]
"""Those with an id beyond the first and up to the second."""

_REACHED: Final = (DeliveryStatus.SENT, DeliveryStatus.DELETED, DeliveryStatus.UNCERTAIN)
"""They have it, had it, or may have it."""
_NOT_REACHED: Final = (DeliveryStatus.FAILED, DeliveryStatus.CANCELLED)
_ELSEWHERE: Final = BY_BROADCAST | {SelectorKind.TAG}
"""Kinds that rows of another table tell, one at most for each recipient."""


def holds(
    audience: Audience, of: Any = Recipient, within: Window | None = None
) -> ColumnElement[bool]:
    """Whether an audience picks a recipient, in whatever state.

    Args:
        of: the recipient.
        within: only these are asked for.
    """
    is_included = is_among(audience.included, of, within)
    return and_(is_included, *(is_not(clause, of, within) for clause in audience.excluded))


def is_active(of: Any = Recipient) -> ColumnElement[bool]:
    """Whether a recipient can be written to."""
    active: ColumnElement[bool] = of.state == RecipientState.ACTIVE
    return active


def is_among(
    clauses: Sequence[Clause], of: Any = Recipient, within: Window | None = None
) -> ColumnElement[bool]:
    """Whether any of these clauses holds of a recipient."""
    if not clauses:
        return false()
    if any(map(_is_everyone, clauses)):
        return true()
    picking = [picked(clause, within) for clause in clauses]
    return col(of.id).in_(sa.union_all(*picking) if len(picking) > 1 else picking[0])


def said_or_active(clauses: Sequence[Clause], of: Any = Recipient) -> ColumnElement[bool]:
    """Whether a clause that names a state holds of a recipient, or another one of an active one."""
    said = [clause for clause in clauses if names_state(clause)]
    others = [clause for clause in clauses if not names_state(clause)]
    if not said:
        return and_(is_among(others, of), is_active(of))
    if not others:
        return is_among(said, of)
    someone = aliased(Recipient)
    active = sa.select(col(someone.id)).where(is_among(others, someone), is_active(someone))
    return col(of.id).in_(sa.union_all(active, *map(picked, said)))


def is_not(
    clause: Clause, of: Any = Recipient, within: Window | None = None
) -> ColumnElement[bool]:
    """Whether a clause does not hold of a recipient."""
    if len(clause) > 1:
        number, query = _joined(clause, within)
        return ~query.where(number == of.id).exists()
    return _is_not(clause[0], of, of.id, within)


def picked(clause: Clause, within: Window | None = None) -> sa.Select[Any]:
    """The numbers of the recipients of whom a clause holds; of a clause of one fact some twice.

    Args:
        within: said here too where the list is long: the databases would first make all of it.
    """
    number, query = _joined(clause, within)
    return query.with_only_columns(number)


def numbers(clauses: Sequence[Clause]) -> sa.SelectBase:
    """The numbers of the recipients of whom any of these clauses holds, each once."""
    if any(map(_is_everyone, clauses)):
        return sa.select(col(Recipient.id))
    if not clauses:
        return sa.select(col(Recipient.id)).where(false())
    picking = [picked(clause) for clause in clauses]
    if len(picking) > 1:
        return sa.union(*picking)
    (query,) = picking
    is_unique = len(clauses[0]) > 1 or len(clauses[0][0].values) == 1
    return query if is_unique else query.distinct()


# --- clauses ------------------------------------------------------------------------------------


def _is_everyone(clause: Clause) -> bool:
    return all(fact.kind is SelectorKind.ALL and not fact.negated for fact in clause)


def _joined(clause: Clause, within: Window | None) -> tuple[Any, sa.Select[Any]]:
    """Recipients of whom all facts hold, and the column that numbers them.

    Joined from the tables that tell; that of recipients is among them only where it is needed.
    """
    elsewhere = [one for one in clause if one.kind in _ELSEWHERE and not one.negated]
    others = [one for one in clause if one not in elsewhere]
    someone = aliased(Recipient)
    number: Any = None
    query = sa.select(sa.literal(1))
    for fact in elsewhere:
        theirs, conditions = _rows(fact)
        if number is None:
            number = theirs
            conditions = (*conditions, *between(number, within))
        else:
            conditions = (*conditions, theirs == number)
        query = query.where(*conditions)
    if number is None:
        number = col(someone.id)
        query = query.select_from(someone).where(*between(number, within))
    elif any(_needs_recipient(fact) for fact in others):
        query = query.where(col(someone.id) == number)
    for fact in others:
        if fact.negated:
            query = query.where(_is_not(fact, someone, number, within))
        else:
            query = query.where(_is(fact, someone, within))
    return number, query


def _needs_recipient(fact: Fact) -> bool:
    return fact.kind not in {*_ELSEWHERE, SelectorKind.ALL}


# --- facts --------------------------------------------------------------------------------------


def _is(fact: Fact, of: Any, within: Window | None) -> ColumnElement[bool]:
    """Whether a fact holds that the row of a recipient tells."""
    match fact.kind:
        case SelectorKind.ALL:
            return true()
        case SelectorKind.SAVED:
            return holds(fact.audience or Audience(()), of, within)
        case SelectorKind.USERNAME:
            # The key finds them; it is cut, and takes more for the same than Telegram does.
            return and_(
                of.username_key.in_([search_keys.fold(value) for value in fact.values]),
                func.lower(of.username).in_([value.lower() for value in fact.values]),
            )
        case SelectorKind.STATE if fact.values == (RecipientState.ACTIVE,):
            return is_active(of)
        case _:
            return _own(fact, of).in_(fact.values) if fact.values else false()


def _own(fact: Fact, of: Any) -> Any:
    columns = {
        SelectorKind.CHAT: of.chat_id,
        SelectorKind.LANG: of.language_code,
        SelectorKind.STATE: of.state,
    }
    if fact.kind is SelectorKind.ATTR:
        return of.attributes[fact.key].as_string()
    return columns[fact.kind]


def _is_not(fact: Fact, of: Any, number: Any, within: Window | None) -> ColumnElement[bool]:
    """Whether a fact does not hold, also of a recipient of whom nothing is known."""
    if fact.kind in _ELSEWHERE:
        theirs, conditions = _rows(fact)
        return ~sa.exists().where(theirs == number, *between(theirs, within), *conditions)
    if fact.kind is SelectorKind.ALL:
        return false()
    if fact.kind is SelectorKind.SAVED:
        someone = aliased(Recipient)
        taken = holds(fact.audience or Audience(()), someone, within)
        return ~sa.exists().where(col(someone.id) == number, taken)
    is_so = _is(fact, of, within)
    if fact.kind in {SelectorKind.CHAT, SelectorKind.STATE}:
        return ~is_so
    # Who has no name is not taken away with one.
    own = of.username_key if fact.kind is SelectorKind.USERNAME else _own(fact, of)
    return or_(own.is_(None), ~is_so)


def _rows(fact: Fact) -> tuple[Any, tuple[ColumnElement[bool], ...]]:
    """The rows of another table that tell of whom a fact holds, and the column that says it."""
    if fact.kind is SelectorKind.TAG:
        bearer = aliased(RecipientTag)
        return col(bearer.recipient_id), (col(bearer.tag_id).in_(fact.values),)
    reader = aliased(Delivery)
    ended = _REACHED if fact.kind is SelectorKind.REACHED_BY else _NOT_REACHED
    return col(reader.recipient_id), (
        col(reader.broadcast_id).in_(fact.values),
        col(reader.status).in_(ended),
    )


def between(number: Any, within: Window | None) -> Iterator[ColumnElement[bool]]:
    """Whether a number lies within a window."""
    if within is not None:
        after, last = within
        yield number > after
        yield number <= last
