"""Reasons of failure: each is kept once, however many deliveries share it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, NamedTuple

from sqlmodel import Session, select

from hsl_tui.models.enums import ErrorKind
from hsl_tui.models.tables import DeliveryError
from hsl_tui.store import rows
from hsl_tui.store.texts import storable

_LONGEST: Final = 500


class Reason(NamedTuple):
    """Why a delivery did not, or may not have, arrived."""

    kind: ErrorKind
    code: int | None
    """The Bot API's error_code; None where no answer was involved."""
    description: str


def ids(session: Session, wanted: Iterable[Reason]) -> dict[Reason, int]:
    """The row of each reason, added where it is new."""
    # Sorted, so that two workers that add the same ones wait for each other in one order.
    return {reason: _id(session, reason) for reason in sorted(set(wanted), key=_order)}


def _id(session: Session, reason: Reason) -> int:
    description = storable(reason.description, _LONGEST)
    values = {"kind": reason.kind, "code": reason.code or 0, "description": description}
    # Held, so that a reason which nobody has is not removed just then (``store/pruning.py``).
    query = select(DeliveryError.id).filter_by(**values).with_for_update(read=True, key_share=True)
    found = session.exec(query).one_or_none()
    if found is not None:
        return found
    rows.add_missing(session, DeliveryError, values)
    return session.exec(query).one()  # type: ignore[return-value] # a primary key is never null


def _order(reason: Reason) -> tuple[str, int, str]:
    return reason.kind.value, reason.code or 0, reason.description
