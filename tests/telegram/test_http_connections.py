"""The HTTP client trusts no connection too far, and leaves none behind."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import socket
import threading
import weakref

import pytest
from aiohttp import web

from hsl_tui.telegram.http import HttpClient, HttpError
from tests.telegram.servers import (
    CERTIFICATE,
    asked,
    own_tls,
    raw,
    request,
    saying,
    serving,
    speaking,
)


async def test_calls_one_after_the_other_share_a_connection() -> None:
    ports = set()

    async def answer(request: web.Request) -> web.Response:
        assert request.transport is not None
        ports.add(request.transport.get_extra_info("peername"))
        return web.Response()

    async with serving(answer) as url:
        client = HttpClient(url, connections=4)
        await asyncio.gather(*(asked(client) for _ in range(4)))
        assert len(ports) == 4
        ports.clear()
        for _ in range(5):
            await asked(client)
        assert len(ports) == 1
        await client.close()


async def test_a_call_that_finds_no_free_connection_in_time_was_not_sent() -> None:
    left: list[str] = []
    arrived = asyncio.Event()

    async def talk(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
        await request(reader)
        arrived.set()
        await reader.read()

    async with speaking(talk) as url:
        client = HttpClient(url, connections=1)
        first = asyncio.create_task(asked(client, before_write=lambda: left.append("first")))
        await arrived.wait()
        with pytest.raises(HttpError, match=r"timed out"):
            await asked(client, within=0.01, before_write=lambda: left.append("second"))
        assert left == ["first"]
        first.cancel()


@pytest.mark.parametrize(
    "extra", [raw("200 OK", b"other"), b"HTTP/1.1 2", b"\r\n", b"anything"], ids=repr
)
async def test_what_follows_an_answer_is_not_taken_for_the_next_one(extra: bytes) -> None:
    said = iter([raw("200 OK", b"first") + extra, raw("200 OK", b"second")])

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while not reader.at_eof():
            await request(reader)
            writer.write(next(said))

    async with speaking(talk) as url:
        client = HttpClient(url, connections=1)
        assert (await asked(client)).body == b"first"
        assert (await asked(client)).body == b"second"
        await client.close()


def test_a_connection_that_the_server_has_closed_unseen_is_not_written_to() -> None:
    closed = threading.Event()
    served: list[bytes] = []

    def serve(listening: socket.socket) -> None:
        for _ in range(2):
            taken, _ = listening.accept()
            with taken:
                served.append(taken.recv(1000))
                taken.sendall(raw("200 OK", b"done"))
            closed.set()

    async def ask_twice(client: HttpClient) -> None:
        await asked(client)
        # Without a turn of the event loop, which would see that the connection is closed.
        assert closed.wait(10)
        await asked(client)
        await client.close()

    with socket.create_server(("127.0.0.1", 0)) as listening:
        server = threading.Thread(target=serve, args=(listening,))
        server.start()
        url = f"http://127.0.0.1:{listening.getsockname()[1]}"
        asyncio.run(ask_twice(HttpClient(url, connections=1)))
        server.join()
    assert len(served) == 2


class Guests:
    """A server that answers, and knows which connections stand."""

    def __init__(self) -> None:
        self.standing: list[asyncio.StreamWriter] = []
        self.empty = asyncio.Event()

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.standing.append(writer)
        self.empty.clear()
        try:
            with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
                await saying(raw("200 OK", b"done"))(reader, writer)
        finally:
            self.standing.remove(writer)
            if not self.standing:
                self.empty.set()


@pytest.mark.parametrize("secure", [False, True])
async def test_a_call_that_is_cancelled_at_any_turn_leaves_no_connection_behind(
    monkeypatch: pytest.MonkeyPatch, *, secure: bool
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(CERTIFICATE))
    guests = Guests()
    async with speaking(guests.talk, own_tls() if secure else None) as url:
        for turns in range(40):
            client = HttpClient(url, connections=4)
            if turns % 2:
                # It then uses a connection again.
                await asked(client)
            call = asyncio.create_task(asked(client))
            for _ in range(turns // 2):
                await asyncio.sleep(0)
            call.cancel()
            await asyncio.gather(call, return_exceptions=True)
            await client.close()
            async with asyncio.timeout(10):
                # What has not been taken up yet may still come.
                while guests.standing:
                    await guests.empty.wait()


async def test_a_client_that_is_closed_under_a_call_keeps_no_connection() -> None:
    guests = Guests()
    async with speaking(guests.talk) as url:
        client = HttpClient(url, connections=1)
        written = asyncio.Event()
        call = asyncio.create_task(asked(client, before_write=written.set))
        await written.wait()
        await client.close()
        assert (await call).body == b"done"
        async with asyncio.timeout(10):
            await guests.empty.wait()


@pytest.mark.parametrize("kind", ["cut", "late", "refused"])
async def test_a_call_that_failed_keeps_nothing_of_what_it_was_to_send(kind: str) -> None:
    async def talk(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        if kind == "late":
            await asyncio.Event().wait()

    async with speaking(talk) as url:
        client = HttpClient("http://localhost:1" if kind == "refused" else url, connections=1)
        file = memoryview(bytes(1000))
        kept = weakref.ref(file)
        # Rings of objects would let go of it too, at some time.
        gc.disable()
        try:
            with contextlib.suppress(HttpError):
                await client.ask("POST", "/", body=[file], within=0.01 if kind == "late" else 10.0)
            del file
            # The turns in which the event loop lets go of the connection.
            for _ in range(10):
                await asyncio.sleep(0)
            assert kept() is None
        finally:
            gc.enable()
