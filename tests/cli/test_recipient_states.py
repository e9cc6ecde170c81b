"""`recipients set-state` and `recipients moved`."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from hsl_tui.services import moves
from hsl_tui.telegram.simulator import FaultRule, Match, SimulatorThread
from tests.cli.conftest import Run

pytestmark = pytest.mark.usefixtures("recipients")


def test_what_moved_is_told_by_totals_and_one_by_one(
    cli: Run, telegram: SimulatorThread, deliver: Callable[[], None]
) -> None:
    telegram.add_faults(FaultRule("blocked", Match(chats=frozenset({11, 12}))))
    cli("broadcasts", "send", "--text", "Hello", "--to", "all")
    deliver()
    assert cli("recipients", "set-state", 13, "unsubscribed", "--reason", "asked").status == 0
    told = cli("recipients", "moved", "--json").json
    blocked = "Forbidden: bot was blocked by the user"
    assert told["totals"] == [
        {"state": "blocked", "reason": blocked, "recipients": 2},
        {"state": "unsubscribed", "reason": "asked", "recipients": 1},
    ]
    assert told["moves"][0]["chat_id"] == 13
    assert {one["chat_id"] for one in told["moves"][1:]} == {11, 12}
    last = told["moves"][-1]
    assert (last["before"], last["after"], last["reason"]) == ("active", "blocked", blocked)
    assert last["at"].endswith("+00:00")
    shown = cli("recipients", "moved").stdout
    assert "grace" in shown
    assert "asked" in shown


def test_it_is_narrowed_by_state_time_and_number(cli: Run) -> None:
    for chat in (11, 12):
        cli("recipients", "set-state", chat, "unsubscribed", "--reason", "asked")
    cli("recipients", "set-state", 12, "active", "--reason", "asked again")
    told = cli("recipients", "moved", "--state", "unsubscribed", "--limit", 1, "--json").json
    assert [one["recipients"] for one in told["totals"]] == [2]
    assert [one["chat_id"] for one in told["moves"]] == [12]
    none = cli("recipients", "moved", "--since", "2999-01-01", "--json").json
    assert none == {"totals": [], "moves": []}
    assert "No recipient has moved" in cli("recipients", "moved", "--since", "2999-01-01").stdout


@pytest.mark.parametrize("wrong", [("--state", "gone"), ("--since", "lately")])
def test_what_cannot_be_read_is_refused(cli: Run, wrong: tuple[str, str]) -> None:
    result = cli("recipients", "moved", *wrong)
    assert result.status == 2
    assert wrong[1] in result.stderr


def test_a_call_that_is_open_is_told_of(cli: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(moves, "on_the_way", lambda *_: 1)
    result = cli("recipients", "set-state", 11, "unsubscribed", "--reason", "asked")
    assert "on its way already" in result.stderr
