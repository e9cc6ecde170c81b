"""A worker that takes updates in, and what they come to."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlmodel import col, select

from hsl_tui.models.intake_tables import BotAnswer, BotIntake
from hsl_tui.services import audit, recipients
from hsl_tui.telegram.simulator import FaultRule, Match
from hsl_tui.telegram.simulator.updates import command_update
from hsl_tui.worker import Worker
from tests.worker.scene import Scene

ASKED = Match(method="getUpdates")


@contextmanager
def taking_in(scene: Scene) -> Iterator[Worker]:
    """A worker that takes updates in, ended in order."""
    with scene.running(Worker(scene.context, takes_in=True)) as worker:
        yield worker


def tell(scene: Scene, *chat_ids: int, text: str = "/start", **person: Any) -> None:
    """Have people write to the bot."""
    for chat_id in chat_ids:
        scene.simulator.queue_update(command_update(chat_id, text, **person))


def fail_asking(scene: Scene, action: str, times: int | None = None, **parameters: Any) -> None:
    """Let Telegram fail the polls."""
    scene.simulator.add_faults(FaultRule(action, ASKED, times, parameters))


def states(scene: Scene) -> dict[int, str]:
    """The recipients by chat, with their states."""
    return {one.chat_id: one.state.value for one in recipients.every(scene.context)}


def place(scene: Scene) -> BotIntake:
    """The bot's row of ``bot_intake``."""
    with scene.context.database.read() as session:
        row = session.exec(select(BotIntake)).one()
        session.expunge(row)
        return row


def answers(scene: Scene) -> list[tuple[int, str]]:
    """The chats that were or are to be answered, with what became of that, in their order."""
    with scene.context.database.read() as session:
        query = select(BotAnswer.chat_id, BotAnswer.status).order_by(col(BotAnswer.id))
        return [(chat_id, str(status)) for chat_id, status in session.exec(query)]


def applied(scene: Scene, what: str = "updates") -> int:
    """How many updates were applied, or joined, …, by the audit log."""
    entries = audit.latest(scene.context, limit=1000, action="intake.applied")
    return sum(int(str(entry.details.get(what, 0))) for entry in entries)
