"""Recipients on the command line."""

from __future__ import annotations

import csv
import os
import pty
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from hsl_tui.store import matching
from hsl_tui.store.database import Database
from tests.cli.conftest import Run
from tests.worker.scene import until

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


def test_an_import_is_reported_to_people(cli: Run, people: Path) -> None:
    done = cli("recipients", "import", people, "--tag", "june")
    assert done.status == 0
    assert done.stdout == "2 imported, 0 updated, 0 unchanged, 2 skipped.\n"
    assert [line.partition(" skipped: ")[0] for line in done.stderr.splitlines()] == [
        "hsl-tui: line 3",
        "hsl-tui: line 5",
    ]


def test_an_import_is_reported_to_programs(cli: Run, people: Path) -> None:
    done = cli("recipients", "import", people, "--json")
    assert (done.status, done.stderr) == (0, "")
    assert list(done.json) == ["imported", "updated", "unchanged", "rejected"]
    assert (done.json["imported"], done.json["updated"], done.json["unchanged"]) == (2, 0, 0)
    assert [list(one) for one in done.json["rejected"]] == [["line", "reason"]] * 2
    assert [one["line"] for one in done.json["rejected"]] == [3, 5]
    assert cli("recipients", "import", people, "--json").json["unchanged"] == 2


def test_people_are_told_the_first_ten_and_programs_all(cli: Run, tmp_path: Path) -> None:
    path = tmp_path / "many.csv"
    path.write_text("chat_id\n1\n" + "x\n" * 25)
    told = cli("recipients", "import", path).stderr.splitlines()
    assert len(told) == 11
    assert "15 more lines" in told[-1]
    assert len(cli("recipients", "import", path, "--json").json["rejected"]) == 25


@pytest.mark.parametrize("content", ["chat_id\nx\n0\n", "chat_id\n"])
def test_an_import_of_nothing_is_bad_input(cli: Run, tmp_path: Path, content: str) -> None:
    path = tmp_path / "none.csv"
    path.write_text(content)
    done = cli("recipients", "import", path, "--json")
    assert done.status == 2
    assert done.json["imported"] == 0
    assert len(done.json["rejected"]) == content.count("\n") - 1
    assert "nothing was changed" in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert cli("audit", "list", "--json").json == []


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "There is no file"),
        (b"name\nAnn\n", "no column chat_id"),
        (b"chat_id,name\n5,Zo\xeb\n", "line 2 looks like Windows-1252"),
        (b"\x89PNG\r\n\x1a\n\0\0", "not a CSV file"),
    ],
)
def test_what_cannot_be_imported_is_one_line(
    cli: Run, tmp_path: Path, content: bytes | None, said: str
) -> None:
    path = tmp_path / "wrong.csv"
    if content is not None:
        path.write_bytes(content)
    done = cli("recipients", "import", path, "--json")
    assert (done.status, done.stdout) == (2, "")
    assert said in done.stderr
    assert len(done.stderr.splitlines()) == 1


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


def test_progress_is_drawn_for_a_terminal_only(cli: Run, people: Path, sqlite_url: str) -> None:
    ours, theirs = pty.openpty()
    done = subprocess.run(
        [sys.executable, "-m", "hsl_tui", "recipients", "import", str(people), "--json"],
        env={**os.environ, "DATABASE_URL": sqlite_url, "TERM": "xterm"},
        stdout=subprocess.PIPE,
        stderr=theirs,
        check=True,
    )
    os.close(theirs)
    drawn = os.read(ours, 100_000).decode()
    os.close(ours)
    assert "Importing" in drawn
    assert done.stdout.startswith(b"{")
    assert cli("recipients", "import", people, "--json").stderr == ""


def test_an_import_that_is_interrupted_says_what_stays(
    tmp_path: Path, sqlite_url: str, sqlite: Database
) -> None:
    path = tmp_path / "many.csv"
    path.write_text("chat_id\n" + "\n".join(map(str, range(1, 50_001))))
    with subprocess.Popen(
        [sys.executable, "-m", "hsl_tui", "recipients", "import", str(path)],
        env={**os.environ, "DATABASE_URL": sqlite_url},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        until(lambda: _count(sqlite))
        process.send_signal(signal.SIGINT)
        _, said = process.communicate()
    assert process.returncode == 1
    taken = _count(sqlite)
    assert 0 < taken < 50_000
    assert f"Stopped: nothing behind line {taken + 1} of {path} was taken in" in said


def _count(database: Database) -> int:
    with database.read() as session:
        return matching.count(session)


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
