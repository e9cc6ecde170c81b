"""What tests put in place before they begin: recipients, broadcasts, workers, claims."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import TypeVar

import sqlalchemy as sa
from sqlmodel import col, select

from hsl_tui.models.content import MessageContent
from hsl_tui.models.enums import (
    BroadcastState,
    DeliveryStatus,
    ErrorKind,
    Priority,
    UncertainPolicy,
)
from hsl_tui.models.selector import parse_selectors
from hsl_tui.models.tables import Delivery
from hsl_tui.models.types import EPOCH
from hsl_tui.models.views import BroadcastView, Claim, DeliveryView
from hsl_tui.store import audience, broadcasts, deliveries, ledger, recording, workers
from hsl_tui.store.broadcasts import NewDraft
from hsl_tui.store.database import Database
from hsl_tui.store.intake import Arrival, take_in
from hsl_tui.store.reasons import Reason
from hsl_tui.store.recording import Recorded, Result
from hsl_tui.worker.claims import Turn, claim_fairly
from tests.conftest import NOON

FIRST_CHAT = 1001
HOUR = timedelta(hours=1)
HELLO = MessageContent(text="Hello")

BLOCKED = Reason(ErrorKind.BLOCKED, 403, "Forbidden: bot was blocked by the user")
REFUSED = Reason(ErrorKind.NOT_CONNECTED, None, "The connection was refused.")
_Made = TypeVar("_Made")


def add_recipients(database: Database, number: int, *, first: int = FIRST_CHAT) -> list[int]:
    """Active recipients; their chat ids, ascending like the numbers of their rows."""
    chat_ids = list(range(first, first + number))
    with database.write() as session:
        take_in(session, [Arrival(chat, first_name=f"N{chat}") for chat in chat_ids], now=NOON)
    return chat_ids


def add_broadcast(
    database: Database,
    *to: str,
    state: BroadcastState = BroadcastState.SENDING,
    on_uncertain: UncertainPolicy = UncertainPolicy.HOLD,
    priority: Priority = Priority.NORMAL,
    scheduled_at: datetime | None = None,
    content: MessageContent = HELLO,
) -> int:
    """A broadcast for recipients that are there already, in the workers' hands; its number."""
    selectors = parse_selectors(to or ["all"])
    with database.write() as session:
        draft = NewDraft(
            content=content,
            audience=[str(selector) for selector in selectors],
            on_uncertain=on_uncertain,
            priority=priority,
            created_by="tester",
            created_at=NOON,
        )
        broadcast_id = broadcasts.add(session, draft)
        count = audience.take_down(session, broadcast_id, selectors)
        broadcasts.launch(session, broadcast_id, state, scheduled_at=scheduled_at, deliveries=count)
    return broadcast_id


def add_worker(database: Database, *, now: datetime = NOON) -> int:
    """A worker on record; its number."""
    with database.write() as session:
        return workers.enter(
            session, host="here", pid=1, process_started="1", bot_id=123456, now=now
        )


def claim(
    database: Database, broadcast_id: int, worker_id: int, limit: int, *, now: datetime = NOON
) -> list[Claim]:
    """Claim as a worker does: with the broadcast locked, in a transaction of its own."""
    with database.write() as session:
        broadcasts.lock(session, [broadcast_id])
        return ledger.claim(session, broadcast_id, worker_id=worker_id, limit=limit, now=now)


def claim_shares(
    database: Database,
    worker: int,
    limit: int = 100,
    *,
    now: datetime = NOON,
    turn: Turn | None = None,
) -> list[Claim]:
    """Claim as a worker does for its next slots: over all broadcasts in flight."""
    with database.write() as session:
        return claim_fairly(
            session,
            turn or Turn(),
            worker_id=worker,
            actor="tester",
            limit=limit,
            sweep_limit=30,
            without=(),
            now=now,
        )


def result(
    of: Claim,
    status: DeliveryStatus,
    *,
    reason: Reason | None = None,
    counted: bool = True,
    in_doubt: bool = False,
    not_before: datetime | None = None,
    message_id: int | None = None,
) -> Result:
    """What became of a claim, at noon."""
    return Result(
        of.broadcast_id,
        of.seq,
        of.token,
        status,
        NOON,
        counted=counted,
        in_doubt=in_doubt,
        message_id=message_id,
        reason=reason,
        not_before=EPOCH if not_before is None else not_before,
    )


def record(database: Database, *results: Result, now: datetime = NOON) -> Recorded:
    """Record results in a transaction of their own."""
    with database.write() as session:
        return recording.record(session, results, now=now)


def set_state(database: Database, broadcast_id: int, state: BroadcastState) -> None:
    """Move a broadcast, and nothing else."""
    with database.write() as session:
        broadcasts.set_state(session, broadcast_id, state)


def broadcast(database: Database, broadcast_id: int) -> BroadcastView:
    """The broadcast, after its counters were compared with its rows."""
    with database.read() as session:
        view = broadcasts.get(session, broadcast_id)
        rows = (
            select(Delivery.status, sa.func.count())
            .where(Delivery.broadcast_id == broadcast_id)
            .group_by(col(Delivery.status))
        )
        counted = dict(session.exec(rows).all())
    assert view is not None
    assert {status: number for status, number in view.counts.items() if number} == counted
    assert sum(view.counts.values()) == view.total_recipients
    return view


def ledger_of(database: Database, broadcast_id: int) -> Sequence[DeliveryView]:
    """All deliveries of a broadcast, in their order."""
    with database.read() as session:
        return list(deliveries.every(session, broadcast_id))


def statuses(database: Database, broadcast_id: int) -> list[str]:
    """The statuses of a broadcast's deliveries, in their order."""
    return [delivery.status.value for delivery in ledger_of(database, broadcast_id)]


def at_once(number: int, act: Callable[[int], _Made]) -> list[_Made]:
    """What ``act`` gives in so many threads that start together, each told its number.

    The first exception of any of them is raised here.
    """
    start = threading.Barrier(number)
    made: list[_Made] = []
    raised: list[BaseException] = []

    def run(which: int) -> None:
        try:
            start.wait()
            made.append(act(which))
        except BaseException as error:  # noqa: BLE001 - raised again below, in the test's thread
            raised.append(error)

    threads = [threading.Thread(target=run, args=(which,)) for which in range(number)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if raised:
        raise raised[0]
    return made
