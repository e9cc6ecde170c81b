"""What a worker does by the clock: release due broadcasts, beat, take over from the dead."""

from __future__ import annotations

import logging
from datetime import datetime

from hsl_tui.models.enums import BroadcastState
from hsl_tui.models.views import WorkerView
from hsl_tui.services.context import Context
from hsl_tui.services.endings import note_finish
from hsl_tui.store import audit, broadcasts, deliveries, ledger, server_clock, workers
from hsl_tui.store.database import Session
from hsl_tui.worker.identity import Identity, is_gone, is_of

logger = logging.getLogger(__name__)


def sweep(context: Context, actor: str) -> int:
    """Release the scheduled broadcasts whose time has come; how many.

    Several workers may sweep at once: each broadcast is released by one of them.
    """
    now = context.clock.now()
    released = 0
    with context.database.write() as session:
        for broadcast in broadcasts.lock(session, broadcasts.due(session, now=now)).values():
            if broadcast.state is not BroadcastState.SCHEDULED:
                continue
            broadcasts.set_state(session, broadcast.id, BroadcastState.SENDING)
            audit.append(
                session, at=now, actor=actor, action="broadcast.due", broadcast_id=broadcast.id
            )
            released += 1
    if released:
        logger.info("%d scheduled broadcast%s due.", released, " is" if released == 1 else "s are")
    return released


def enter(context: Context, own: Identity, bot_id: int) -> tuple[int, datetime]:
    """Put this worker on record; its number, and the time by the database's clock."""
    with context.database.write() as session:
        now = server_clock.moment(session)
        number = workers.enter(
            session,
            host=own.host,
            pid=own.pid,
            process_started=own.process_started,
            bot_id=bot_id,
            now=now,
        )
    return number, now


def beat(context: Context, worker_id: int) -> datetime | None:
    """Show that this worker lives; the time by the database's clock.

    None when others have taken it for dead meanwhile.
    """
    with context.database.write() as session:
        now = server_clock.moment(session)
        lives = workers.beat(session, worker_id, now=now)
    return now if lives else None


def leave(context: Context, worker_id: int) -> None:
    """Take this worker off the record of the living."""
    with context.database.write() as session:
        workers.leave(session, worker_id, now=server_clock.moment(session))


def hasten(context: Context) -> None:
    """Try again at once what waits for a moment that was named before the clock was set back."""
    now = context.clock.now()
    with context.database.write() as session:
        begun = broadcasts.lock(session, broadcasts.begun(session))
        number = deliveries.hasten(session, begun, now=now)
    if number:
        logger.info("The clock was set back: %d deliveries are tried again now.", number)


def take_over_from_the_dead(
    context: Context, own: Identity, own_id: int, actor: str, *, trust_beats: bool
) -> int:
    """Settle what dead workers left as ``sending``; how many workers were found dead.

    Args:
        trust_beats: whether an old heartbeat shows a death; it does not where this worker itself
            could not beat until a moment ago.
    """
    with context.database.read() as session:
        now = server_clock.moment(session)
        standing = workers.standing(session, now=now, timeout=context.settings.worker_timeout)
        strays = workers.ended_with_claims(session)
    dead = [
        one
        for one in standing
        if one.id != own_id and ((trust_beats and not one.alive) or is_gone(one, own))
    ]
    for worker in dead:
        with context.database.write() as session:
            _bury(context, session, worker, actor)
    for worker in strays:
        # This process knows of its own calls, whatever number they were claimed under.
        if not is_of(worker, own):
            with context.database.write() as session:
                _settle(context, session, worker, actor)
    return len(dead)


def _bury(context: Context, session: Session, worker: WorkerView, actor: str) -> None:
    # Whoever marks it first settles its deliveries; it has to enter anew if it comes back.
    if workers.bury(session, worker, now=server_clock.moment(session)):
        _settle(context, session, worker, actor)
        logger.warning("Worker %d on %s is dead.", worker.id, worker.host)


def _settle(context: Context, session: Session, worker: WorkerView, actor: str) -> None:
    now = context.clock.now()
    most = context.settings.max_attempts
    taken = ledger.take_over(session, worker.id, max_attempts=most, now=now)
    counts = {status.value: count for status, count in taken.moved.items() if count}
    details = {"worker": worker.id, "host": worker.host, "pid": worker.pid, **counts}
    audit.append(session, at=now, actor=actor, action="worker.lost", details=details)
    for broadcast in taken.finished:
        note_finish(session, broadcast, actor=actor, now=now)
