from __future__ import annotations

import asyncio
import json
from pathlib import Path

import aiohttp
import pytest

from hsl_tui.errors import RefusedError
from hsl_tui.telegram.simulator import FaultRule, Match, SimulatorConfig, SimulatorThread
from tests.simulator.conftest import Client


async def test_what_is_answered_is_on_disk(tmp_path: Path) -> None:
    path = tmp_path / "record.jsonl"
    config = SimulatorConfig(rate=0, record_path=path)
    with SimulatorThread(config) as simulator:
        async with aiohttp.ClientSession() as session:
            client = Client(session, simulator.url)
            first = await client.send(5, "ü\n<b>")
            lines = path.read_text().splitlines()
            assert [json.loads(line)["message_id"] for line in lines] == [
                first["result"]["message_id"]
            ]
            await asyncio.gather(*(client.send(number) for number in range(100, 200)))
            written = [json.loads(line) for line in path.read_text().splitlines()]
        accepted = simulator.accepted()

    assert [line["message_id"] for line in written] == [each.message_id for each in accepted]
    assert {line["chat_id"] for line in written} == {5, *range(100, 200)}
    assert written[0]["text"] == "ü\n<b>"
    assert written[0].keys() == {"bot_id", "chat_id", "message_id", "method", "text", "time"}


async def test_a_file_is_continued_not_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "record.jsonl"
    for _ in range(2):
        with SimulatorThread(SimulatorConfig(record_path=path)) as simulator:
            async with aiohttp.ClientSession() as session:
                await Client(session, simulator.url).send(5)

    assert len(path.read_text().splitlines()) == 2


async def test_what_was_accepted_but_not_answered_is_on_disk(tmp_path: Path) -> None:
    path = tmp_path / "record.jsonl"
    faults = (
        FaultRule("cut_before", Match(chats=frozenset({1}))),
        FaultRule("cut_after", Match(chats=frozenset({2}))),
    )
    with SimulatorThread(SimulatorConfig(record_path=path, faults=faults)) as simulator:
        async with aiohttp.ClientSession() as session:
            for chat_id in (1, 2):
                with pytest.raises(aiohttp.ClientConnectionError):
                    await Client(session, simulator.url).send(chat_id)

    assert [json.loads(line)["chat_id"] for line in path.read_text().splitlines()] == [2]


def test_a_record_that_cannot_be_written_is_refused_at_the_start(tmp_path: Path) -> None:
    config = SimulatorConfig(record_path=tmp_path / "missing" / "record.jsonl")

    with pytest.raises(RefusedError, match="record cannot be written"), SimulatorThread(config):
        pass
