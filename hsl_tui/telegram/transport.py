"""The HTTP transport under python-telegram-bot: aiohttp, with a record of each exchange.

The bot token lives here and nowhere else. python-telegram-bot, which writes the address of its
calls into logs, exceptions and ``repr``, is given a stand-in, and only the request that leaves
carries the real one. Nothing that is raised here holds an address either.
"""

from __future__ import annotations

import asyncio
import io
import json
import os
import urllib.request
from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from contextvars import ContextVar
from http import HTTPStatus
from typing import Any, Final

import aiohttp
from pydantic import SecretStr
from telegram.error import NetworkError, TelegramError, TimedOut
from telegram.request import BaseRequest, RequestData
from yarl import URL

from hsl_tui.failpoints import Failpoint, is_armed, reach
from hsl_tui.telegram.outcomes import Exchange

exchange_var: ContextVar[Exchange | None] = ContextVar("exchange", default=None)
"""The exchange that the call in this context fills in."""

SLOWEST_UPLOAD: Final = 128 * 1024
"""Bytes a second: a call that uploads a file has as much longer as this rate takes."""
_LOOPBACK: Final = ("localhost", "::1")
_NOTED: Final = b'{"ok":true,"result":true}'
"""What python-telegram-bot is told where the exchange holds the answer: it would build a Message
of the real one, which takes longer than the call, and read an error with warnings."""
_JSON: Final = {"Content-Type": "application/json"}


