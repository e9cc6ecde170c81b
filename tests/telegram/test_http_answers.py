"""The HTTP client reads answers however they come."""

from __future__ import annotations

import asyncio

import pytest

from hsl_tui.telegram.http import HttpClient, HttpError, connection
from tests.telegram.servers import asked, raw, request, saying, speaking


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
