"""How recipients moved from state to state: what moved lately, and what moved one of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Final

from hsl_tui.models.enums import RecipientState
from hsl_tui.models.moves import MovePlace, MoveTotal, MoveView
from hsl_tui.services.context import Context
from hsl_tui.store import moves

_BATCH: Final = 500
_SHOWN_OF_ONE: Final = 50


def report(
    context: Context, *, since: datetime | None = None, state: RecipientState | None = None
) -> Sequence[MoveTotal]:
    """How many moved to which state for which reason, the most first.

    Args:
        since: from this moment on.
        state: into this one.
    """
    with context.database.read() as session:
        return moves.totals(session, since=since, state=state)


def window(
    context: Context,
    *,
    limit: int,
    since: datetime | None = None,
    state: RecipientState | None = None,
    after: MovePlace | None = None,
) -> Sequence[MoveView]:
    """Up to ``limit`` moves, the newest first, behind a place or from the beginning.

    Args:
        since, state: as in :func:`report`.
    """
    with context.database.read() as session:
        return moves.window(session, limit=limit, since=since, state=state, beyond=after)


def window_before(
    context: Context,
    *,
    limit: int,
    since: datetime | None = None,
    state: RecipientState | None = None,
    before: MovePlace | None = None,
) -> Sequence[MoveView]:
    """Like :func:`window`, but those before a place, or the last ones; in the same order."""
    with context.database.read() as session:
        return moves.window(
            session, limit=limit, since=since, state=state, beyond=before, backwards=True
        )


def every(
    context: Context, *, since: datetime | None = None, state: RecipientState | None = None
) -> Iterator[MoveView]:
    """All moves that are meant, the newest first, a batch in memory at a time."""
    place: MovePlace | None = None
    while batch := window(context, limit=_BATCH, since=since, state=state, after=place):
        yield from batch
        place = place_of(batch[-1])


def of(context: Context, recipient_id: int, *, limit: int = _SHOWN_OF_ONE) -> Sequence[MoveView]:
    """The last moves of one recipient, by the number of its row, the newest first."""
    with context.database.read() as session:
        return moves.of(session, recipient_id, limit=limit)


def on_the_way(context: Context, recipient_id: int) -> int:
    """How many calls for one recipient are open: begun before its state was what it is now."""
    with context.database.read() as session:
        return moves.on_the_way(session, recipient_id)


def place_of(move: MoveView) -> MovePlace:
    """Where a move stands in the list."""
    return MovePlace(move.at, move.id)
