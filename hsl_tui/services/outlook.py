"""Who sends by now, as the database tells it: for the head of the console."""

from __future__ import annotations

from dataclasses import dataclass

from hsl_tui.bot_token import bot_id_of
from hsl_tui.services.context import Context
from hsl_tui.store import pace, server_clock, throughput, workers


@dataclass(frozen=True, slots=True)
class Outlook:
    """What all workers on the database are doing, read at one instant.

    Attributes:
        workers: how many are alive, this process's included; with a token those of its bot.
        under_way: whether any broadcast is being sent at this moment.
        rate: messages a second over all of them, of late; 0 also while nothing is known yet.
        stopped_reason: why nothing is sent until someone mends it.
        halted_for: seconds until Telegram takes messages again.
    """

    workers: int
    under_way: bool
    rate: float
    stopped_reason: str | None = None
    halted_for: float = 0.0


def look(context: Context) -> Outlook:
    """Read it.

    Raises:
        DatabaseError: it cannot be read.
    """
    token = context.settings.bot_token
    bot_id = None if token is None else bot_id_of(token)
    with context.database.read() as session:
        now = server_clock.moment(session)
        timeout = context.settings.worker_timeout
        alive = [
            one
            for one in workers.standing(session, now=now, timeout=timeout)
            if one.alive and bot_id in {None, one.bot_id}
        ]
        held = None if bot_id is None else pace.standing(session, bot_id)
        traffic = throughput.traffic(session, now=context.clock.now())
    return Outlook(
        workers=len(alive),
        under_way=traffic.under_way,
        rate=traffic.rate,
        stopped_reason=None if held is None else held.stopped_reason,
        halted_for=0.0 if held is None else held.halted_for,
    )
