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
_ACTIVE: Final[Any] = sa.literal_column(f"'{RecipientState.ACTIVE.value}'")
ELSEWHERE: Final = BY_BROADCAST | {SelectorKind.TAG}
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


def is_inactive(of: Any = Recipient) -> ColumnElement[bool]:
    """Whether a recipient cannot be written to; spelt so that the index of such ones serves."""
    inactive: ColumnElement[bool] = of.state != _ACTIVE
    return inactive


def is_among(
    clauses: Sequence[Clause], of: Any = Recipient, within: Window | None = None
) -> ColumnElement[bool]:
    """Whether any of these clauses holds of a recipient."""
    if not clauses:
        return false()
    if is_everyone(clauses):
        return true()
    picking = [picked(clause, within) for clause in clauses]
    return col(of.id).in_(sa.union(*picking) if len(picking) > 1 else picking[0])


def is_everyone(clauses: Sequence[Clause]) -> bool:
    """Whether one of these clauses holds of everyone."""
    return any(map(_is_everyone, clauses))


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
    return col(of.id).in_(sa.union(active, *map(picked, said)))


def holds_of_few(audience: Audience) -> ColumnElement[bool]:
    """Whether an audience picks a recipient, of few of whom it is asked; on SQLite.

    Each is looked up by their number, whereas SQLite would gather a list of whom clauses pick.
    """
    each = (and_(true(), *_all_hold(one, None, Recipient.id, None)) for one in audience.included)
    return and_(or_(false(), *each), *(is_not(clause) for clause in audience.excluded))


def is_not(
    clause: Clause, of: Any = Recipient, within: Window | None = None
) -> ColumnElement[bool]:
    """Whether a clause does not hold of a recipient."""
    if len(clause) == 1 and clause[0].kind not in ELSEWHERE:
        return _is_not(clause[0], of, within)
    theirs, query = _drawn(clause, within)
    return ~query.where(theirs == of.id).exists()


def picked(clause: Clause, within: Window | None = None) -> sa.Select[Any]:
    """The numbers of the recipients of whom a clause holds; of a clause of one fact some twice.

    Args:
        within: said here too where the list is long: the databases would first make all of it.
    """
    number, query = _drawn(clause, within)
    return query.with_only_columns(number)


# --- clauses ------------------------------------------------------------------------------------


def _is_everyone(clause: Clause) -> bool:
    return all(fact.kind is SelectorKind.ALL and not fact.negated for fact in clause)


def _drawn(clause: Clause, within: Window | None) -> tuple[Any, sa.Select[Any]]:
    """The column that numbers recipients of whom all facts hold, and where it is drawn from.

    The rows of the first fact are gone through, of which there are the fewest, and the others are
    looked up for each: PostgreSQL makes joins of that, and SQLite does as it is told.
    """
    first, *others = clause
    query = sa.select(sa.literal(1))
    if first.kind in ELSEWHERE and not first.negated:
        number, conditions = _rows(first)
        return number, query.where(
            *conditions, *between(number, within), *_all_hold(others, None, number, within)
        )
    someone = aliased(Recipient)
    number = col(someone.id)
    query = query.select_from(someone).where(*between(number, within))
    return number, query.where(*_all_hold(clause, someone, number, within))


def _all_hold(
    facts: Sequence[Fact], of: Any, number: Any, within: Window | None
) -> Iterator[ColumnElement[bool]]:
    """Conditions that each fact holds.

    Args:
        of: the recipient; None where only their number is at hand.
    """
    own = [fact for fact in facts if fact.kind not in ELSEWHERE]
    for fact in facts:
        if fact.kind in ELSEWHERE:
            there = _exists(fact, number, within)
            yield ~there if fact.negated else there
    if of is None and any(not _is_everyone((fact,)) for fact in own):
        someone = aliased(Recipient)
        itself = _all_hold(own, someone, col(someone.id), within)
        yield sa.exists().where(col(someone.id) == number, *itself)
    elif of is not None:
        for fact in own:
            yield _is_not(fact, of, within) if fact.negated else _is(fact, of, within)


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
        case SelectorKind.STATE:
            return _is_in_state(fact.values, of)
        case _:
            return _own(fact, of).in_(fact.values) if fact.values else false()


def _is_in_state(states: Sequence[str], of: Any) -> ColumnElement[bool]:
    among: ColumnElement[bool] = of.state.in_(states)
    # Only of the others there is an index, which has to be told that it serves.
    return among if RecipientState.ACTIVE in states else and_(is_inactive(of), among)


def _own(fact: Fact, of: Any) -> Any:
    match fact.kind:
        case SelectorKind.CHAT:
            return of.chat_id
        case SelectorKind.LANG:
            return of.language_code
        case _:
            return of.attributes[fact.key].as_string()


def _is_not(fact: Fact, of: Any, within: Window | None) -> ColumnElement[bool]:
    """Whether a fact does not hold, also of a recipient of whom nothing is known."""
    match fact.kind:
        case SelectorKind.ALL:
            return false()
        case SelectorKind.SAVED:
            someone = aliased(Recipient)
            taken = holds(fact.audience or Audience(()), someone, within)
            return ~sa.exists().where(col(someone.id) == of.id, taken)
        case SelectorKind.STATE:
            outside: ColumnElement[bool] = of.state.not_in(fact.values)
            return outside
        case SelectorKind.CHAT:
            return ~_is(fact, of, within)
        case SelectorKind.USERNAME:
            # Who has no name is not taken away with one.
            return or_(of.username_key.is_(None), ~_is(fact, of, within))
        case _:
            return or_(_own(fact, of).is_(None), ~_is(fact, of, within))


def _exists(fact: Fact, number: Any, within: Window | None) -> sa.Exists:
    """Whether another table tells of a recipient that a fact holds."""
    theirs, conditions = _rows(fact)
    return sa.exists().where(theirs == number, *between(theirs, within), *conditions)


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
