"""Claiming deliveries, the urgent ones first, and fairly over the broadcasts in flight."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import Final, NamedTuple

from hsl_tui.models.enums import BroadcastState, Priority
from hsl_tui.models.views import BroadcastView, Claim
from hsl_tui.store import audit, broadcasts, chat_pace, followups, ledger
from hsl_tui.store.database import Session

_MOST_PUT_OFF: Final = 100
"""After so many that come too early for their chats a call looks for no more of their priority."""


@dataclass(slots=True)
class Turn:
    """Whose turn it is: the broadcast of each priority that was served last."""

    last: dict[Priority, int] = field(default_factory=dict)


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
    """Claim up to ``limit`` deliveries, shared out over up to ``sweep_limit`` broadcasts.

    Urgent ones get all that they can use, evenly, and normal ones what is left, evenly too. When
    there are fewer slots than broadcasts, they take turns from one call to the next.

    Args:
        without: broadcasts to leave alone for now.
    """
    waiting = waiting_broadcasts(session, limit=sweep_limit, without=without, now=now)
    # All at once: for the order of locks, and because workers that could claim for the same chat
    # must follow one another to see what the other has claimed.
    locked = broadcasts.lock(session, waiting)
    claims: list[Claim] = []
    begun: set[int] = set()
    for priority in (Priority.URGENT, Priority.NORMAL):
        put_off = 0
        hungry = _of_priority(priority, waiting, locked)
        while hungry and len(claims) < limit and put_off < _MOST_PUT_OFF:
            for one, share in _share(hungry, turn, priority, limit - len(claims)).items():
                most = _MOST_PUT_OFF - put_off
                got = _claim_share(session, one, share, most, worker_id=worker_id, now=now)
                claims += _complete(session, locked[one], got.claims)
                put_off += got.put_off
                if got.claims or got.put_off:
                    begun.add(one)
                if got.is_all:
                    hungry.remove(one)
    # Also of what was put off: its claim has set when the broadcast started.
    for one in sorted(begun):
        _note_start(session, locked[one], actor, now)
    return claims


def _complete(session: Session, broadcast: BroadcastView, claims: list[Claim]) -> list[Claim]:
    """The claims with all that their calls need."""
    if broadcast.target_id is None or not claims:
        return claims
    return followups.with_originals(session, broadcast.target_id, claims)


class _Got(NamedTuple):
    """What was claimed of one broadcast, how many were put off, and whether no more is due."""

    claims: list[Claim]
    put_off: int
    is_all: bool


def _claim_share(
    session: Session,
    broadcast_id: int,
    share: int,
    most_put_off: int,
    *,
    worker_id: int,
    now: datetime,
) -> _Got:
    """Claim so many, making up for what is put off.

    From the same broadcast: of two that go to the same people, the second would else wait for the
    end of the first.
    """
    claims: list[Claim] = []
    put_off = 0
    while len(claims) < share and put_off < most_put_off:
        wanted = share - len(claims)
        found = ledger.claim(session, broadcast_id, worker_id=worker_id, limit=wanted, now=now)
        kept = chat_pace.put_off_early(session, found, now=now)
        claims += kept
        put_off += len(found) - len(kept)
        if len(found) < wanted:
            return _Got(claims, put_off, is_all=True)
    return _Got(claims, put_off, is_all=False)


def waiting_broadcasts(
    session: Session, *, limit: int, without: Collection[int], now: datetime
) -> dict[int, Priority]:
    """Up to ``limit`` broadcasts to claim for at this moment: urgent ones first, then oldest."""
    found = broadcasts.in_flight(session, now=now, limit=limit + len(without))
    return dict(islice(((one, found[one]) for one in found if one not in without), limit))


def _of_priority(
    priority: Priority, waiting: Mapping[int, Priority], locked: Mapping[int, BroadcastView]
) -> list[int]:
    # One may have been paused since it was seen waiting.
    return [
        one
        for one in waiting
        if waiting[one] is priority and locked[one].state is BroadcastState.SENDING
    ]


def _share(waiting: list[int], turn: Turn, priority: Priority, limit: int) -> dict[int, int]:
    last = turn.last.get(priority, 0)
    after = [one for one in waiting if one > last]
    order = after + [one for one in waiting if one <= last]
    share, rest = divmod(limit, len(order))
    shares = {one: share + (number < rest) for number, one in enumerate(order)}
    # Those who got one more, or anything at all, this time come last the next time.
    turn.last[priority] = order[rest - 1] if rest else order[-1]
    return {one: share for one, share in shares.items() if share}


def _note_start(session: Session, broadcast: BroadcastView, actor: str, now: datetime) -> None:
    if broadcast.started_at is None:
        audit.append(
            session, at=now, actor=actor, action="broadcast.started", broadcast_id=broadcast.id
        )
