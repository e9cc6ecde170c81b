from __future__ import annotations

from hsl_tui.telegram.simulator import SimulatorConfig, SimulatorThread
from hsl_tui.telegram.simulator.limits import FloodControl
from tests.simulator.conftest import Client


def passes(
    flood: FloodControl,
    at: float,
    config: SimulatorConfig,
    chat_id: int = 5,
    bot_id: int = 1,
    *,
    paid: bool = False,
) -> bool:
    return flood.check(bot_id, chat_id, at, config, paid=paid) is None


def test_no_more_than_the_rate_pass_in_any_sliding_second() -> None:
    flood = FloodControl()
    config = SimulatorConfig(rate=3, halt_after_429=False)

    assert [passes(flood, at, config) for at in (10.0, 10.5, 10.9, 10.95)] == [
        True,
        True,
        True,
        False,
    ]
    # The first has left the window, and what was refused never entered it.
    assert [passes(flood, at, config) for at in (11.0, 11.01, 11.5)] == [True, False, True]


def test_after_a_429_everything_is_refused_until_retry_after_has_passed() -> None:
    flood = FloodControl()
    config = SimulatorConfig(rate=1, retry_after=5)

    assert flood.check(1, 5, 10.0, config, paid=False) is None
    assert flood.check(1, 5, 10.1, config, paid=False) == 5
    assert flood.check(1, 5, 12.2, config, paid=False) == 3
    assert flood.check(2, 5, 12.2, config, paid=False) is None
    assert flood.check(1, 5, 15.05, config, paid=False) == 1
    assert flood.check(1, 5, 15.1, config, paid=False) is None


def test_paid_sends_have_a_limit_of_their_own() -> None:
    flood = FloodControl()
    config = SimulatorConfig(rate=1, paid_rate=3)

    assert [passes(flood, 10.0, config, paid=True) for _ in range(4)] == [True] * 3 + [False]


def test_a_limit_per_chat_holds_beside_that_of_the_bot() -> None:
    flood = FloodControl()
    config = SimulatorConfig(rate=3, chat_rate=1)

    assert passes(flood, 10.0, config, chat_id=5)
    assert not passes(flood, 10.1, config, chat_id=5)
    assert passes(flood, 10.1, config, chat_id=6)
    assert passes(flood, 10.1, config, chat_id=7)
    assert not passes(flood, 10.1, config, chat_id=8)


async def test_over_http_the_limit_answers_429_and_accepts_nothing(
    client: Client, simulator: SimulatorThread
) -> None:
    simulator.configure(rate=2, retry_after=600)

    answers = [await client.send(chat_id) for chat_id in (1, 2, 3)]
    edited = await client.call("editMessageText", chat_id="1", message_id="1", text="new")

    assert [answer.get("error_code") for answer in answers] == [None, None, 429]
    assert answers[2]["description"] == "Too Many Requests: retry after 600"
    assert answers[2]["parameters"] == {"retry_after": 600}
    assert edited["ok"]
    assert [each.chat_id for each in simulator.accepted()] == [1, 2]
    assert (simulator.stats.accepted, simulator.stats.refused_429) == (2, 1)
    assert simulator.stats.max_per_second <= 2
