"""While Telegram gives no answers: every worker holds, and one asks until it is there again."""

from __future__ import annotations

import asyncio
import logging

from hsl_tui.errors import TelegramUnreachableError, TokenRefusedError
from hsl_tui.services.context import Context
from hsl_tui.store import audit, pace
from hsl_tui.telegram.gateway import Gateway
from hsl_tui.worker.health import Health

logger = logging.getLogger(__name__)


class Outage:
    """What a worker does while its ``health`` is ill.

    Args:
        actor: this worker as the audit log names it.
    """

    def __init__(self, context: Context, gateway: Gateway, health: Health, actor: str) -> None:
        self._context = context
        self._gateway = gateway
        self._health = health
        self._actor = actor

    async def hold(self) -> None:
        """Have every worker of the bot hold until the next probe; news is put on record."""
        if self._health.fell_ill():
            logger.warning("Telegram has given no answer to several messages: nothing is sent.")
            await asyncio.to_thread(self._note, "bot.held")
        # The other workers hold too, and need not find out by losing messages of their own.
        await asyncio.to_thread(self._halt_all, self._health.probe_after)

    async def probe(self) -> None:
        """Ask Telegram whether it is there again."""
        try:
            await self._gateway.get_me()
        except TelegramUnreachableError as error:
            logger.warning("Nothing is sent: %s", error)
            self._health.note_probe(answered=False)
        except TokenRefusedError:
            self._health.note_probe(answered=True)
        else:
            self._health.note_probe(answered=True)
            logger.info("Telegram answers again: sending goes on.")
            await asyncio.to_thread(self._note, "bot.resumed")

    def _halt_all(self, seconds: float) -> None:
        with self._context.database.write() as session:
            pace.halt(session, self._gateway.bot_id, seconds=seconds)

    def _note(self, action: str) -> None:
        with self._context.database.write() as session:
            now = self._context.clock.now()
            audit.append(session, at=now, actor=self._actor, action=action)
