from __future__ import annotations

import sqlite3

import pytest

from tests.cli.conftest import Run

LIST = ("audit", "list", "--json")


@pytest.fixture
def history(cli: Run, recipients: None) -> None:  # noqa: ARG001 - whom to send to
    cli("broadcasts", "send", "--text", "x", "--to", "all")
    cli("broadcasts", "pause", 1)
    cli("broadcasts", "resume", 1)


@pytest.mark.usefixtures("history")
def test_every_act_is_listed_newest_first(cli: Run) -> None:
    entries = cli(*LIST).json

    assert [one["action"] for one in entries] == [
        "broadcast.resumed",
        "broadcast.paused",
        "broadcast.queued",
    ]
    assert entries[0].keys() == {"id", "at", "actor", "action", "broadcast_id", "details"}
    assert entries[2]["broadcast_id"] == 1
    assert entries[2]["details"]["recipients"] == 3


@pytest.mark.usefixtures("history")
def test_entries_are_picked_by_what_is_asked_for(cli: Run) -> None:
    actor = cli(*LIST).json[0]["actor"]

    assert len(cli(*LIST, "--limit", 2).json) == 2
    assert [one["id"] for one in cli(*LIST, "--action", "broadcast.paused").json] == [2]
    assert len(cli(*LIST, "--action", "broadcast.*").json) == 3
    assert len(cli(*LIST, "--actor", actor).json) == 3
    assert len(cli(*LIST, "--actor", f"{actor[:2]}*").json) == 3
    assert cli(*LIST, "--actor", "nobody").json == []
    assert len(cli(*LIST, "--broadcast", 1).json) == 3
    assert cli(*LIST, "--broadcast", 2).json == []
    assert cli(*LIST, "--until", "2020-01-01").json == []
    assert len(cli(*LIST, "--until", "2090-01-01").json) == 3
    assert len(cli(*LIST, "--since", "2020-01-01").json) == 3
    assert cli(*LIST, "--since", "2090-01-01").json == []
    assert cli(*LIST, "--since", "yesterday").status == 2


@pytest.mark.usefixtures("history")
def test_the_list_for_people_is_a_table(cli: Run) -> None:
    lines = cli("audit", "list").stdout.splitlines()

    assert lines[0].split() == ["ID", "TIME", "ACTOR", "ACTION", "BROADCAST", "DETAILS"]
    assert len(lines) == 4


@pytest.mark.usefixtures("history")
def test_a_changed_entry_is_found_and_named(cli: Run, sqlite_url: str) -> None:
    assert cli("audit", "verify").stdout == "The audit log is whole: 3 entries.\n"

    connection = sqlite3.connect(sqlite_url.removeprefix("sqlite:///"))
    triggers = connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")
    for (name,) in triggers.fetchall():
        connection.execute(f"DROP TRIGGER {name}")
    connection.execute("UPDATE audit_log SET actor = 'someone else' WHERE id = 2")
    connection.commit()
    connection.close()

    result = cli("audit", "verify")
    assert result.status == 1
    assert result.stdout == ""
    assert "broken at entry 2" in result.stderr
