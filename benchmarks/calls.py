"""A call over HTTP by itself: our client beside aiohttp and httpx, to one loopback server.

All send the same bytes over as many connections, and read the answer.
"""

from __future__ import annotations

import asyncio
import json
import resource
import statistics
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Final

from benchmarks.bench_setup import TOKEN, in_a_process_of_its_own, server

CALLS: Final = 5_000
CONNECTIONS: Final = 50
ROUNDS: Final = 5
_PATH: Final = f"/bot{TOKEN}/sendMessage"
_TYPE: Final = "application/json"

_Send = Callable[[bytes], Awaitable[int]]
"""Sends a document, and gives the answer's status."""


def main() -> None:
    """Print processor time and memory, each also as a share of aiohttp's."""
    clients = {"ours": _ours, "aiohttp": _aiohttp, "httpx": _httpx}
    times: dict[str, list[float]] = {name: [] for name in clients}
    with server("--rate", "0") as url:
        for _ in range(ROUNDS):
            for name, client in clients.items():
                times[name].append(in_a_process_of_its_own(_processor_time, client, url))
    memory = {
        name: in_a_process_of_its_own(_memory, module)
        for name, module in {
            "ours": "hsl_tui.telegram.http",
            "aiohttp": "aiohttp",
            "httpx": "httpx",
        }.items()
    }
    medians = {name: statistics.median(found) for name, found in times.items()}
    print(f"one call, median of {ROUNDS}   processor  of aiohttp   loaded  of aiohttp")
    for name, median in medians.items():
        print(
            f"{name:24} {median * 1e6:6.0f} us {median / medians['aiohttp']:11.2f}"
            f" {memory[name]:5.1f} MB {memory[name] / memory['aiohttp']:11.2f}"
        )


def _processor_time(client: Callable[[str], AbstractAsyncContextManager[_Send]], url: str) -> float:
    """Seconds of it a call."""

    async def run() -> float:
        async with client(url) as send:
            await _send_all(send, CALLS // 10)
            before = _used()
            await _send_all(send, CALLS)
            return (_used() - before) / CALLS

    return asyncio.run(run())


async def _send_all(send: _Send, calls: int) -> None:
    chats = iter(range(1, calls + 1))

    async def send_some(chats: Iterator[int]) -> None:
        for chat in chats:
            said = {"chat_id": chat, "text": f"<b>Hello</b> {chat}", "parse_mode": "HTML"}
            if await send(json.dumps(said).encode()) != 200:  # noqa: PLR2004 - HTTP's OK
                raise RuntimeError("refused")

    await asyncio.gather(*(send_some(chats) for _ in range(CONNECTIONS)))


@asynccontextmanager
async def _ours(url: str) -> AsyncIterator[_Send]:
    from hsl_tui.telegram.http import HttpClient  # noqa: PLC0415 - alone in its process

    client = HttpClient(url, connections=CONNECTIONS)

    async def send(document: bytes) -> int:
        answer = await client.ask("POST", _PATH, body=[document], content_type=_TYPE, within=20)
        return answer.status or 0

    yield send
    await client.close()


@asynccontextmanager
async def _aiohttp(url: str) -> AsyncIterator[_Send]:
    import aiohttp  # noqa: PLC0415 - a peer

    connector = aiohttp.TCPConnector(limit=CONNECTIONS)
    cookies, limit = aiohttp.DummyCookieJar(), aiohttp.ClientTimeout(20)
    async with aiohttp.ClientSession(connector=connector, cookie_jar=cookies, timeout=limit) as one:

        async def send(document: bytes) -> int:
            headers = {"Content-Type": _TYPE}
            async with one.post(url + _PATH, data=document, headers=headers) as answer:
                await answer.read()
                return answer.status

        yield send


@asynccontextmanager
async def _httpx(url: str) -> AsyncIterator[_Send]:
    import httpx  # noqa: PLC0415 - a peer

    limits = httpx.Limits(max_connections=CONNECTIONS)
    async with httpx.AsyncClient(limits=limits, timeout=20, trust_env=False) as one:

        async def send(document: bytes) -> int:
            headers = {"Content-Type": _TYPE}
            answer = await one.post(url + _PATH, content=document, headers=headers)
            return answer.status_code

        yield send


def _used() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def _memory(module: str) -> float:
    """Megabytes that loading a module adds to what any program on asyncio has."""
    before = _resident()
    __import__(module)
    return _resident() - before


def _resident() -> float:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize() / 1e6
