from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

import aiohttp
import pytest

from hsl_tui.telegram.simulator import SimulatorThread

TOKEN = "42:simulated-TOKEN_1"


async def until(condition: Callable[[], bool]) -> None:
    """Let the simulator's thread come to what shows only in its counts."""
    while not condition():  # noqa: ASYNC110 — an event could not cross the threads
        await asyncio.sleep(0)


class Client:
    """Speaks plain HTTP with a simulator."""

    def __init__(self, session: aiohttp.ClientSession, url: str) -> None:
        self.session = session
        self.url = url

    async def call(self, method: str, token: str = TOKEN, **parameters: Any) -> dict[str, Any]:
        async with self.session.post(f"{self.url}/bot{token}/{method}", data=parameters) as answer:
            body: dict[str, Any] = await answer.json()
        assert body["ok"] is (answer.status == 200)
        assert body.get("error_code", 200) == answer.status
        return body

    async def send(self, chat_id: int = 5, text: str = "hello", **more: Any) -> dict[str, Any]:
        return await self.call("sendMessage", chat_id=str(chat_id), text=text, **more)

    async def control(self, http: str, path: str, body: Any = None) -> Any:
        url = f"{self.url}/control/{path}"
        async with self.session.request(http, url, json=body) as answer:
            return await answer.json()


@pytest.fixture
async def client(simulator: SimulatorThread) -> AsyncIterator[Client]:
    async with aiohttp.ClientSession() as session:
        yield Client(session, simulator.url)
