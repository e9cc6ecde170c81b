"""Audiences: selectors compiled to one condition of SQL, counted and taken down."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy import ColumnElement, and_, false, func, insert, literal, or_, true
from sqlmodel import Session, col, select

from hsl_tui.models.enums import DeliveryStatus, RecipientState
from hsl_tui.models.selector import Selector, SelectorKind
from hsl_tui.models.tables import Delivery, Recipient, RecipientTag, Tag, delivery_status
from hsl_tui.models.types import EPOCH, UtcDateTime
from hsl_tui.store import rows


def condition(selectors: Sequence[Selector], *, active_only: bool = True) -> ColumnElement[bool]:
    """What is true of a recipient that the selectors pick."""
    excluded = [one for one in selectors if one.exclude]
    conditions = [_matches([one for one in selectors if not one.exclude])]
    if excluded:
        # A null user name equals nothing, and must not make the exclusion of a name null too.
        conditions.append(~func.coalesce(_matches(excluded), false()))
    if active_only:
        conditions.append(col(Recipient.state) == RecipientState.ACTIVE)
    return and_(*conditions)


def count(session: Session, selectors: Sequence[Selector]) -> int:
    """How many active recipients the selectors pick at this moment."""
    query = select(func.count()).select_from(Recipient).where(condition(selectors))
    return session.exec(query).one()


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
    """Selectors that name a tag, chat or user name that is nowhere on record.

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
            return select(Recipient.id).where(_matches([selector])).exists()


def _matches(selectors: Sequence[Selector]) -> ColumnElement[bool]:
    """What any of the selectors looks for, whether it adds or takes away.

    A list for each kind: SQLite refuses a condition that is a thousand alternatives deep.
    """
    values = defaultdict(list)
    for one in selectors:
        values[one.kind].append(one.value)
    return or_(false(), *(_is_one_of(kind, wanted) for kind, wanted in values.items()))


def _is_one_of(kind: SelectorKind, values: Sequence[str]) -> ColumnElement[bool]:
    match kind:
        case SelectorKind.ALL:
            return true()
        case SelectorKind.TAG:
            tagged = (
                select(RecipientTag.recipient_id)
                .join(Tag, col(Tag.id) == col(RecipientTag.tag_id))
                .where(col(Tag.name).in_(values))
            )
            return col(Recipient.id).in_(tagged)
        case SelectorKind.CHAT:
            return col(Recipient.chat_id).in_([int(value) for value in values])
        case SelectorKind.USERNAME:
            return func.lower(col(Recipient.username)).in_([value.lower() for value in values])
