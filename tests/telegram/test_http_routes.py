"""The HTTP client finds the way to a server: names, proxies, TLS."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
import threading

import pytest

from hsl_tui.telegram.http import HttpClient, HttpError
from tests.telegram.servers import CERTIFICATE, asked, own_tls, raw, request, saying, speaking


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
