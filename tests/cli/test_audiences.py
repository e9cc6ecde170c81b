"""Who would get a broadcast, told on the command line."""

from __future__ import annotations

from pathlib import Path

from tests.cli.conftest import Run

AUDIENCE = ("recipients", "audience")


def bring_in(cli: Run, tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    path.write_text("chat_id,first_name,tags\n1,Ada,staff\n2,Zoë,\n3,Grace,\n")
    assert cli("recipients", "import", path).status == 0
    assert cli("recipients", "set-state", 3, "unsubscribed", "--reason", "asked").status == 0


def test_programs_are_told_who_is_left_out_and_why(cli: Run, tmp_path: Path) -> None:
    bring_in(cli, tmp_path)
    told = cli(*AUDIENCE, "--to", "all", "--to", "!tag:staff", "--json")
    assert told.json == {
        "recipients": 1,
        "taken_away": {"!tag:staff": 1},
        "inactive": {"unsubscribed": 1},
    }


def test_people_are_told_who_is_left_out_and_why(cli: Run, tmp_path: Path) -> None:
    bring_in(cli, tmp_path)
    told = cli(*AUDIENCE, "--to", "all", "--to", "!tag:staff")
    assert told.stdout.splitlines()[0] == "1 recipient would get it: 2 (Zoë)."
    assert [line.split() for line in told.stdout.splitlines()[-2:]] == [
        ["1", "!tag:staff"],
        ["1", "unsubscribed"],
    ]


def test_what_names_nobody_is_refused(cli: Run, tmp_path: Path) -> None:
    bring_in(cli, tmp_path)
    told = cli(*AUDIENCE, "--to", "tag:nobody")
    assert told.status == 2
    assert "Nothing on record matches tag:nobody" in told.stderr
