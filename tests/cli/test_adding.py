"""`recipients add`: people, groups and channels by their chat ids."""

from __future__ import annotations

import pytest

from hsl_tui.services import audit, recipients
from hsl_tui.services.context import Context
from hsl_tui.telegram.simulator import FaultRule, Match, SimulatorThread
from hsl_tui.telegram.simulator.updates import group, group_membership_update
from tests.cli.conftest import Run
from tests.conftest import TOKEN

BOT = {"id": 123456, "is_bot": True, "first_name": "Bot"}
CHANNEL = -1001234567890


@pytest.fixture
def operator(sqlite_context: Context, cli: Run) -> Context:
    assert cli is not None
    return sqlite_context


def names(context: Context) -> dict[int, tuple[str | None, str | None]]:
    return {one.chat_id: (one.first_name, one.username) for one in recipients.every(context)}


def test_they_are_called_as_telegram_says(
    cli: Run, operator: Context, telegram: SimulatorThread
) -> None:
    where = {**group(CHANNEL, "News", "channel"), "username": "the_news"}
    telegram.queue_update(
        group_membership_update(where, BOT, "administrator", can_post_messages=True)
    )
    done = cli("recipients", "add", 7, CHANNEL, "--tag", "june", "--json")
    assert done.status == 0
    assert done.json == [
        {
            "chat_id": 7,
            "name": "Recipient 7",
            "username": None,
            "added": True,
            "state": "active",
        },
        {
            "chat_id": CHANNEL,
            "name": "News",
            "username": "the_news",
            "added": True,
            "state": "active",
        },
    ]
    assert names(operator) == {7: ("Recipient 7", None), CHANNEL: ("News", "the_news")}
    assert {one.tags for one in recipients.every(operator)} == {("june",)}
    (entry,) = audit.latest(operator, limit=9, action="recipients.added")
    assert entry.details["chats"] == [7, CHANNEL]


def test_a_chat_that_the_bot_does_not_know_is_refused_with_all_others(
    cli: Run, operator: Context, telegram: SimulatorThread
) -> None:
    done = cli("recipients", "add", 7, CHANNEL)
    assert done.status == 2
    assert f"does not know the chat {CHANNEL}" in done.stderr
    assert "--unchecked" in done.stderr
    assert names(operator) == {}
    before = telegram.stats.requests
    assert cli("recipients", "add", CHANNEL, "--unchecked", "--name", "News").status == 0
    assert telegram.stats.requests == before
    assert names(operator) == {CHANNEL: ("News", None)}


def test_who_is_there_is_brought_up_to_date_and_keeps_their_state(
    cli: Run, operator: Context, telegram: SimulatorThread
) -> None:
    assert telegram.url
    cli("recipients", "add", 7, "--name", "Ann", "--username", "@ann")
    cli("recipients", "set-state", 7, "unsubscribed", "--reason", "asked")
    done = cli("recipients", "add", 7)
    assert "was there already, and is unsubscribed" in done.stdout
    assert names(operator) == {7: ("Recipient 7", None)}


def test_without_asking_what_is_not_said_stays(cli: Run, operator: Context) -> None:
    cli("recipients", "add", 7, "--name", "Ann", "--username", "ann")
    done = cli("recipients", "add", 7, "--username", "anna")
    assert done.status == 0
    assert "BOT_TOKEN is not set" in done.stderr
    assert names(operator) == {7: ("Ann", "anna")}


@pytest.mark.usefixtures("telegram")
@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["-0"], "not a chat id"),
        (["--nmae", "x"], "not a chat id"),
        ([TOKEN.partition(":")[0]], "itself"),
        (["1", "2", "--name", "x"], "for one chat"),
        (["1", "--name", " "], "1 to 256 characters"),
        (["1", "--tag", "a;b"], "semicolon"),
    ],
)
def test_what_cannot_be_is_refused(
    cli: Run, operator: Context, arguments: list[str], said: str
) -> None:
    done = cli("recipients", "add", *arguments)
    assert done.status == 2
    assert said in done.stderr
    assert names(operator) == {}


def test_when_telegram_is_away_it_says_how_to_go_on(
    cli: Run, operator: Context, telegram: SimulatorThread
) -> None:
    telegram.add_faults(FaultRule("bad_gateway", Match(method="getChat")))
    done = cli("recipients", "add", 7)
    assert done.status == 1
    assert "--unchecked adds without asking" in done.stderr
    assert TOKEN not in done.stderr
    assert names(operator) == {}
