"""The HTTP client: answers however they come, and connections that are never trusted too far."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import logging
import socket
import ssl
import struct
import threading
import weakref
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from aiohttp import web

from hsl_tui.telegram.http import Answer, HttpClient, HttpError, connection
from tests.telegram.servers import CERTIFICATE, own_tls, raw, serving, speaking

Talk = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


async def asked(client: HttpClient, body: bytes = b"x", **options: Any) -> Answer:
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


# --- answers ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "said",
    [
        raw("200 OK", b"done"),
        b"HTTP/1.1 100 Continue\r\n\r\n" + raw("200 OK", b"done"),
        b"HTTP/1.1 103 Early Hints\r\nContent-Length: 9\r\n\r\n" + raw("200 OK", b"done"),
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nd\r\n3\r\none\r\n0\r\n\r\n",
        b"HTTP/1.0 200 OK\r\nContent-Length: 4\r\n\r\ndone",
        b"HTTP/1.1 200\r\ncontent-length:4\r\nX-Bytes: \xff\xfe\r\n\r\ndone",
    ],
)
@pytest.mark.parametrize("in_bytes", [False, True])
async def test_an_answer_is_read_whole_however_it_comes(said: bytes, *, in_bytes: bool) -> None:
    parts = [bytes([byte]) for byte in said] if in_bytes else [said]
    async with speaking(saying(*parts)) as url:
        client = HttpClient(url, connections=1)
        for _ in range(2):
            answer = await asked(client)
            assert (answer.status, answer.body) == (200, b"done")
        await client.close()


async def test_an_answer_without_a_length_ends_with_the_connection() -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await request(reader)
        writer.write(b"HTTP/1.1 200 OK\r\n\r\ndone")

    async with speaking(talk) as url:
        client = HttpClient(url, connections=1)
        assert [(await asked(client)).body for _ in range(2)] == [b"done", b"done"]


@pytest.mark.parametrize(
    ("said", "status"),
    [
        (b"", None),
        (b"HTTP/1.1 2", None),
        (b"HTTP/1.1 100 Continue\r\n\r\n", None),
        (b"HTTP/1.1 400 Bad Request\r\nContent-Length: 9\r\n\r\ncut", 400),
        (b"HTTP/1.1 502 Bad Gateway\r\nTransfer-Encoding: chunked\r\n\r\n9\r\ncut", 502),
    ],
)
async def test_an_answer_that_is_cut_short_is_none_but_tells_its_status(
    said: bytes, status: int | None
) -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await request(reader)
        writer.write(said)

    async with speaking(talk) as url:
        with pytest.raises(HttpError, match=r"^connection closed ") as failed:
            await asked(HttpClient(url, connections=1))
    assert failed.value.status == status


async def test_an_answer_without_end_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "LARGEST", 100_000)

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await request(reader)
        writer.write(b"HTTP/1.1 200 OK\r\nX-Endless: ")
        while not writer.is_closing():
            writer.write(b"x" * 10_000)
            await writer.drain()

    async with speaking(talk) as url:
        with pytest.raises(HttpError, match=r"too large"):
            await asked(HttpClient(url, connections=1))


# --- connections --------------------------------------------------------------------------------


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


# --- ways to a server ---------------------------------------------------------------------------


async def test_a_server_is_reached_over_tls_if_its_certificate_is_trusted(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with speaking(saying(raw("200 OK", b"done")), own_tls()) as url:
        with pytest.raises(HttpError, match=r"^TLS certificate not accepted$"):
            await asked(HttpClient(url, connections=1))
        monkeypatch.setenv("SSL_CERT_FILE", str(CERTIFICATE))
        client = HttpClient(url, connections=1)
        for _ in range(2):
            assert (await asked(client)).body == b"done"
        await client.close()


async def test_a_server_that_ends_the_tls_handshake_is_named_as_the_cause() -> None:
    async def talk(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
        await reader.readexactly(100)

    async with speaking(talk) as url:
        with pytest.raises(HttpError, match=r"^connection closed in the TLS handshake$"):
            await asked(HttpClient(url.replace("http:", "https:"), connections=1))


def test_a_server_that_wants_a_certificate_of_ours_is_told_from_a_lost_connection(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(CERTIFICATE))
    context = own_tls()
    # With TLS 1.3 it says so after the handshake, when the request may have left.
    context.verify_mode = ssl.CERT_REQUIRED

    def serve(listening: socket.socket) -> None:
        taken, _ = listening.accept()
        with taken.dup() as rest, contextlib.suppress(ConnectionError):
            with pytest.raises(ssl.SSLError):
                context.wrap_socket(taken, server_side=True)
            # Closed before the request is read, it would be reset, and its word lost.
            while rest.recv(1000):
                pass

    with socket.create_server(("127.0.0.1", 0)) as listening:
        server = threading.Thread(target=serve, args=(listening,))
        server.start()
        url = f"https://127.0.0.1:{listening.getsockname()[1]}"
        with pytest.raises(HttpError, match=r"^TLS failed$"):
            asyncio.run(asked(HttpClient(url, connections=1)))
        server.join()


@pytest.mark.parametrize("host", ["bot-api.invalid", "another.invalid"])
async def test_a_tunnel_through_a_proxy_that_itself_speaks_tls_is_as_safe(
    monkeypatch: pytest.MonkeyPatch, host: str
) -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
        with contextlib.suppress(asyncio.IncompleteReadError, OSError):
            await writer.start_tls(own_tls())
            await saying(raw("200 OK", b"done"))(reader, writer)

    monkeypatch.delenv("NO_PROXY")
    monkeypatch.setenv("SSL_CERT_FILE", str(CERTIFICATE))
    async with speaking(talk, own_tls()) as proxy:
        monkeypatch.setenv("https_proxy", proxy)
        client = HttpClient(f"https://{host}", connections=1)
        if host == "bot-api.invalid":
            assert [(await asked(client)).body for _ in range(2)] == [b"done", b"done"]
        else:
            # Which certificate it was, old versions of asyncio do not tell.
            with pytest.raises(HttpError, match=r"^TLS "):
                await asked(client)
        await client.close()


async def test_a_tunnel_through_a_proxy_hides_all_but_the_host(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("NO_PROXY")
    monkeypatch.setenv("SSL_CERT_FILE", str(CERTIFICATE))
    asked_for: list[bytes] = []

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked_for.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
        await writer.start_tls(own_tls())
        head = await request(reader)
        assert head.startswith(b"POST /bot/there HTTP/1.1\r\nHost: bot-api.invalid\r\n")
        assert b"Authorization" not in head
        writer.write(raw("200 OK", b"done"))
        await writer.drain()

    async with speaking(talk) as proxy:
        # Also without its scheme, as curl takes it.
        monkeypatch.setenv("https_proxy", proxy.replace("http://", "user:pass%20word@"))
        answer = await asked(HttpClient("https://bot-api.invalid/bot", connections=1))
    assert answer.body == b"done"
    (head,) = asked_for
    assert head.split(b"\r\n") == [
        b"CONNECT bot-api.invalid:443 HTTP/1.1",
        b"Host: bot-api.invalid:443",
        b"Proxy-Authorization: Basic dXNlcjpwYXNzIHdvcmQ=",
        b"",
        b"",
    ]


@pytest.mark.parametrize(
    ("proxy", "reason"),
    [
        ("socks5://127.0.0.1:9", "^proxy: not a valid address$"),
        ("http://127.0.0.1:99999", "^proxy: not a valid address$"),
        ("http://127.0.0.1:1", "^proxy: connection refused$"),
    ],
)
async def test_a_proxy_that_cannot_be_used_is_named_as_the_cause(
    monkeypatch: pytest.MonkeyPatch, proxy: str, reason: str
) -> None:
    monkeypatch.delenv("NO_PROXY")
    monkeypatch.setenv("https_proxy", proxy)
    with pytest.raises(HttpError, match=reason):
        await asked(HttpClient("https://bot-api.invalid", connections=1))


async def test_a_server_with_a_user_is_told_who_asks() -> None:
    heads: list[bytes] = []

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heads.append(await request(reader))
        writer.write(raw("200 OK", b""))

    async with speaking(talk) as url:
        await asked(HttpClient(url.replace("//", "//user:password@"), connections=1))
    assert b"\r\nAuthorization: Basic dXNlcjpwYXNzd29yZA==\r\n" in heads[0]
    assert b"password" not in heads[0]


async def test_a_name_with_several_addresses_is_refused_in_one_word() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        url = f"http://localhost:{taken.getsockname()[1]}"
        with pytest.raises(HttpError, match=r"^connection refused$"):
            await asked(HttpClient(url, connections=1))


@pytest.mark.parametrize(
    "url",
    [
        "http://a b",
        "http://a\0b",
        "http://a\x0bb",
        "http://" + "a." * 127 + "a",
        "http://a/\udcff",
        "http://\udcff@a",
    ],
)
async def test_an_address_that_cannot_be_written_into_a_request_is_none(
    monkeypatch: pytest.MonkeyPatch, url: str
) -> None:
    monkeypatch.delenv("NO_PROXY")
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    with pytest.raises(HttpError, match=r"^not a valid address$"):
        await asked(HttpClient(url, connections=1))
