"""Audiences: selectors compiled to one condition of SQL, counted and taken down."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy import ColumnElement, and_, false, func, insert, literal, or_, true
from sqlalchemy.orm import Mapped, aliased
from sqlmodel import Session, col, select

from hsl_tui.models.enums import Act, DeliveryStatus, RecipientState
from hsl_tui.models.selector import Selector, SelectorKind
from hsl_tui.models.tables import Broadcast, Delivery, Recipient, RecipientTag, Tag, delivery_status
from hsl_tui.models.types import EPOCH, UtcDateTime
from hsl_tui.store import rows, search_keys

_REACHED: Final = (DeliveryStatus.SENT, DeliveryStatus.DELETED, DeliveryStatus.UNCERTAIN)
"""They have it, had it, or may have it."""
NAMED: Final = 10
"""How many excluding selectors are counted each on its own."""

_EVERYONE: Final = -2
_INACTIVE: Final = -1
_NOT_REACHED: Final = (DeliveryStatus.FAILED, DeliveryStatus.CANCELLED)


def condition(
    selectors: Sequence[Selector],
    *,
    active_only: bool = True,
    within: tuple[int, int] | None = None,
) -> ColumnElement[bool]:
    """What is true of a recipient that the selectors pick.

    Args:
        within: only those with an id beyond the first and up to the second.
    """
    included, excluded = _by_kind(selectors, exclude=False), _by_kind(selectors, exclude=True)
    conditions = [
        _is_among(included, within),
        *(_is_none_of(*one, within) for one in excluded.items()),
    ]
    if active_only:
        conditions.append(col(Recipient.state) == RecipientState.ACTIVE)
    if within is not None:
        conditions += _between(col(Recipient.id), within)
    return and_(*conditions)


def count(session: Session, selectors: Sequence[Selector]) -> int:
    """How many active recipients the selectors pick at this moment."""
    query = select(func.count()).select_from(Recipient).where(condition(selectors))
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
    included = _by_kind(selectors, exclude=False)
    excluding = list(dict.fromkeys(one for one in selectors if one.exclude))
    named = excluding[:NAMED]
    statements = [_everyone(included), _inactive(included)]
    if excluding:
        statements.append(_taken_away(included, excluding, named))
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


def _everyone(included: Mapping[SelectorKind, Sequence[str]]) -> sa.Select[Any, Any, Any]:
    if SelectorKind.ALL in included:
        chosen = sa.select(col(Recipient.id)).subquery()
    else:
        picked = [_picked(*one) for one in included.items()]
        # Several may pick the same people.
        chosen = (
            sa.union(*picked) if len(picked) > 1 else _distinct(picked[0], included)
        ).subquery()
    return sa.select(literal(None, sa.String), literal(_EVERYONE), func.count()).select_from(chosen)


def _distinct(
    picked: sa.Select[Any], included: Mapping[SelectorKind, Sequence[str]]
) -> sa.Select[Any]:
    return picked if sum(map(len, included.values())) == 1 else picked.distinct()


def _inactive(included: Mapping[SelectorKind, Sequence[str]]) -> sa.Select[Any, Any, Any]:
    state = col(Recipient.state)
    return (
        sa.select(state, literal(_INACTIVE), func.count())
        # Spelt so that the index of those that are not active serves.
        .where(sa.text("recipients.state <> 'active'"), _is_among(included, None))
        .group_by(state)
    )


def _taken_away(
    included: Mapping[SelectorKind, Sequence[str]],
    excluding: Sequence[Selector],
    named: Sequence[Selector],
) -> sa.Select[Any, Any, Any]:
    state = col(Recipient.state)
    # Whom none of the first has taken away, the last has: that is not looked up once more.
    last = len(named) if len(excluding) > len(named) else len(named) - 1
    reasons = [
        (~_is_none_of(one.kind, [one.value], None), at) for at, one in enumerate(named[:last])
    ]
    reason = sa.case(*reasons, else_=last) if reasons else literal(last)
    taken = _is_among(_by_kind(excluding, exclude=True), None)
    return (
        sa.select(state, reason, func.count())
        .where(taken, _is_among(included, None))
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
    chosen = sa.select(*columns.values()).where(condition(selectors))
    return rows.affected(session, insert(Delivery).from_select(list(columns), chosen))


def missing(session: Session, selectors: Sequence[Selector]) -> list[Selector]:
    """Selectors that name a tag, chat, user name or broadcast that is nowhere on record.

    A mistyped exclusion would otherwise quietly exclude nobody.
    """
    return [one for one in selectors if not session.exec(select(_known(one))).one()]


def _known(selector: Selector) -> ColumnElement[bool]:
    match selector.kind:
        case SelectorKind.ALL:
            return true()
        case SelectorKind.TAG:
            return select(Tag.id).where(Tag.name == selector.value).exists()
        case SelectorKind.CHAT | SelectorKind.USERNAME:
            return _picked(selector.kind, [selector.value]).exists()
        case SelectorKind.REACHED_BY | SelectorKind.NOT_REACHED_BY:
            # An edit or a recall reaches messages, not people.
            return (
                select(Broadcast.id)
                .where(Broadcast.id == int(selector.value), col(Broadcast.act) == Act.SEND)
                .exists()
            )


def _by_kind(selectors: Sequence[Selector], *, exclude: bool) -> dict[SelectorKind, list[str]]:
    """What is looked for; SQLite refuses a condition that is a thousand alternatives deep."""
    values = defaultdict(list)
    for one in selectors:
        if one.exclude is exclude:
            values[one.kind].append(one.value)
    return values


# Both are spelt so that a million rows are joined. PostgreSQL would search the list of an IN that
# is negated, or stands in an OR, for each recipient from its beginning once it outgrows work_mem;
# SQLite would look up every recipient where a picking one is an EXISTS.


def _is_among(
    values: Mapping[SelectorKind, Sequence[str]], within: tuple[int, int] | None
) -> ColumnElement[bool]:
    if not values:
        return false()
    if SelectorKind.ALL in values:
        return true()
    picked = (_picked(*one, within) for one in values.items())
    return col(Recipient.id).in_(sa.union_all(*picked))


def _between(
    recipient_id: Mapped[int] | Mapped[int | None], within: tuple[int, int] | None
) -> tuple[ColumnElement[bool], ...]:
    if within is None:
        return ()
    after, last = within
    return (recipient_id > after, recipient_id <= last)


def _picked(
    kind: SelectorKind, values: Sequence[str], within: tuple[int, int] | None = None
) -> sa.Select[Any]:
    """The ids of recipients that any of these values of one kind picks.

    Args:
        within: said here too where the list is long: the databases would first make all of it.
    """
    someone = aliased(Recipient)
    match kind:
        case SelectorKind.ALL:
            return sa.select(col(someone.id))
        case SelectorKind.CHAT:
            return sa.select(col(someone.id)).where(_has_chat(someone, values))
        case SelectorKind.USERNAME:
            return sa.select(col(someone.id)).where(_has_name(someone, values))
        case SelectorKind.TAG:
            bearer = col(RecipientTag.recipient_id)
            return sa.select(bearer).where(*_tagged(values), *_between(bearer, within))
        case SelectorKind.REACHED_BY | SelectorKind.NOT_REACHED_BY:
            reader = col(Delivery.recipient_id)
            return sa.select(reader).where(*_ended(kind, values), *_between(reader, within))


def _is_none_of(
    kind: SelectorKind, values: Sequence[str], within: tuple[int, int] | None
) -> ColumnElement[bool]:
    match kind:
        case SelectorKind.ALL:
            return false()
        case SelectorKind.CHAT:
            return ~_has_chat(Recipient, values)
        case SelectorKind.USERNAME:
            # Who has no name is not taken away with one.
            return or_(col(Recipient.username_key).is_(None), ~_has_name(Recipient, values))
        case SelectorKind.TAG:
            bearer = col(RecipientTag.recipient_id)
            own = (bearer == col(Recipient.id), *_between(bearer, within))
            return ~sa.exists().where(*own, *_tagged(values))
        case SelectorKind.REACHED_BY | SelectorKind.NOT_REACHED_BY:
            reader = col(Delivery.recipient_id)
            own = (reader == col(Recipient.id), *_between(reader, within))
            return ~sa.exists().where(*own, *_ended(kind, values))


def _has_chat(of: type[Recipient], values: Sequence[str]) -> ColumnElement[bool]:
    return col(of.chat_id).in_([int(value) for value in values])


def _has_name(of: type[Recipient], values: Sequence[str]) -> ColumnElement[bool]:
    # The key finds them; it is cut, and takes more for the same than Telegram does.
    return and_(
        col(of.username_key).in_([search_keys.fold(value) for value in values]),
        func.lower(col(of.username)).in_([value.lower() for value in values]),
    )


def _tagged(values: Sequence[str]) -> tuple[ColumnElement[bool], ...]:
    return (col(Tag.id) == col(RecipientTag.tag_id), col(Tag.name).in_(values))


def _ended(kind: SelectorKind, values: Sequence[str]) -> tuple[ColumnElement[bool], ...]:
    """Deliveries of these broadcasts that did, or certainly did not, bring their message."""
    return (
        col(Delivery.broadcast_id).in_([int(value) for value in values]),
        col(Delivery.status).in_(_REACHED if kind is SelectorKind.REACHED_BY else _NOT_REACHED),
    )
