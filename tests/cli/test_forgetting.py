"""`recipients forget` on the command line."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from hsl_tui.cli import forgetting
from hsl_tui.store.database import Database
from hsl_tui.store.intake import Arrival, take_in
from tests.cli.conftest import Run
from tests.conftest import NOON

pytestmark = pytest.mark.usefixtures("recipients")


def test_a_person_is_forgotten_and_what_was_done_is_told(
    cli: Run, deliver: Callable[[], None], tmp_path: Path
) -> None:
    sent = cli("broadcasts", "send", "--text", "See @ada", "--to", "all", "--json").json["id"]
    deliver()
    result = cli("recipients", "forget", 11, "--reason", "asked", "--yes", "--json")
    assert result.status == 0
    assert result.json == {
        "deliveries": 1,
        "cancelled": 0,
        "texts": {"broadcast": 1},
        "audit_entries": 0,
    }
    assert [one["chat_id"] for one in cli("recipients", "list", "--json").json] == [12, 13]
    shown = cli("broadcasts", "deliveries", sent, "--json").json
    assert [one["chat_id"] for one in shown] == [None, 12, 13]
    assert "forgotten" in cli("broadcasts", "deliveries", sent).stdout
    file = tmp_path / "deliveries.csv"
    cli("broadcasts", "export", sent, file)
    assert file.read_text().splitlines()[1].startswith(",,,,sent")
    document = cli("broadcasts", "show", sent, "--json").json
    assert (document["counts"]["sent"], document["text"]) == (3, "See [forgotten]")


def test_the_log_verifies_and_says_how_many_entries_were_changed(cli: Run) -> None:
    cli("recipients", "set-state", 11, "unsubscribed", "--reason", "asked")
    assert cli("recipients", "forget", 11, "--yes").status == 0
    said = cli("audit", "verify")
    assert said.status == 0
    assert "1 of them without people who were forgotten" in said.stdout
    moved = cli("audit", "list", "--action", "recipients.moved", "--json").json
    assert moved[0]["details"]["chat_id"] == "[forgotten]"
    assert moved[0]["redacted_by"] == moved[0]["id"] + 1


def test_nobody_is_forgotten_unasked(cli: Run) -> None:
    result = cli("recipients", "forget", 11)
    assert result.status == 2
    assert "--yes" in result.stderr
    assert len(cli("recipients", "list", "--json").json) == 3


@pytest.mark.parametrize(
    ("answer", "status", "left"), [("y", 0, 2), ("Yes", 0, 2), ("n", 1, 3), ("", 1, 3)]
)
def test_whoever_sits_at_a_terminal_is_asked(
    cli: Run, monkeypatch: pytest.MonkeyPatch, answer: str, status: int, left: int
) -> None:
    monkeypatch.setattr(forgetting, "_can_ask", lambda: True)
    result = cli("recipients", "forget", 11, stdin=answer.encode() + b"\n")
    assert "Forget 11 (Ada) for good?" in result.stderr
    assert result.status == status
    assert len(cli("recipients", "list", "--json").json) == left


@pytest.mark.parametrize("chat", ["99", "ada"])
def test_who_is_not_there_is_not_forgotten(cli: Run, chat: str) -> None:
    result = cli("recipients", "forget", chat, "--yes")
    assert result.status == 2
    assert chat in result.stderr


def test_a_group_is_named_by_its_number(cli: Run, sqlite: Database) -> None:
    group = -1001234567890
    with sqlite.write() as session:
        take_in(session, [Arrival(group, first_name="The choir")], now=NOON)
    moved = cli("recipients", "set-state", group, "unsubscribed", "--reason", "asked")
    assert moved.status == 0
    assert cli("recipients", "forget", group, "--yes").status == 0
    assert len(cli("recipients", "list", "--json").json) == 3
    assert cli("recipients", "forget", "--never", "--yes").status == 2
