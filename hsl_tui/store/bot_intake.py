"""Who takes a bot's updates in, and up to which they were: ``bot_intake``.

One worker holds the lease, and renews it with each poll. Whoever takes it over gets another fencing
token, and every transaction that applies updates looks at the token first: a holder that stood
still and came back changes nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy import update
from sqlmodel import Session, col

from hsl_tui.models.intake_tables import BotIntake
from hsl_tui.models.tables import Worker
from hsl_tui.store import rows, server_clock
from hsl_tui.store.server_clock import SECOND_US
from hsl_tui.store.texts import storable

LEASE: Final = 25.0
"""Seconds for which one who fell silent still counts as the holder."""

FORGOTTEN_AFTER: Final = timedelta(days=6)
"""How long the number of the last update means anything. "If there are no new updates for at least
a week, then identifier of the next update will be chosen randomly instead of sequentially" (Bot
API, Update); and no update is kept for longer than a day, so that by then all that comes is new."""

_LONGEST_SERVER: Final = 255


@dataclass(frozen=True, slots=True)
class Lease:
    """What a holder shows."""

    bot_id: int
    token: int


@dataclass(frozen=True, slots=True)
class Place:
    """How far updates were taken in.

    Attributes:
        last_update_id: the last one; None where any that comes is new.
        trouble: why nothing can be taken in, by what is on record.
    """

    last_update_id: int | None
    trouble: str | None


@dataclass(frozen=True, slots=True)
class Holding:
    """Who takes a bot's updates in at this moment.

    Attributes:
        host: with ``pid`` the process of the holder; None where there is none.
    """

    host: str | None
    pid: int | None
    trouble: str | None


def is_free(session: Session, bot_id: int) -> bool:
    """Whether nobody holds the lease: it has run out, or its holder has ended or was found dead."""
    found = session.execute(_STANDING, {"bot_id": bot_id}).first()
    return found is None or not _is_held(session, found)


def take(session: Session, bot_id: int, *, worker_id: int, server: str) -> Lease | None:
    """Take the lease if it is free; None where another one holds it.

    Args:
        server: the Bot API server that updates will come from.
    """
    rows.add_missing(
        session, BotIntake, {"bot_id": bot_id, "token": 0, "held_until_us": 0, "server": ""}
    )
    locked = session.execute(_STANDING.with_for_update(of=BotIntake), {"bot_id": bot_id}).one()
    if _is_held(session, locked):
        return None
    server = storable(server, _LONGEST_SERVER)
    values: dict[str, Any] = {"holder_id": worker_id, "token": locked.token + 1}
    if locked.server != server:
        # Numbers of another server mean nothing here, and by them everything might look old.
        values |= {"server": server, "last_update_id": None, "last_update_at": None}
    _set(session, bot_id, held_until_us=_end_of_lease(session), **values)
    return Lease(bot_id, locked.token + 1)


def renew(session: Session, lease: Lease, *, worker_id: int) -> Place | None:
    """Hold the lease for longer; None where it was lost.

    Args:
        worker_id: the holder's row of ``workers``, which others may have buried meanwhile.
    """
    place = lock(session, lease)
    if place is not None:
        until = _end_of_lease(session)
        _set(session, lease.bot_id, holder_id=worker_id, held_until_us=until)
    return place


def lock(session: Session, lease: Lease) -> Place | None:
    """Lock the bot's row and tell its place; None where the lease was lost."""
    query = sa.select(BotIntake).where(
        col(BotIntake.bot_id) == lease.bot_id, col(BotIntake.token) == lease.token
    )
    row = session.execute(
        query.with_for_update().execution_options(populate_existing=True)
    ).scalar_one_or_none()
    if row is None:
        return None
    at = row.last_update_at
    is_known = at is not None and server_clock.moment(session) - at < FORGOTTEN_AFTER
    return Place(row.last_update_id if is_known else None, row.trouble)


def advance(session: Session, lease: Lease, last_update_id: int) -> None:
    """Note up to which updates were taken in, and hold the lease for longer."""
    _set(
        session,
        lease.bot_id,
        last_update_id=last_update_id,
        last_update_at=server_clock.moment(session),
        held_until_us=_end_of_lease(session),
    )


def release(session: Session, lease: Lease) -> None:
    """Give the lease up, so that another worker can take it at once."""
    statement = update(BotIntake).where(
        col(BotIntake.bot_id) == lease.bot_id, col(BotIntake.token) == lease.token
    )
    session.execute(
        statement.values(holder_id=None, held_until_us=0).execution_options(
            synchronize_session=False
        )
    )


def note_trouble(session: Session, lease: Lease, trouble: str | None) -> bool:
    """Note why nothing can be taken in, or that it can; whether that is news."""
    place = lock(session, lease)
    trouble = None if trouble is None else storable(trouble)
    if place is None or place.trouble == trouble:
        return False
    _set(session, lease.bot_id, trouble=trouble)
    return True


def holding(session: Session, bot_id: int) -> Holding | None:
    """Who takes the bot's updates in now; None where nobody ever did."""
    found = session.execute(_STANDING, {"bot_id": bot_id}).first()
    if found is None:
        return None
    is_held = _is_held(session, found)
    host, pid = (found.host, found.pid) if is_held else (None, None)
    return Holding(host, pid, found.trouble)


_STANDING: Final = (
    sa.select(
        col(BotIntake.token),
        col(BotIntake.server),
        col(BotIntake.trouble),
        col(BotIntake.holder_id),
        col(BotIntake.held_until_us),
        col(Worker.host),
        col(Worker.pid),
        col(Worker.stopped_at),
    )
    .outerjoin(Worker, col(Worker.id) == col(BotIntake.holder_id))
    .where(col(BotIntake.bot_id) == sa.bindparam("bot_id"))
)


def _is_held(session: Session, standing: Any) -> bool:
    if standing.holder_id is None or standing.stopped_at is not None:
        return False
    left = standing.held_until_us - _now_us(session)
    # What lies further ahead was written by a clock that counts otherwise.
    return bool(0 < left <= LEASE * SECOND_US)


def _end_of_lease(session: Session) -> int:
    return _now_us(session) + round(LEASE * SECOND_US)


def _now_us(session: Session) -> int:
    now: int = session.execute(sa.select(server_clock.microseconds(session))).scalar_one()
    return now


def _set(session: Session, bot_id: int, **values: int | str | datetime | None) -> None:
    statement = update(BotIntake).where(col(BotIntake.bot_id) == bot_id).values(**values)
    session.execute(statement.execution_options(synchronize_session=False))
