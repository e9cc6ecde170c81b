"""Broadcasts, read back, and why deliveries of theirs failed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from hsl_tui.errors import NotFoundError, RefusedError
from hsl_tui.models.enums import BroadcastState, DeliveryStatus, ErrorKind
from hsl_tui.models.views import BroadcastView
from hsl_tui.services.context import Context
from hsl_tui.store import broadcasts, deliveries
from hsl_tui.store.database import Session

_BATCH: Final = 500


def show(context: Context, broadcast_id: int) -> BroadcastView:
    """One broadcast with its counts.

    Raises:
        NotFoundError: there is no such broadcast.
    """
    with context.database.read() as session:
        return found(session, broadcast_id)


def latest(
    context: Context,
    *,
    state: BroadcastState | None = None,
    before: int | None = None,
    limit: int = 100,
) -> Sequence[BroadcastView]:
    """Broadcasts, newest first; ``before`` goes on from an earlier window."""
    with context.database.read() as session:
        return broadcasts.latest(session, limit=limit, state=state, before=before)


def every(context: Context, *, state: BroadcastState | None = None) -> Iterator[BroadcastView]:
    """All broadcasts, newest first, a batch in memory at a time."""
    before = None
    while batch := latest(context, state=state, before=before, limit=_BATCH):
        yield from batch
        before = batch[-1].id


def top_reasons(
    context: Context,
    broadcast_id: int,
    *,
    limit: int = 5,
    status: DeliveryStatus = DeliveryStatus.FAILED,
) -> Sequence[tuple[ErrorKind, str, int]]:
    """The most frequent reasons of failure: kind, description, how many.

    Args:
        status: of the deliveries that are looked at; those that are uncertain have reasons too.
    """
    with context.database.read() as session:
        return deliveries.top_reasons(session, broadcast_id, limit=limit, status=status)


def found(session: Session, broadcast_id: int) -> BroadcastView:
    """A broadcast that must be there.

    Raises:
        NotFoundError: it is not.
    """
    broadcast = broadcasts.get(session, broadcast_id)
    if broadcast is None:
        raise NotFoundError(_no_such(broadcast_id))
    return broadcast


def locked(session: Session, broadcast_id: int) -> BroadcastView:
    """A broadcast that must be there, locked for the rest of the transaction.

    Raises:
        NotFoundError: it is not.
    """
    broadcast = broadcasts.lock(session, [broadcast_id]).get(broadcast_id)
    if broadcast is None:
        raise NotFoundError(_no_such(broadcast_id))
    return broadcast


def _no_such(broadcast_id: int) -> str:
    return f"There is no broadcast {broadcast_id}; see `hsl-tui broadcasts list`."


def require_deliveries(broadcast: BroadcastView) -> None:
    """Refuse what needs the deliveries of a broadcast that has lost them.

    Raises:
        RefusedError: they were removed, as it says when.
    """
    if broadcast.pruned_at is not None:
        msg = (
            f"The deliveries of broadcast {broadcast.id} were removed on"
            f" {broadcast.pruned_at:%Y-%m-%d}; `hsl-tui broadcasts show {broadcast.id}` says what"
            " became of how many."
        )
        raise RefusedError(msg)


def require(broadcast: BroadcastView, states: Sequence[BroadcastState], act: str) -> None:
    """Refuse an act that does not fit a broadcast's state.

    Raises:
        RefusedError: naming the states in which it does.
    """
    if broadcast.state not in states:
        words = ", ".join(states[:-1]) + " or " + states[-1] if len(states) > 1 else states[0]
        what = words if words == BroadcastState.DRAFT else f"{words} one"
        msg = f"Broadcast {broadcast.id} is {broadcast.state}; only a {what} can be {act}."
        raise RefusedError(msg)
