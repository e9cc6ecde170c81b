"""Conditions on states, spelt so that the partial indexes serve.

A bound parameter would keep SQLite, and PostgreSQL's generic plans, from using them: neither can
prove from ``?`` that the index holds the row.
"""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import ColumnElement, and_, literal_column
from sqlmodel import col

from hsl_tui.models.enums import BroadcastState, DeliveryStatus
from hsl_tui.models.forgotten import FIRST_TOMBSTONE, LAST_TOMBSTONE
from hsl_tui.models.tables import SENT_CODE, Broadcast, Delivery, Recipient, delivery_status

_TOMBSTONES: Final[tuple[Any, Any]] = (
    literal_column(str(FIRST_TOMBSTONE)),
    literal_column(str(LAST_TOMBSTONE)),
)


def status_is(status: DeliveryStatus) -> ColumnElement[bool]:
    """``message_recipients.status = 2``; beyond it ``status > 2 AND status = 3``.

    SQLite does not see that the second holds the first, which is what the index is of.
    """
    code = delivery_status.code(status)
    is_it = col(Delivery.status) == literal_column(str(code))
    if code <= SENT_CODE:
        return is_it
    return and_(col(Delivery.status) > literal_column(str(SENT_CODE)), is_it)


def state_is(state: BroadcastState) -> ColumnElement[bool]:
    """``message_history.state = 'sending'``."""
    return col(Broadcast.state) == literal_column(f"'{state.value}'")


def is_remembered() -> ColumnElement[bool]:
    """Whether a row of ``recipients`` still is somebody; spelt so that it changes no plan."""
    return ~is_forgotten()


def is_forgotten() -> ColumnElement[bool]:
    """Whether the person of a row of ``recipients`` was forgotten: a range of an index."""
    return col(Recipient.chat_id).between(*_TOMBSTONES)
