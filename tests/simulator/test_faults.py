from __future__ import annotations

import asyncio
from typing import Any

import aiohttp
import pytest

from hsl_tui.telegram.simulator import (
    FAULTS,
    Ending,
    Fault,
    FaultRule,
    Match,
    SimulatorConfig,
    SimulatorThread,
)
from tests.simulator.conftest import Client, until

ANSWERED = sorted(name for name, fault in FAULTS.items() if fault.ending is Ending.ANSWER)


@pytest.mark.parametrize("name", ANSWERED)
async def test_every_row_answers_with_its_code_and_sentence(
    client: Client, simulator: SimulatorThread, name: str
) -> None:
    simulator.add_faults(FaultRule(name))

    body = await client.send(5)

    fault = FAULTS[name]
    assert (body["error_code"], body["description"]) == (fault.code, fault.description)
    assert len(simulator.accepted()) == fault.accepted


async def test_rows_with_parameters(client: Client, simulator: SimulatorThread) -> None:
    simulator.add_faults(
        FaultRule("flood", Match(chats=frozenset({1})), parameters={"retry_after": 7}),
        FaultRule("migrated", Match(chats=frozenset({2}))),
        FaultRule("migrated", Match(chats=frozenset({3})), parameters={"migrate_to_chat_id": -9}),
    )

    flood = await client.send(1)
    migrated = await client.send(2)
    new_id = migrated["parameters"]["migrate_to_chat_id"]

    assert flood["description"] == "Too Many Requests: retry after 7"
    assert flood["parameters"] == {"retry_after": 7}
    assert new_id < 0
    assert (await client.send(new_id))["result"]["chat"]["type"] == "supergroup"
    assert (await client.send(3))["parameters"] == {"migrate_to_chat_id": -9}


@pytest.mark.parametrize(("name", "accepted"), [("cut_before", 0), ("cut_after", 1)])
async def test_a_cut_connection_gives_no_answer(
    client: Client, simulator: SimulatorThread, name: str, accepted: int
) -> None:
    simulator.add_faults(FaultRule(name))

    with pytest.raises(aiohttp.ClientConnectionError):
        await client.send(5)
    assert len(simulator.accepted()) == accepted


@pytest.mark.parametrize(("name", "accepted"), [("no_answer_refused", 0), ("no_answer", 1)])
async def test_silence_lasts_until_the_client_gives_up(
    client: Client, simulator: SimulatorThread, name: str, accepted: int
) -> None:
    simulator.add_faults(FaultRule(name))

    call = asyncio.create_task(client.send(5))
    await until(lambda: simulator.stats.requests == 1)
    simulator.clear_faults()
    await client.send(6)
    call.cancel()

    assert [each.chat_id for each in simulator.accepted()] == [5, 6][1 - accepted :]
    with pytest.raises(asyncio.CancelledError):
        await call


async def test_silence_ends_when_the_simulator_stops() -> None:
    with SimulatorThread(SimulatorConfig(faults=(FaultRule("no_answer"),))) as simulator:
        async with aiohttp.ClientSession() as session:
            call = asyncio.create_task(Client(session, simulator.url).send(5))
            await until(lambda: simulator.stats.accepted == 1)
            await asyncio.to_thread(simulator.__exit__, None, None, None)
            with pytest.raises(aiohttp.ClientConnectionError):
                await call


async def test_an_unreadable_answer_was_accepted(
    client: Client, simulator: SimulatorThread
) -> None:
    simulator.add_faults(FaultRule("unreadable"))

    data = {"chat_id": "5", "text": "x"}
    async with client.session.post(f"{client.url}/bot1:x/sendMessage", data=data) as answer:
        assert answer.status == 200
        with pytest.raises(ValueError, match="Expecting value"):
            await answer.json(content_type=None)
    assert len(simulator.accepted()) == 1


async def test_half_an_answer_was_accepted(client: Client, simulator: SimulatorThread) -> None:
    simulator.add_faults(FaultRule("half"))

    data = {"chat_id": "5", "text": "x"}
    async with client.session.post(f"{client.url}/bot1:x/sendMessage", data=data) as answer:
        assert answer.status == 200
        with pytest.raises(aiohttp.ClientPayloadError):
            await answer.read()
    assert len(simulator.accepted()) == 1


async def test_what_telegram_refuses_meets_no_fault_of_the_line(
    client: Client, simulator: SimulatorThread
) -> None:
    simulator.add_faults(FaultRule("cut_after"))

    assert (await client.send(5, ""))["description"] == "Bad Request: message text is empty"


