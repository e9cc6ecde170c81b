"""Criteria of deliveries compiled to conditions of SQL."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy import ColumnElement, literal_column
from sqlmodel import col

from hsl_tui.models.delivery_criteria import DeliveryCriteria
from hsl_tui.models.enums import DeliveryStatus
from hsl_tui.models.tables import Delivery, DeliveryError, Recipient
from hsl_tui.store import beginnings
from hsl_tui.store.conditions import status_is


def of_list(broadcast_id: int, criteria: DeliveryCriteria) -> list[ColumnElement[bool]]:
    """What is true of the deliveries of a broadcast that are meant, whomever they are to."""
    of_it: ColumnElement[bool] = col(Delivery.broadcast_id) == broadcast_id
    conditions: list[ColumnElement[bool]] = []
    if criteria.status is DeliveryStatus.SENDING:
        # By the index of calls in flight. Where the broadcast could be looked up, SQLite would go
        # through all of it, for its order.
        of_it = literal_column("+message_recipients.broadcast_id", sa.BigInteger) == broadcast_id
        conditions.append(col(Delivery.worker_id) > 0)
    conditions.append(of_it)
    if criteria.status is not None:
        conditions.append(status_is(criteria.status))
    return [*conditions, *_which(criteria)]


def picked(criteria: DeliveryCriteria) -> list[ColumnElement[bool]]:
    """What is true, beside its broadcast and status, of a delivery that is meant."""
    conditions = _which(criteria)
    sought = beginnings.read(criteria.search)
    if sought is not None:
        conditions.append(col(Delivery.recipient_id).in_(beginnings.ids(sought)))
    return conditions


def _which(criteria: DeliveryCriteria) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if criteria.cause is not None:
        kind, description = criteria.cause
        reasons = sa.select(col(DeliveryError.id)).where(col(DeliveryError.kind) == kind)
        if description is not None:
            reasons = reasons.where(col(DeliveryError.description) == description)
        conditions.append(col(Delivery.error_id).in_(reasons))
    if criteria.chat_ids is not None:
        chats = col(Recipient.chat_id).in_(sorted(criteria.chat_ids))
        conditions.append(col(Delivery.recipient_id).in_(sa.select(col(Recipient.id)).where(chats)))
    return conditions
