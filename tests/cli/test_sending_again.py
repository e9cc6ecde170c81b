"""What begins from an earlier broadcast: to those whom it did not reach, or a duplicate of it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from hsl_tui.telegram.simulator import FaultRule, Match, SimulatorThread
from tests.cli.conftest import Run

pytestmark = pytest.mark.usefixtures("recipients")


@pytest.fixture
def half_sent(cli: Run, telegram: SimulatorThread, deliver: Callable[[], None]) -> int:
    """A broadcast that Grace's chat refused and that the two others got; its number."""
    telegram.add_faults(FaultRule("no_rights", Match(chats=frozenset({12})), times=1))
    number: int = cli("broadcasts", "send", "--text", "Hi", "--to", "all", "--json").json["id"]
    deliver()
    return number


@pytest.mark.parametrize("option", ["--not-reached-by {}", "--to not-reached-by:{}"])
def test_those_whom_a_broadcast_did_not_reach_get_another(
    cli: Run, half_sent: int, option: str
) -> None:
    options = option.format(half_sent).split()
    queued = cli("broadcasts", "send", "--text", "Again", *options, "--json").json
    assert queued["total_recipients"] == 1
    (one,) = cli("broadcasts", "deliveries", queued["id"], "--json").json
    assert one["chat_id"] == 12


def test_selectors_beside_it_add_and_take_away(cli: Run, half_sent: int) -> None:
    send = ("broadcasts", "send", "--text", "x", "--json", "--not-reached-by", half_sent)
    assert cli(*send, "--to", "username:alan").json["total_recipients"] == 2
    refused = cli(*send, "--to", "!tag:news")
    assert refused.status == 2
    assert "No active recipient is picked by" in refused.stderr


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (("--not-reached-by", 99), "Nothing on record matches not-reached-by:99; see `hsl-tui b"),
        (("--not-reached-by", "x"), "'x' is not a whole number"),
        (("--to", "all", "--to", "!reached-by:99"), "Nothing on record matches !reached-by:99"),
        ((), "say who is to get it"),
    ],
)
def test_what_names_no_broadcast_is_refused(
    cli: Run, options: tuple[object, ...], says: str
) -> None:
    refused = cli("broadcasts", "send", "--text", "x", *options)
    assert (refused.status, refused.stdout) == (2, "")
    assert says in refused.stderr
    assert cli("broadcasts", "list", "--json").json == []


def test_a_duplicate_is_a_draft(cli: Run, half_sent: int) -> None:
    made = cli("broadcasts", "duplicate", half_sent, "--json").json
    assert (made["state"], made["total_recipients"]) == ("draft", 0)
    shown = cli("broadcasts", "show", made["id"], "--json").json
    assert (shown["text"], shown["audience"]) == ("Hi", ["all"])
    (entry,) = cli("audit", "list", "--action", "broadcast.duplicated", "--json").json
    assert (entry["broadcast_id"], entry["details"]) == (made["id"], {"from": half_sent})
    assert cli("broadcasts", "queue", made["id"], "--json").json["total_recipients"] == 3


def test_people_are_told_how_a_duplicate_is_sent(cli: Run, half_sent: int) -> None:
    said = cli("broadcasts", "duplicate", half_sent).stdout
    assert said == "Broadcast 2 is a draft; `hsl-tui broadcasts queue 2` queues it.\n"
    assert cli("broadcasts", "duplicate", 99).status == 2
