"""Conditions on states, spelt so that the partial indexes serve.

A bound parameter would keep SQLite, and PostgreSQL's generic plans, from using them: neither can
prove from ``?`` that the index holds the row.
"""

from __future__ import annotations

from sqlalchemy import ColumnElement, literal_column
from sqlmodel import col

from hsl_tui.models.enums import BroadcastState, DeliveryStatus
from hsl_tui.models.tables import Broadcast, Delivery, delivery_status


def status_is(status: DeliveryStatus) -> ColumnElement[bool]:
    """``message_recipients.status = 3``."""
    return col(Delivery.status) == literal_column(str(delivery_status.code(status)))


def state_is(state: BroadcastState) -> ColumnElement[bool]:
    """``message_history.state = 'sending'``."""
    return col(Broadcast.state) == literal_column(f"'{state.value}'")