class AiohttpRequest(BaseRequest):
    """Sends the calls of a ``telegram.Bot`` through one keep-alive pool of aiohttp.

    A proxy is taken from the environment (``HTTPS_PROXY``, ``NO_PROXY``, …) but never for a
    loopback address. Redirects are not followed. It belongs to the event loop that initialised it.

    Args:
        token: the bot token.
        api_url: root of the Bot API server, without a slash at its end.
        timeout: seconds for a whole call, the wait for a free connection included.
        connections: most connections open at the same time.
    """

    def __init__(self, token: SecretStr, api_url: str, *, timeout: float, connections: int) -> None:
        self._token = token
        self._api_url = api_url
        self._timeout = timeout
        self._limit = aiohttp.ClientTimeout(total=timeout)
        self._connections = connections
        self._proxy = proxy_for(URL(api_url))
        self._session: aiohttp.ClientSession | None = None
        self._urls: dict[str, URL] = {}

    @property
    def read_timeout(self) -> float:
        """Seconds for a whole call."""
        return self._timeout

    async def initialize(self) -> None:
        """Open the pool in the running event loop."""
        if self._session is not None:
            return
        self._session = aiohttp.ClientSession(
            connector=_RecordingConnector(limit=self._connections),
            cookie_jar=aiohttp.DummyCookieJar(),
            # The answers are short, and a compressed one could unfold without bounds.
            headers={"User-Agent": "hsl-tui", "Accept-Encoding": "identity"},
        )

    async def shutdown(self) -> None:
        """Close the pool."""
        if self._session is not None:
            session, self._session = self._session, None
            await session.close()

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
            method: the HTTP method.
            request_data: parameters and files.
            _: python-telegram-bot's single timeouts; the one for the whole call counts instead.
            __: likewise.

        Returns:
            The HTTP status and the body; of a call whose result nobody wants, a plain success.

        Raises:
            TimedOut: The call took too long.
            NetworkError: It failed otherwise.
            TelegramError: The answer is an error, whose words are in the exchange.
        """
        exchange = exchange_var.get() or Exchange()
        body, headers, extra_time = _encode(request_data)
        limit = self._limit
        if extra_time:
            limit = aiohttp.ClientTimeout(total=self._timeout + extra_time)
        failure: TelegramError
        try:
            async with self._ask(method, url.rpartition("/")[2], body, headers, limit) as response:
                exchange.status = response.status
                exchange.body = await response.read()
                if not exchange.result_wanted:
                    return HTTPStatus.OK, _NOTED
                if exchange.status < HTTPStatus.MULTIPLE_CHOICES:
                    return exchange.status, exchange.body
                failure = TelegramError(f"HTTP {exchange.status}")
        except (aiohttp.ClientError, OSError) as error:
            exchange.error = reason_of(error)
            failure = (TimedOut if isinstance(error, TimeoutError) else NetworkError)(
                exchange.error
            )
        # Outside of the handler, so that aiohttp's error, which knows the address, is not its
        # context.
        raise failure

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
        limit = aiohttp.ClientTimeout(total=self._timeout + wait)
        body = json.dumps(parameters).encode()
        reset = exchange_var.set(exchange)
        try:
            async with self._ask("POST", endpoint, body, _JSON, limit) as response:
                exchange.status = response.status
                exchange.body = await response.read()
        except (aiohttp.ClientError, OSError) as error:
            exchange.error = reason_of(error)
        finally:
            exchange_var.reset(reset)
        return exchange

    def _ask(
        self,
        method: str,
        endpoint: str,
        body: bytes | aiohttp.FormData | None,
        headers: Mapping[str, str] | None,
        limit: aiohttp.ClientTimeout,
    ) -> AbstractAsyncContextManager[aiohttp.ClientResponse]:
        if self._session is None:
            raise RuntimeError("the transport is not open")
        return self._session.request(
            method,
            self._url(endpoint),
            data=body,
            headers=headers,
            proxy=self._proxy,
            allow_redirects=False,
            timeout=limit,
        )

    def _url(self, endpoint: str) -> URL:
        url = self._urls.get(endpoint)
        if url is None:
            token = self._token.get_secret_value()
            url = self._urls[endpoint] = URL(f"{self._api_url}/bot{token}/{endpoint}", encoded=True)
        return url


class _RecordingConnector(aiohttp.TCPConnector):
    """Notes in the exchange when a connection stands, from where on the request may have left.

    What aiohttp's tracing tells later, when the first byte is handed to the socket, is no more
    certain, since nothing is awaited in between, and it costs half a dozen callbacks a call.
    """

    async def connect(self, *args: Any, **options: Any) -> aiohttp.connector.Connection:
        connection = await super().connect(*args, **options)
        exchange = exchange_var.get()
        if exchange is not None:
            reach(Failpoint.BEFORE_WRITE)
            exchange.written = True
            if is_armed(Failpoint.AFTER_WRITE):
                asyncio.get_running_loop().call_soon(reach, Failpoint.AFTER_WRITE)
        return connection


def _encode(
    request_data: RequestData | None,
) -> tuple[bytes | aiohttp.FormData | None, dict[str, str] | None, float]:
    """Give the body, its headers, and the seconds that its files may take longer."""
    if request_data is None:
        return None, None, 0.0
    if not request_data.contains_files:
        document = json.dumps(request_data.parameters, ensure_ascii=False)
        return document.encode("utf-8", "replace"), _JSON, 0.0
    # Telegram reads names as plain UTF-8; percent signs would become part of the file's name.
    parts = aiohttp.FormData(quote_fields=False, default_to_multipart=True)
    for name, value in request_data.json_parameters.items():
        parts.add_field(name, value.encode("utf-8", "replace").decode())
    size = 0
    for name, (file_name, content, content_type) in request_data.multipart_data.items():
        data = content if isinstance(content, bytes) else content.read()
        size += len(data)
        # aiohttp warns of bytes as large as these, but not of a file.
        parts.add_field(name, io.BytesIO(data), filename=file_name, content_type=content_type)
    return parts, None, size / SLOWEST_UPLOAD


def proxy_for(url: URL) -> URL | None:
    """Look up the environment's proxy once; aiohttp itself would do so in a thread each time."""
    host = url.host or ""
    if host in _LOOPBACK or host.startswith("127.") or urllib.request.proxy_bypass(host):
        return None
    proxy = urllib.request.getproxies().get(url.scheme)
    return URL(proxy) if proxy else None


def reason_of(error: aiohttp.ClientError | OSError) -> str:
    """Say in a few words what went wrong; the error's own text may hold the address."""
    words: tuple[tuple[type[BaseException], str], ...] = (
        (TimeoutError, "timed out"),
        (aiohttp.ClientConnectorDNSError, "host name not found"),
        (aiohttp.ClientConnectorCertificateError, "TLS certificate not accepted"),
        (aiohttp.ClientSSLError, "TLS failed"),
        (aiohttp.ClientHttpProxyError, "refused by the proxy"),
        (aiohttp.ServerDisconnectedError, "connection closed before an answer"),
        (aiohttp.ClientPayloadError, "connection closed within the answer"),
        (aiohttp.InvalidURL, "not a valid address"),
    )
    for kind, reason in words:
        if isinstance(error, kind):
            return reason
    number = getattr(error, "errno", None)
    reason = os.strerror(number).lower() if number else type(error).__name__
    return f"proxy: {reason}" if isinstance(error, aiohttp.ClientProxyConnectionError) else reason
