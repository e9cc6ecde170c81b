"""Claiming deliveries, fairly over the broadcasts in flight."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from hsl_tui.models.enums import BroadcastState
from hsl_tui.models.views import BroadcastView, Claim
from hsl_tui.store import audit, broadcasts, chat_pace, ledger
from hsl_tui.store.database import Session

_ROUNDS: Final = 3
"""How often a claim is made up for deliveries whose chats were written to a moment ago."""


@dataclass(slots=True)
class Turn:
    """Whose turn it is: the broadcast that was served last."""

    last: int = 0


def claim_fairly(
    session: Session,
    turn: Turn,
    *,
    worker_id: int,
    actor: str,
    limit: int,
    sweep_limit: int,
    without: Collection[int],
    now: datetime,
) -> list[Claim]:
    """Claim up to ``limit`` deliveries, shared out evenly over up to ``sweep_limit`` broadcasts.

    When there are fewer slots than broadcasts, they take turns from one call to the next.

    Args:
        without: broadcasts to leave alone for now.
    """
    waiting = waiting_broadcasts(session, limit=sweep_limit, without=without, now=now)
    # All at once, for the order of locks: what is put off is made up for by any of them.
    locked = broadcasts.lock(session, waiting)
    # One may have been paused between the two statements.
    open_ones = [one for one in waiting if locked[one].state is BroadcastState.SENDING]
    claims: list[Claim] = []
    for _ in range(_ROUNDS):
        taken: list[Claim] = []
        for one, share in _share(open_ones, turn, limit - len(claims)).items():
            taken += ledger.claim(session, one, worker_id=worker_id, limit=share, now=now)
        kept = chat_pace.put_off_early(session, taken, now=now)
        claims += kept
        if len(kept) == len(taken):
            break
    for one in {claim.broadcast_id for claim in claims}:
        _note_start(session, locked[one], actor, now)
    return claims


def waiting_broadcasts(
    session: Session, *, limit: int, without: Collection[int], now: datetime
) -> list[int]:
    """Up to ``limit`` broadcasts to claim for at this moment, oldest first.

    As long as an urgent one has anything to send, only urgent ones are among them.
    """
    found = broadcasts.in_flight(session, now=now, limit=limit + len(without))
    open_ones = [one for one in found if one not in without]
    return [one for one in open_ones if found[one] is found[open_ones[0]]][:limit]


def _share(waiting: list[int], turn: Turn, limit: int) -> dict[int, int]:
    if not waiting:
        return {}
    after = [one for one in waiting if one > turn.last]
    order = after + [one for one in waiting if one <= turn.last]
    share, rest = divmod(limit, len(order))
    shares = {one: share + (number < rest) for number, one in enumerate(order)}
    served = [one for one, share in shares.items() if share]
    # Those who got one more, or anything at all, this time come last the next time.
    turn.last = order[rest - 1] if rest else order[-1]
    return {one: shares[one] for one in served}


def _note_start(session: Session, broadcast: BroadcastView, actor: str, now: datetime) -> None:
    if broadcast.started_at is None:
        audit.append(
            session, at=now, actor=actor, action="broadcast.started", broadcast_id=broadcast.id
        )
