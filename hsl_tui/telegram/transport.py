"""What python-telegram-bot makes its calls by: ours, which records what it throws away.

It drops the status, rewrites the description, and writes the address of its calls into logs,
exceptions and ``repr``. So it is given a stand-in for the token, and the exchange holds the rest.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from contextvars import ContextVar
from http import HTTPStatus
from typing import Any, Final

from telegram.error import NetworkError
from telegram.request import BaseRequest, RequestData

from hsl_tui.telegram.bot_api import JSON, BotApi
from hsl_tui.telegram.http import multipart
from hsl_tui.telegram.outcomes import Exchange

exchange_var: ContextVar[Exchange | None] = ContextVar("exchange", default=None)
"""The exchange that the call in this context fills in."""

SLOWEST_UPLOAD: Final = 128 * 1024
"""Bytes a second: a call that uploads a file has as much longer as this rate takes."""
_NOTED: Final = b'{"ok":true,"result":true}'
"""What python-telegram-bot is told, since the exchange holds the answer: it would build a Message
of the real one, which takes longer than the call, and read an error with warnings."""


class RecordedRequest(BaseRequest):
    """Sends the calls of a ``telegram.Bot`` and records each."""

    def __init__(self, api: BotApi) -> None:
        self._api = api

    @property
    def read_timeout(self) -> float:
        """Seconds for a whole call."""
        return self._api.timeout

    async def initialize(self) -> None:
        """Do nothing: a connection is opened by the first call that finds none."""

    async def shutdown(self) -> None:
        """Do nothing: the connections are others' too."""

    @staticmethod
    def parse_json_payload(payload: bytes) -> Any:
        """Read what :meth:`do_request` gives, which is always the same."""
        return {"ok": True, "result": payload is _NOTED}

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
            A plain success, whatever the answer.

        Raises:
            NetworkError: The call failed on the way.
        """
        exchange = exchange_var.get() or Exchange()
        content_type, body, longer = _encode(request_data)
        endpoint = url.rpartition("/")[2]
        await self._api.call(exchange, endpoint, content_type, body, longer=longer)
        if exchange.error is not None:
            raise NetworkError(exchange.error)
        return HTTPStatus.OK, _NOTED


def _encode(
    request_data: RequestData | None,
) -> tuple[str | None, Sequence[bytes | memoryview], float]:
    """Give the body's type, the body, and the seconds that its files may take longer."""
    if request_data is None:
        return None, (), 0.0
    if not request_data.contains_files:
        document = json.dumps(request_data.parameters, ensure_ascii=False)
        return JSON, (document.encode("utf-8", "replace"),), 0.0
    files = [
        multipart.File(
            field, name, content_type, content if isinstance(content, bytes) else content.read()
        )
        for field, (name, content, content_type) in request_data.multipart_data.items()
    ]
    size = sum(len(file.content) for file in files)
    form = multipart.encode(request_data.json_parameters.items(), files)
    return *form, size / SLOWEST_UPLOAD
