"""The bot's name, asked for once somebody wants to show it."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Final

from hsl_tui.errors import BotApiError
from hsl_tui.telegram.gateway import Gateway

_AGAIN_AFTER: Final = 60.0
"""Seconds between attempts while Telegram gives no answer."""

_ANEW_AFTER: Final = 3600.0
"""Seconds after which a bot may have been renamed."""


class Introduction:
    """Asks Telegram who the bot is, until it is known, and each hour from then on."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway
        self._wanted = asyncio.Event()
        self.username: str | None = None
        """Without its @; None until it is known."""

    def begin(self) -> None:
        """Have it asked for, unless it is already."""
        self._wanted.set()

    async def run(self) -> None:
        """Ask for ever, once that was begun."""
        await self._wanted.wait()
        while True:
            wait = _AGAIN_AFTER
            with suppress(BotApiError):
                self.username = (await self._gateway.get_me()).username
                wait = _ANEW_AFTER
            await asyncio.sleep(wait)
