"""Recipients on the command line."""

from __future__ import annotations

import csv
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import Run

KEYS = [
    "chat_id",
    "username",
    "first_name",
    "last_name",
    "language_code",
    "state",
    "tags",
    "attributes",
]


@pytest.fixture
def people(tmp_path: Path) -> Path:
    """Four lines: two recipients, and two that cannot be any."""
    path = tmp_path / "people.csv"
    path.write_text("user_id,first_name,tags,city\n1,Ada,news;vip,London\nx,,,\n2,Zoë,,\n0,,,\n")
    return path


def test_listing_for_programs(cli: Run, people: Path) -> None:
    assert cli("recipients", "list", "--json").json == []
    cli("recipients", "import", people)
    found = cli("recipients", "list", "--json").json
    assert [list(one) for one in found] == [KEYS, KEYS]
    assert found[0] == {
        "chat_id": 1,
        "username": None,
        "first_name": "Ada",
        "last_name": None,
        "language_code": None,
        "state": "active",
        "tags": ["news", "vip"],
        "attributes": {"city": "London"},
    }
    assert cli("recipients", "list", "--limit", 1, "--json").json == found[:1]
    assert cli("recipients", "list", "--to", "all", "--to", "!tag:vip", "--json").json == found[1:]
    assert cli("recipients", "list", "--to", "tag:nobody", "--json").status == 2


def test_listing_for_people(cli: Run, tmp_path: Path) -> None:
    path = tmp_path / "many.csv"
    path.write_text("chat_id,first_name\n" + "".join(f"{n},N\x1b[2J{n}\n" for n in range(1, 131)))
    cli("recipients", "import", path)
    done = cli("recipients", "list")
    assert len(done.stdout.splitlines()) == 101
    assert "\x1b" not in done.stdout
    assert "--limit N" in done.stderr
    assert len(cli("recipients", "list", "--limit", 120).stdout.splitlines()) == 121


def test_a_list_for_people_shows_the_beginning_of_long_names_and_tags(
    cli: Run, tmp_path: Path
) -> None:
    path = tmp_path / "long.csv"
    tags = ";".join(f"tag-{number}" for number in range(100))
    path.write_text(f"chat_id,first_name,tags\n1,{'N' * 200},{tags}\n")
    cli("recipients", "import", path)
    (row,) = cli("recipients", "list").stdout.splitlines()[1:]
    assert "N" * 59 + "… " in row
    assert row.endswith("…")
    assert len(row) < 200
    (found,) = cli("recipients", "list", "--json").json
    assert (len(found["first_name"]), len(found["tags"])) == (200, 100)


def test_an_export_can_be_imported_elsewhere(cli: Run, people: Path, tmp_path: Path) -> None:
    cli("recipients", "import", people)
    done = cli("recipients", "export", tmp_path / "out.csv")
    assert (done.status, done.stdout) == (
        0,
        f"2 recipients written to {tmp_path / 'out.csv'}.\n",
    )
    with (tmp_path / "out.csv").open(encoding="utf-8", newline="") as stream:
        assert [row["first_name"] for row in csv.DictReader(stream)] == ["Ada", "Zoë"]
    assert cli("recipients", "import", tmp_path / "out.csv", "--json").json["unchanged"] == 2
    assert cli("recipients", "export", tmp_path / "no" / "out.csv").status == 2


def test_an_export_to_standard_output_is_the_file_and_nothing_else(
    cli: Run, people: Path, sqlite_url: str
) -> None:
    cli("recipients", "import", people)
    environment = {**os.environ, "DATABASE_URL": sqlite_url, "PYTHONIOENCODING": "ascii"}
    done = subprocess.run(
        [sys.executable, "-m", "hsl_tui", "recipients", "export", "-"],
        env=environment,
        capture_output=True,
        check=True,
    )
    rows = list(csv.DictReader(done.stdout.decode("utf-8").splitlines()))
    assert [(row["chat_id"], row["first_name"]) for row in rows] == [("1", "Ada"), ("2", "Zoë")]
    assert done.stderr == b""


@pytest.mark.usefixtures("recipients")
def test_labels_are_counted_as_they_change(cli: Run) -> None:
    tagged = cli("recipients", "tag", "june", "--to", "all", "--to", "!tag:news")
    assert (tagged.status, tagged.stdout) == (0, "1 recipient got the tag 'june'.\n")
    assert cli("recipients", "tag", "june", "--to", "all").stdout.startswith("2 recipients")
    untagged = cli("recipients", "untag", "june", "--to", "chat:11")
    assert (untagged.status, untagged.stdout) == (0, "1 recipient lost the tag 'june'.\n")
    found = cli("recipients", "list", "--to", "tag:june", "--json").json
    assert [one["chat_id"] for one in found] == [12, 13]


@pytest.mark.usefixtures("recipients")
@pytest.mark.parametrize(
    "arguments",
    [
        ("tag", "a;b", "--to", "all"),
        ("tag", "june", "--to", "tag:nobody"),
        ("tag", "june", "--to", "everyone"),
        ("tag", "june"),
        ("untag", "june", "--to", "all"),
    ],
)
def test_labels_that_cannot_be_meant(cli: Run, arguments: tuple[str, ...]) -> None:
    done = cli("recipients", *arguments)
    assert (done.status, done.stdout) == (2, "")
    assert cli("audit", "list", "--json").json == []


def test_a_recipient_is_moved_by_hand(cli: Run, people: Path) -> None:
    cli("recipients", "import", people)
    chat = cli("recipients", "list", "--json").json[0]["chat_id"]
    done = cli("recipients", "set-state", chat, "unsubscribed", "--reason", "asked by mail")
    assert done.stdout == f"The recipient {chat} is unsubscribed now.\n"
    assert cli("recipients", "list", "--json").json[0]["state"] == "unsubscribed"
    again = cli("recipients", "set-state", chat, "unsubscribed", "--reason", "again")
    assert (again.status, "is unsubscribed already" in again.stderr) == (1, True)
    for wrong in ((chat, "blocked"), ("9", "active")):
        assert cli("recipients", "set-state", *wrong, "--reason", "why").status == 2


def test_a_search_and_a_state_narrow_lists_and_labels(cli: Run, tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    path.write_text("chat_id,first_name\n71,Zo\u00eb\n72,Zoltan\n73,Ann\n711,Bo\n")
    cli("recipients", "import", path)
    cli("recipients", "set-state", 72, "unsubscribed", "--reason", "asked")

    def chats(*options: object) -> list[int]:
        return [one["chat_id"] for one in cli("recipients", "list", "--json", *options).json]

    assert chats("--search", "ZO") == [71, 72]
    assert chats("--search", 71) == [71, 711]
    assert chats("--state", "unsubscribed") == [72]
    assert chats("--search", "zo", "--state", "active", "--to", "all", "--to", "!chat:73") == [71]
    tagged = cli("recipients", "tag", "z", "--search", "zo")
    assert tagged.stdout == "1 recipient got the tag 'z'.\n"
    cli("recipients", "tag", "z", "--state", "unsubscribed")
    assert chats("--to", "tag:z") == [71, 72]
    assert "1 recipient lost" in cli("recipients", "untag", "z", "--search", 71).stdout
    record = cli("audit", "list", "--json").json
    assert [one["details"]["to"] for one in record[:3]] == [
        ["search:71", "state:active"],
        ["state:unsubscribed"],
        ["search:zo", "state:active"],
    ]
    for wrong in (("list", "--state", "gone"), ("tag", "z"), ("tag", "z", "--state", "gone")):
        assert cli("recipients", *wrong).status == 2