async def test_a_rule_with_times_fails_so_often_per_chat_and_then_lets_through(
    client: Client, simulator: SimulatorThread
) -> None:
    simulator.add_faults(FaultRule("server_error", times=2))

    async def codes(chat_id: int) -> list[int]:
        return [(await client.send(chat_id)).get("error_code", 200) for _ in range(3)]

    assert await codes(5) == [500, 500, 200]
    assert await codes(6) == [500, 500, 200]


async def test_the_first_rule_that_matches_decides_until_it_is_used_up(
    client: Client, simulator: SimulatorThread
) -> None:
    simulator.add_faults(FaultRule("blocked", times=1), FaultRule("deactivated"))

    assert [(await client.send(5))["description"] for _ in range(2)] == [
        FAULTS["blocked"].description,
        FAULTS["deactivated"].description,
    ]


async def test_rules_are_for_chats_and_methods(client: Client, simulator: SimulatorThread) -> None:
    only = Match(chats=frozenset({5}), method="sendMessage")
    own = Fault(418, "I'm a teapot", {"reason": "tea"})
    simulator.add_faults(FaultRule(own, only), FaultRule("unauthorized", Match(method="getMe")))

    assert await client.send(5) == {
        "ok": False,
        "error_code": 418,
        "description": "I'm a teapot",
        "parameters": {"reason": "tea"},
    }
    assert (await client.send(6))["ok"]
    photo = {"chat_id": "5", "photo": "https://example.org/x.png"}
    assert (await client.call("sendPhoto", **photo))["ok"]
    assert (await client.call("getMe"))["error_code"] == 401


async def test_a_rule_without_a_method_spares_calls_without_a_chat(
    client: Client, simulator: SimulatorThread
) -> None:
    simulator.add_faults(FaultRule("bad_gateway"))
    assert (await client.call("getMe"))["ok"]

    simulator.add_faults(FaultRule("bad_gateway", Match(method="*")))
    assert (await client.call("getMe"))["error_code"] == 502


def test_a_fraction_picks_the_same_chats_in_every_run_and_others_for_another_seed() -> None:
    def picked(seed: int) -> list[int]:
        match = Match(fraction=0.25, seed=seed)
        return [chat_id for chat_id in range(1, 4001) if match.covers_chat(chat_id)]

    assert picked(1) == picked(1) != picked(2)
    assert 900 < len(picked(1)) < 1100
    assert 200 < len(set(picked(1)) & set(picked(2))) < 300


def test_an_unknown_action_is_named() -> None:
    with pytest.raises(ValueError, match="there is no fault 'nonsense'"):
        FaultRule("nonsense")


@pytest.mark.parametrize(
    ("shape", "rule"),
    [
        ({"action": "blocked"}, FaultRule("blocked")),
        (
            {"action": "flood", "chats": [5, 6], "times": 2, "parameters": {"retry_after": 3}},
            FaultRule("flood", Match(frozenset({5, 6})), 2, {"retry_after": 3}),
        ),
        (
            {"action": "half", "match": {"fraction": 0.5, "seed": 3, "method": "sendPhoto"}},
            FaultRule("half", Match(fraction=0.5, seed=3, method="sendPhoto")),
        ),
        (
            {"action": {"code": 500, "description": "x", "accepted": True, "ending": "cut"}},
            FaultRule(Fault(500, "x", accepted=True, ending=Ending.CUT)),
        ),
    ],
)
async def test_rules_are_added_and_removed_by_control(
    client: Client, simulator: SimulatorThread, shape: dict[str, Any], rule: FaultRule
) -> None:
    assert await client.control("POST", "faults", [shape]) == {"added": 1}
    assert simulator.simulator.faults == (rule,)

    assert await client.control("DELETE", "faults") == {"ok": True}
    assert not simulator.simulator.faults


@pytest.mark.parametrize(
    ("shape", "error"),
    [
        ({"action": "nonsense"}, "there is no fault 'nonsense'"),
        ({}, "a fault rule needs an action"),
        ({"action": "blocked", "chat": 5}, "a fault rule has no chat"),
        ({"action": "blocked", "times": "2"}, "times cannot be '2'"),
        ({"action": "blocked", "chats": ["x"]}, "invalid literal"),
        ({"action": {"kode": 1}}, "action has no kode"),
        ({"action": {"ending": "badly"}}, "'badly' is not a valid Ending"),
        ("blocked", "a fault rule must be a JSON object"),
    ],
)
async def test_bad_rules_are_refused_with_the_reason(
    client: Client, simulator: SimulatorThread, shape: Any, error: str
) -> None:
    assert (await client.control("POST", "faults", shape))["error"].startswith(error)
    assert simulator.simulator.faults == ()
