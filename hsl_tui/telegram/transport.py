"""The HTTP transport under python-telegram-bot: our own client, with a record of each exchange.

The bot token lives here and nowhere else. python-telegram-bot, which writes the address of its
calls into logs, exceptions and ``repr``, is given a stand-in, and only the request that leaves
carries the real one. Nothing that is raised here holds an address either.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping, Sequence
from contextvars import ContextVar
from http import HTTPStatus
from typing import Any, Final

from pydantic import SecretStr
from telegram.error import NetworkError, TelegramError
from telegram.request import BaseRequest, RequestData

from hsl_tui.failpoints import Failpoint, is_armed, reach
from hsl_tui.telegram.http import HttpClient, HttpError, multipart
from hsl_tui.telegram.outcomes import Exchange

exchange_var: ContextVar[Exchange | None] = ContextVar("exchange", default=None)
"""The exchange that the call in this context fills in."""

SLOWEST_UPLOAD: Final = 128 * 1024
"""Bytes a second: a call that uploads a file has as much longer as this rate takes."""
_NOTED: Final = b'{"ok":true,"result":true}'
"""What python-telegram-bot is told where the exchange holds the answer: it would build a Message
of the real one, which takes longer than the call, and read an error with warnings."""
_JSON: Final = "application/json"


class RecordedRequest(BaseRequest):
    """Sends the calls of a ``telegram.Bot`` and records each. It belongs to one event loop.

    Args:
        token: the bot token.
        api_url: root of the Bot API server, without a slash at its end.
        timeout: seconds for a whole call, the wait for a free connection included.
        connections: most connections open at the same time.
    """

    def __init__(self, token: SecretStr, api_url: str, *, timeout: float, connections: int) -> None:
        self._path = f"/bot{token.get_secret_value()}/"
        self._timeout = timeout
        self._client = HttpClient(api_url, connections=connections)

    @property
    def read_timeout(self) -> float:
        """Seconds for a whole call."""
        return self._timeout

    async def initialize(self) -> None:
        """Do nothing: a connection is opened by the first call that finds none."""

    async def shutdown(self) -> None:
        """Close the connections."""
        await self._client.close()

    @staticmethod
    def parse_json_payload(payload: bytes) -> Any:
        """Read an answer; unlike the inherited one, never write a broken one to the log."""
        if payload is _NOTED:
            return {"ok": True, "result": True}
        try:
            return json.loads(payload.decode("utf-8", "replace"))
        except (ValueError, RecursionError):
            pass
        raise TelegramError("The answer is not JSON")

    async def do_request(
        self, url: str, method: str, request_data: RequestData | None = None, *_: Any, **__: Any
    ) -> tuple[int, bytes]:
        """Make one call and record it in the context's exchange.

        Args:
            url: the address with the stand-in for the token; only its last part is used.
            method: python-telegram-bot's; it is POST.
            request_data: parameters and files.
            _: python-telegram-bot's single timeouts; the one for the whole call counts instead.
            __: likewise.

        Returns:
            The HTTP status and the body; of a call whose result nobody wants, a plain success.

        Raises:
            NetworkError: The call failed on the way.
            TelegramError: The answer is an error, whose words are in the exchange.
        """
        exchange = exchange_var.get() or Exchange()
        content_type, body, extra_time = _encode(request_data)
        endpoint = url.rpartition("/")[2]
        await self._make(exchange, endpoint, content_type, body, self._timeout + extra_time)
        if exchange.error is not None:
            raise NetworkError(exchange.error)
        if not exchange.result_wanted:
            return HTTPStatus.OK, _NOTED
        if exchange.status is None or exchange.status >= HTTPStatus.MULTIPLE_CHOICES:
            raise TelegramError(f"HTTP {exchange.status}")
        return exchange.status, exchange.body or b""

    async def read(
        self, endpoint: str, parameters: Mapping[str, Any], *, wait: float = 0.0
    ) -> Exchange:
        """Make a call whose answer is read as it came, past python-telegram-bot.

        Args:
            endpoint: the method of the Bot API.
            parameters: as they are in JSON.
            wait: seconds that the server takes on purpose, which do not count towards the timeout.

        Returns:
            The exchange, however it ended.
        """
        exchange = Exchange(result_wanted=True)
        body = json.dumps(parameters).encode()
        await self._make(exchange, endpoint, _JSON, (body,), self._timeout + wait)
        return exchange

    async def _make(
        self,
        exchange: Exchange,
        endpoint: str,
        content_type: str | None,
        body: Sequence[bytes | memoryview],
        within: float,
    ) -> None:
        """Make a call and record it."""

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
                within=within,
                before_write=note,
            )
        except HttpError as error:
            exchange.status = error.status
            exchange.error = str(error)
        else:
            exchange.status = answer.status
            exchange.body = answer.body


def _encode(
    request_data: RequestData | None,
) -> tuple[str | None, Sequence[bytes | memoryview], float]:
    """Give the body's type, the body, and the seconds that its files may take longer."""
    if request_data is None:
        return None, (), 0.0
    if not request_data.contains_files:
        document = json.dumps(request_data.parameters, ensure_ascii=False)
        return _JSON, (document.encode("utf-8", "replace"),), 0.0
    files = [
        multipart.File(
            field, name, content_type, content if isinstance(content, bytes) else content.read()
        )
        for field, (name, content, content_type) in request_data.multipart_data.items()
    ]
    size = sum(len(file.content) for file in files)
    form = multipart.encode(request_data.json_parameters.items(), files)
    return *form, size / SLOWEST_UPLOAD
