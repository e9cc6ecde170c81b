from __future__ import annotations

from typing import Any

import aiohttp
import pytest

from hsl_tui.telegram.simulator import FaultRule, SimulatorThread
from tests.simulator.conftest import Client


async def test_the_record_is_read_whole_or_by_chat(client: Client) -> None:
    await client.send(5, "a")
    await client.send(6, "b")

    record = await client.control("GET", "record")
    assert [(each["chat_id"], each["text"], each["bot_id"]) for each in record] == [
        (5, "a", 42),
        (6, "b", 42),
    ]
    assert [each["text"] for each in await client.control("GET", "record?chat_id=6")] == ["b"]
    assert await client.control("GET", "record?chat_id=7") == []
    assert "error" in await client.control("GET", "record?chat_id=x")


async def test_what_is_in_a_chat_now_follows_edits_and_deletions(client: Client) -> None:
    await client.send(5, "a")
    await client.send(5, "b")
    await client.call("editMessageText", chat_id="5", message_id="1", text="c")
    await client.call("deleteMessage", chat_id="5", message_id="2")

    messages = await client.control("GET", "messages?chat_id=5")
    assert [(each["message_id"], each["text"]) for each in messages] == [(1, "c")]


async def test_stats_count_calls_and_accepted_messages(client: Client) -> None:
    assert (await client.control("GET", "stats"))["first_accepted_at"] is None
    await client.send(5)
    await client.send(-5)
    await client.call("getMe")

    stats = await client.control("GET", "stats")
    assert (stats["requests"], stats["accepted"], stats["refused_429"]) == (3, 1, 0)
    assert stats["max_per_second"] == 1
    assert stats["first_accepted_at"] == stats["last_accepted_at"] > 0


async def test_settings_change_while_it_runs(client: Client, simulator: SimulatorThread) -> None:
    settings = {"rate": 7, "latency": 0.001, "known_chats": [6], "webhook_url": "https://x.y"}
    assert await client.control("POST", "config", settings) == {"ok": True}

    assert (simulator.simulator.config.rate, simulator.simulator.config.latency) == (7, 0.001)
    assert not (await client.send(5))["ok"]
    assert (await client.send(6))["ok"]
    assert (await client.call("getWebhookInfo"))["result"]["url"] == "https://x.y"
    await client.control("POST", "config", {"known_chats": None})
    assert (await client.send(5))["ok"]


@pytest.mark.parametrize(
    ("settings", "error"),
    [
        ({"speed": 1}, "the settings has no speed"),
        ({"rate": "fast"}, "rate cannot be 'fast'"),
        ({"down": "sideways"}, "down is true, false, 'close' or 'bad_gateway'"),
        ([], "the settings must be a JSON object"),
        ({"known_chats": ["x"]}, "invalid literal"),
    ],
)
async def test_bad_settings_change_nothing(
    client: Client, simulator: SimulatorThread, settings: Any, error: str
) -> None:
    before = simulator.simulator.config

    assert (await client.control("POST", "config", settings))["error"].startswith(error)
    assert simulator.simulator.config == before


async def test_while_it_is_down_nothing_is_accepted(
    client: Client, simulator: SimulatorThread
) -> None:
    await client.control("POST", "config", {"down": True})
    with pytest.raises(aiohttp.ClientConnectionError):
        await client.send(5)
    await client.control("POST", "config", {"down": "bad_gateway"})
    assert (await client.send(5))["error_code"] == 502
    assert simulator.accepted() == ()

    await client.control("POST", "config", {"down": False})
    assert (await client.send(5))["ok"]


async def test_updates_are_queued_raw_or_in_short(client: Client) -> None:
    queued = await client.control(
        "POST",
        "updates",
        [
            {"message": {"text": "raw"}},
            {"chat_id": 5, "text": "/start abc", "username": "ann"},
            {"chat_id": 5, "blocked": True},
            {"chat_id": 5},
        ],
    )
    assert queued == {"update_ids": [1, 2, 3, 4]}

    raw, start, block, plain = (await client.call("getUpdates"))["result"]
    assert raw == {"update_id": 1, "message": {"text": "raw"}}
    assert start["message"]["text"] == "/start abc"
    assert start["message"]["from"]["username"] == "ann"
    assert start["message"]["entities"] == [{"type": "bot_command", "offset": 0, "length": 6}]
    assert block["my_chat_member"]["new_chat_member"]["status"] == "kicked"
    assert plain["message"]["text"] == "/start"


async def test_reset_forgets_everything_but_the_settings(
    client: Client, simulator: SimulatorThread
) -> None:
    await client.control("POST", "config", {"rate": 1, "retry_after": 600})
    await client.send(5)
    assert (await client.send(5))["error_code"] == 429
    simulator.add_faults(FaultRule("blocked"))
    simulator.queue_update({"message": {}})

    assert await client.control("POST", "reset") == {"ok": True}

    assert simulator.accepted() == ()
    assert simulator.stats.requests == 0
    assert (await client.send(5))["result"]["message_id"] == 1
    assert (await client.call("getUpdates"))["result"] == []
    assert simulator.simulator.config.rate == 1


@pytest.mark.parametrize(("http", "path"), [("GET", "nothing"), ("GET", "reset")])
async def test_unknown_acts_are_named(client: Client, http: str, path: str) -> None:
    assert await client.control(http, path) == {"error": f"there is no {http} {path}"}


async def test_a_body_that_is_not_json_is_named(client: Client) -> None:
    async with client.session.post(f"{client.url}/control/faults", data=b"{") as answer:
        assert answer.status == 400
