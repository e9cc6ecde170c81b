"""Answers to commands: written along with the update that asks, and sent like a delivery.

``sending`` is committed before a call leaves, and what became of it afterwards. What a holder of
the lease left as ``sending`` may have arrived: it is never sent again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import sqlalchemy as sa
from sqlalchemy import ColumnElement, delete, update
from sqlmodel import Session, col

from hsl_tui.models.intake import AnswerKind, AnswerStatus
from hsl_tui.models.intake_tables import BotAnswer
from hsl_tui.models.types import EPOCH
from hsl_tui.store import rows
from hsl_tui.store.bot_intake import Lease
from hsl_tui.store.chat_pace import GAP, GROUP_MOST, GROUP_WINDOW
from hsl_tui.store.texts import storable

KEPT_FOR: Final = timedelta(days=1)
"""How long answers are kept, and how late one may be."""

_LONGEST_ERROR: Final = 512
_WAITING: Final = col(BotAnswer.status) == AnswerStatus.PENDING
_SENDING: Final = col(BotAnswer.status) == AnswerStatus.SENDING


@dataclass(frozen=True, slots=True)
class Waiting:
    """An answer that this worker has committed as ``sending``."""

    id: int
    chat_id: int
    kind: AnswerKind
    attempts: int


@dataclass(frozen=True, slots=True)
class Settled:
    """What became of an answer; ``pending`` to try again."""

    id: int
    status: AnswerStatus
    counted: bool = True
    not_before: datetime = EPOCH
    error: str | None = None


def queue(session: Session, bot_id: int, chat_id: int, kind: AnswerKind, *, now: datetime) -> None:
    """Have a chat answered, once for all that it asks before the answer leaves.

    Who asks without end gets an answer a second; a group, as many as a group may get.
    """
    here = (col(BotAnswer.bot_id) == bot_id, col(BotAnswer.chat_id) == chat_id)
    waits = update(BotAnswer).where(*here, _WAITING).values(kind=kind)
    if rows.affected(session, waits):
        return
    last = session.execute(
        sa.select(col(BotAnswer.created_at), col(BotAnswer.not_before))
        .where(*here)
        .order_by(col(BotAnswer.id).desc())
        .limit(1)
    ).first()
    not_before = now
    if last is not None and max(last) <= now:
        gap = GAP if chat_id > 0 else GROUP_WINDOW / GROUP_MOST
        not_before = max(now, max(last) + gap)
    rows.add(
        session,
        BotAnswer(bot_id=bot_id, chat_id=chat_id, kind=kind, not_before=not_before, created_at=now),
    )


def due(session: Session, lease: Lease, *, limit: int, now: datetime) -> int:
    """How many answers can be sent now, up to a limit."""
    query = sa.select(col(BotAnswer.id)).where(_may_be_claimed(lease, now)).limit(limit)
    return len(session.execute(query).all())


def claim(session: Session, lease: Lease, *, limit: int, now: datetime) -> list[Waiting]:
    """Take up to so many answers to be sent, the oldest first.

    The caller has locked the bot's row with this lease, and has no other answers in hand: what it
    took before and knows nothing of was never called.
    """
    query = sa.select(
        col(BotAnswer.id), col(BotAnswer.chat_id), col(BotAnswer.kind), col(BotAnswer.attempts)
    )
    found = session.execute(
        query.where(_may_be_claimed(lease, now)).order_by(col(BotAnswer.id)).limit(limit)
    )
    claimed = [Waiting(*row) for row in found]
    session.execute(
        update(BotAnswer)
        .where(col(BotAnswer.id).in_([one.id for one in claimed]))
        .values(status=AnswerStatus.SENDING, token=lease.token)
        .execution_options(synchronize_session=False)
    )
    return claimed


def settle(session: Session, lease: Lease, results: Sequence[Settled]) -> None:
    """Record what became of answers.

    Each is guarded by its status and the token. Of one that another holder took for uncertain, a
    late definite answer still counts, but it is not tried again.
    """
    for one in results:
        allowed = [AnswerStatus.SENDING]
        if one.status is not AnswerStatus.PENDING:
            allowed.append(AnswerStatus.UNCERTAIN)
        error = None if one.error is None else storable(one.error, _LONGEST_ERROR)
        session.execute(
            update(BotAnswer)
            .where(
                col(BotAnswer.id) == one.id,
                col(BotAnswer.token) == lease.token,
                col(BotAnswer.status).in_(allowed),
            )
            .values(
                status=one.status,
                attempts=col(BotAnswer.attempts) + int(one.counted),
                not_before=one.not_before,
                error=error,
            )
            .execution_options(synchronize_session=False)
        )


def give_up_lost(session: Session, lease: Lease) -> int:
    """Take what earlier holders left as ``sending`` for uncertain; how many."""
    of_others = (
        col(BotAnswer.bot_id) == lease.bot_id,
        _SENDING,
        col(BotAnswer.token) < lease.token,
    )
    lost = "The worker that sent it was lost before Telegram's answer."
    statement = update(BotAnswer).where(*of_others)
    return rows.affected(session, statement.values(status=AnswerStatus.UNCERTAIN, error=lost))


def remove_old(session: Session, bot_id: int, *, now: datetime) -> int:
    """Remove what is older than :data:`KEPT_FOR`, sent or not; how many."""
    statement = delete(BotAnswer).where(
        col(BotAnswer.bot_id) == bot_id, ~_SENDING, col(BotAnswer.created_at) < now - KEPT_FOR
    )
    return rows.affected(session, statement)


def move_chat(session: Session, chat_id: int, to: int) -> None:
    """Follow a group that became a supergroup."""
    statement = update(BotAnswer).where(col(BotAnswer.chat_id) == chat_id).values(chat_id=to)
    session.execute(statement.execution_options(synchronize_session=False))


def _may_be_claimed(lease: Lease, now: datetime) -> ColumnElement[bool]:
    return sa.and_(
        col(BotAnswer.bot_id) == lease.bot_id,
        sa.or_(
            sa.and_(_WAITING, col(BotAnswer.not_before) <= now),
            sa.and_(_SENDING, col(BotAnswer.token) == lease.token),
        ),
    )
