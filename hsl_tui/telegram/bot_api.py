"""Calls of the Bot API, each recorded as far as it got.

The bot token lives here and nowhere else: what makes calls of any kind goes through here, and what
comes back holds none of it.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from pydantic import SecretStr

from hsl_tui.bot_token import bot_id_of
from hsl_tui.failpoints import Failpoint, is_armed, reach
from hsl_tui.telegram.http import HttpClient, HttpError
from hsl_tui.telegram.outcomes import Exchange

JSON = "application/json"
"""The content type of parameters without files."""


class BotApi:
    """One bot on one Bot API server. It belongs to the event loop that uses it.

    Args:
        token: the bot token.
        url: root of the server.
        timeout: seconds for a whole call, the wait for a free connection included.
        connections: most calls on the way at the same time.

    Raises:
        SettingsError: The token does not have the form of one.
    """

    def __init__(self, token: SecretStr, url: str, *, timeout: float, connections: int) -> None:
        self.bot_id = bot_id_of(token)
        self.url = url.rstrip("/")
        self.timeout = timeout
        spelled = token.get_secret_value()
        self._spellings = tuple(
            spelled.replace(":", colon).encode() for colon in (":", "%3A", "%3a", "&#58;")
        )
        self._path = f"/bot{spelled}/"
        self._client = HttpClient(self.url, connections=connections)

    @property
    def server(self) -> str:
        """The name of the server's host."""
        return urlsplit(self.url).hostname or self.url

    async def close(self) -> None:
        """Close the connections."""
        await self._client.close()

    async def call(
        self,
        exchange: Exchange,
        endpoint: str,
        content_type: str | None,
        body: Sequence[bytes | memoryview],
        *,
        longer: float = 0.0,
    ) -> None:
        """Make one call, and record it however it ends.

        Args:
            endpoint: the method of the Bot API.
            content_type: of the body.
            body: in pieces.
            longer: seconds that it may take beyond the timeout.
        """

        def note() -> None:
            reach(Failpoint.BEFORE_WRITE)
            exchange.written = True
            if is_armed(Failpoint.AFTER_WRITE):
                asyncio.get_running_loop().call_soon(reach, Failpoint.AFTER_WRITE)

        try:
            answer = await self._client.ask(
                "POST",
                self._path + endpoint,
                body=body,
                content_type=content_type,
                within=self.timeout + longer,
                before_write=note,
            )
        except HttpError as error:
            exchange.status = error.status
            exchange.error = str(error)
            return
        exchange.status = answer.status
        exchange.body = answer.body
        for token in self._spellings:
            # An error page may repeat the address that was asked for.
            if token in exchange.body:
                exchange.body = exchange.body.replace(token, b"(token)")

    async def read(
        self, endpoint: str, parameters: Mapping[str, Any], *, wait: float = 0.0
    ) -> Exchange:
        """Make a call whose answer is read as it came.

        Args:
            endpoint: the method of the Bot API.
            parameters: as they are in JSON.
            wait: seconds that the server takes on purpose, which do not count towards the timeout.

        Returns:
            The exchange, however it ended.
        """
        exchange = Exchange()
        body = json.dumps(parameters).encode()
        await self.call(exchange, endpoint, JSON, (body,), longer=wait)
        return exchange
