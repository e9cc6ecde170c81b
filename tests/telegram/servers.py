"""Servers on the loopback that do what a test needs, and how they are asked."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

from aiohttp import web

from hsl_tui.telegram.http import Answer, HttpClient

Talk = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
"""What a server does with one connection."""

CERTIFICATE: Final = Path(__file__).parent / "certificate.pem"
"""With its key; for localhost, 127.0.0.1 and bot-api.invalid."""


def own_tls() -> ssl.SSLContext:
    """A server's side of TLS, with our certificate."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(CERTIFICATE)
    return context


@asynccontextmanager
async def serving(
    answer: Callable[[web.Request], Awaitable[web.StreamResponse]],
) -> AsyncIterator[str]:
    """An HTTP server that answers every request in the same way; gives its address."""
    app = web.Application(client_max_size=10**8)
    app.router.add_route("*", "/{path:.*}", answer)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        yield site.name
    finally:
        await runner.cleanup()


@asynccontextmanager
async def speaking(
    talk: Talk,
    tls: ssl.SSLContext | None = None,
) -> AsyncIterator[str]:
    """A server that is no HTTP server unless ``talk`` is one."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await talk(reader, writer)
        finally:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=tls)
    async with server:
        yield f"http{'s' if tls else ''}://127.0.0.1:{server.sockets[0].getsockname()[1]}"


def raw(status_line: str, body: bytes) -> bytes:
    return f"HTTP/1.1 {status_line}\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body


async def asked(client: HttpClient, body: bytes = b"x", **options: Any) -> Answer:
    """The answer to a call."""
    return await client.ask("POST", "/there", body=[body], **{"within": 10.0, **options})


async def request(reader: asyncio.StreamReader) -> bytes:
    """Read a request with a body of one byte, and give its head."""
    head = await reader.readuntil(b"\r\n\r\n")
    await reader.readexactly(1)
    return head


def saying(*said: bytes) -> Talk:
    """Answer every request with these bytes, the next of them when the last have arrived."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while not reader.at_eof():
            await request(reader)
            for part in said:
                writer.write(part)
                await writer.drain()
                # The other side's turn, in the same loop: it reads each part alone.
                for _ in range(3):
                    await asyncio.sleep(0)

    return talk
