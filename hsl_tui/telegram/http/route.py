"""The way to a server: its addresses, a proxy before it, TLS around it."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Sequence
from http import HTTPStatus
from typing import Final

import aiohappyeyeballs
from aiohappyeyeballs import AddrInfoType

from hsl_tui.telegram.http.connection import Connection
from hsl_tui.telegram.http.errors import HttpError, reason_of
from hsl_tui.telegram.http.origin import Origin, proxy_for

_NEXT_ADDRESS: Final = 0.25
"""Seconds after which another address of a server is tried beside the first (RFC 8305, 5)."""
_RESOLVED: Final = 10.0
"""Seconds for which the addresses of a host name are kept: a worker opens many connections."""


class Route:
    """Opens connections to one server.

    Args:
        url: root of the server.

    Raises:
        ValueError: this, or the proxy that the environment names, is no such address.
    """

    def __init__(self, url: str) -> None:
        self._origin = Origin.of(url)
        proxy = proxy_for(self._origin)
        try:
            self._proxy = Origin.of(proxy) if proxy else None
        except ValueError as error:
            raise ValueError(f"proxy: {error}") from None
        self._tls_context: ssl.SSLContext | None = None
        self._resolving = asyncio.Lock()
        self._addresses: Sequence[AddrInfoType] = ()
        self._resolved_at = 0.0
        self._heads: dict[tuple[str, str], str] = {}

    def head(self, method: str, path: str, content_type: str | None, length: int) -> bytes:
        """The head of a request.

        Args:
            path: below the root.
            content_type: of the body; None without one.
            length: of the body in bytes.
        """
        head = self._heads.get((method, path))
        if head is None:
            head = self._heads[method, path] = self._unchanging(method, path)
        if content_type is not None:
            head += f"Content-Type: {content_type}\r\n"
        return f"{head}Content-Length: {length}\r\n\r\n".encode("ascii")

    def _unchanging(self, method: str, path: str) -> str:
        origin, proxy = self._origin, self._proxy
        target = origin.path + path or "/"
        # What reads along the way needs the whole address (RFC 9112, 3.2.2).
        is_read = proxy is not None and not origin.is_secure
        lines = [
            f"{method} {f'http://{origin.host_header}{target}' if is_read else target} HTTP/1.1",
            f"Host: {origin.host_header}",
            "User-Agent: hsl-tui",
            "Accept: */*",
            # The answers are short, and a compressed one could unfold without bounds.
            "Accept-Encoding: identity",
        ]
        if origin.credentials is not None:
            lines.append(f"Authorization: {origin.credentials}")
        if is_read and proxy is not None and proxy.credentials is not None:
            lines.append(f"Proxy-Authorization: {proxy.credentials}")
        return "\r\n".join((*lines, ""))

    async def open(self) -> Connection:
        """Open a connection over which requests can be sent.

        Raises:
            OSError: the server cannot be reached.
            HttpError: the proxy cannot, or does not let through.
        """
        connection = await self._open()
        if not connection.is_open:
            raise HttpError("connection closed before a request")
        return connection

    async def _open(self) -> Connection:
        if self._proxy is None:
            return await self._connect(self._origin)
        try:
            connection = await self._connect(self._proxy)
            if self._origin.is_secure:
                await self._dig_tunnel(connection, self._proxy)
        except (OSError, HttpError) as error:
            reason = reason_of(error) if isinstance(error, OSError) else str(error)
            raise HttpError(f"proxy: {reason}") from None
        if self._origin.is_secure:
            await connection.begin_tls(self._tls(), self._origin.host)
        return connection

    async def _connect(self, to: Origin) -> Connection:
        addresses = await self._resolve(to)
        try:
            reached = await aiohappyeyeballs.start_connection(
                addresses, happy_eyeballs_delay=_NEXT_ADDRESS
            )
            tls = self._tls() if to.is_secure else None
            _, connection = await asyncio.get_running_loop().create_connection(
                Connection, sock=reached, ssl=tls, server_hostname=to.host if tls else None
            )
        except OSError:
            self._addresses = ()
            raise
        return connection

    async def _resolve(self, to: Origin) -> Sequence[AddrInfoType]:
        loop = asyncio.get_running_loop()
        async with self._resolving:
            if not self._addresses or loop.time() > self._resolved_at + _RESOLVED:
                self._addresses = await loop.getaddrinfo(to.host, to.port, type=socket.SOCK_STREAM)
                self._resolved_at = loop.time()
            return self._addresses

    def _tls(self) -> ssl.SSLContext:
        """What the system trusts, or SSL_CERT_FILE and SSL_CERT_DIR name."""
        if self._tls_context is None:
            self._tls_context = ssl.create_default_context()
            self._tls_context.set_alpn_protocols(["http/1.1"])
        return self._tls_context

    async def _dig_tunnel(self, connection: Connection, proxy: Origin) -> None:
        authority = self._origin.authority
        lines = [f"CONNECT {authority} HTTP/1.1", f"Host: {authority}"]
        if proxy.credentials is not None:
            lines.append(f"Proxy-Authorization: {proxy.credentials}")
        head = "\r\n".join((*lines, "", "")).encode("ascii")
        answer = await connection.ask(head, only_head=True)
        if answer.status is None or answer.status >= HTTPStatus.MULTIPLE_CHOICES:
            connection.abort()
            raise HttpError("refused" if answer.status is None else f"refused ({answer.status})")
