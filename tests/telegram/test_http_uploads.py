"""The HTTP client sends what is large for as long as the server takes it."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import socket
import struct
import threading

import pytest

from hsl_tui.telegram.http import HttpClient, HttpError
from tests.telegram.servers import asked, raw, speaking


@pytest.mark.parametrize("body", [[bytes(1_000_000)] * 50, [bytes(50_000_000)]], ids=len)
async def test_an_upload_ends_where_the_server_has_seen_enough(body: list[bytes]) -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(raw("413 Request Entity Too Large", b"enough"))
        await writer.drain()
        # Nothing more is read: the rest would never leave.
        await asyncio.Event().wait()

    async with speaking(talk) as url:
        client = HttpClient(url, connections=1)
        # The second call does not go the way on which the first one's rest is stuck.
        for _ in range(2):
            answer = await client.ask("POST", "/", body=body, within=10)
            assert (answer.status, answer.body) == (413, b"enough")


async def test_an_upload_ends_where_the_server_will_say_nothing_more() -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write_eof()
        # Nothing more is read: the connection cannot be closed in order.
        await asyncio.Event().wait()

    async with speaking(talk) as url:
        with pytest.raises(HttpError, match=r"^connection closed before an answer$"):
            await asked(HttpClient(url, connections=1), body=bytes(50_000_000))


def test_an_upload_that_the_server_takes_after_its_last_word_ends_as_any_other() -> None:
    sizes = [millions * 1_000_000 for millions in range(1, 11)]

    def serve(listening: socket.socket) -> None:
        for _ in sizes:
            taken, _ = listening.accept()
            with taken, contextlib.suppress(ConnectionError):
                taken.recv(1000)
                taken.shutdown(socket.SHUT_WR)
                while taken.recv(1_000_000):
                    pass

    async def upload(url: str) -> None:
        # With one of these sizes the last of the body leaves just as the end is heard of.
        for size in sizes:
            with pytest.raises(HttpError, match=r"^connection closed before an answer$"):
                await asked(HttpClient(url, connections=1), body=bytes(size))

    with socket.create_server(("127.0.0.1", 0)) as listening:
        server = threading.Thread(target=serve, args=(listening,), daemon=True)
        server.start()
        asyncio.run(upload(f"http://127.0.0.1:{listening.getsockname()[1]}"))
        server.join()


def test_an_upload_into_a_lost_connection_writes_nothing_to_the_log(
    caplog: pytest.LogCaptureFixture,
) -> None:
    written, closed = threading.Event(), threading.Event()

    def serve(listening: socket.socket) -> None:
        taken, _ = listening.accept()
        with taken:
            # It is reset when it closes, which writing to it tells at once.
            taken.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            assert written.wait(10)
        closed.set()

    def before_write() -> None:
        written.set()
        assert closed.wait(10)

    async def upload(url: str) -> None:
        client = HttpClient(url, connections=1)
        with pytest.raises(HttpError):
            await client.ask("POST", "/", body=[b"x"] * 20, within=10, before_write=before_write)

    with socket.create_server(("127.0.0.1", 0)) as listening:
        server = threading.Thread(target=serve, args=(listening,))
        server.start()
        asyncio.run(upload(f"http://127.0.0.1:{listening.getsockname()[1]}"))
        server.join()
    assert not [record for record in caplog.records if record.levelno >= logging.WARNING]
