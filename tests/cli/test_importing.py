"""Importing recipients on the command line."""

from __future__ import annotations

import csv
import gzip
import json
import os
import pty
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from hsl_tui.failpoints import ImportPoint
from hsl_tui.services import imports
from hsl_tui.store import audit, matching
from hsl_tui.store.database import Database
from tests.cli.conftest import Run
from tests.worker.scene import until


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
    assert list(done.json) == [
        "imported",
        "updated",
        "unchanged",
        "duplicates",
        "usernames_left_out",
        "resumed_after_line",
        "renamed_columns",
        "rejected",
    ]
    assert (done.json["imported"], done.json["updated"], done.json["unchanged"]) == (2, 0, 0)
    assert [list(one) for one in done.json["rejected"]] == [["line", "reason"]] * 2
    assert [one["line"] for one in done.json["rejected"]] == [3, 5]
    assert cli("recipients", "import", people, "--json").json["unchanged"] == 2


def test_people_are_told_the_first_ten_and_programs_all(cli: Run, tmp_path: Path) -> None:
    path = tmp_path / "many.csv"
    path.write_text("chat_id\n1\n" + "x\n" * 25)
    told = cli("recipients", "import", path).stderr.splitlines()
    assert len(told) == 11
    assert told[-1] == "hsl-tui: and 15 more lines; --rejects names them all."
    assert len(cli("recipients", "import", path, "--json").json["rejected"]) == 25
    path.write_text("chat_id,username\n1,ann\n" + "x,\n" * 11)
    told = cli("recipients", "import", path).stderr.splitlines()
    assert told[0].startswith("hsl-tui: 1 user name was left out: ")
    assert told[-1] == "hsl-tui: and 1 more line; --rejects names them all."


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
    path.write_text("chat_id\n" + "\n".join(map(str, range(1, 300_001))))
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
    assert 0 < taken < 300_000
    assert f"Stopped: nothing behind line {taken + 1} of {path} was taken in" in said
    assert "the same command goes on from there" in said


def test_an_import_that_waits_for_its_first_line_can_be_interrupted(
    tmp_path: Path, sqlite_url: str
) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with subprocess.Popen(
        [sys.executable, "-m", "hsl_tui", "recipients", "import", str(pipe)],
        env={**os.environ, "DATABASE_URL": sqlite_url},
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        # Opened when the other end is.
        with pipe.open("wb"):
            process.send_signal(signal.SIGINT)
            try:
                status = process.wait(30)
            except subprocess.TimeoutExpired:
                status = None
        _, said = process.communicate()
    assert (status, said.strip()) == (130, "")


def _count(database: Database) -> int:
    with database.read() as session:
        return matching.count(session)


def packed_up(content: bytes) -> bytes:
    """In gzip, the same each time: tests are called by what they are given."""
    return gzip.compress(content, mtime=0)


# --- formats ----------------------------------------------------------------------------------

ADA = {
    "chat_id": 1,
    "username": "ada_l",
    "first_name": "Ada",
    "last_name": None,
    "language_code": "en",
    "state": "active",
    "tags": ["news", "vip"],
    "attributes": {"city": "Łódź"},
}
WRITTEN = {
    "people.csv": "chat_id,username,first_name,language_code,tags,city\n"
    "1,@ada_l,Ada,en,news;vip,Łódź\n",
    "people.tsv": "chat_id\tusername\tfirst_name\tlanguage_code\ttags\tcity\n"
    "1\thttps://t.me/ada_l\tAda\ten\tnews;vip\tŁódź\n",
    "people.jsonl": json.dumps({**ADA, "username": "t.me/ada_l/"}) + "\n",
    "flat.ndjson": json.dumps({"user_id": "1", **{k: ADA[k] for k in ("username", "first_name")}})[
        :-1
    ]
    + ', "language_code": "en", "tags": "news; vip", "city": "Łódź", "note": null}\n\n',
}


@pytest.mark.parametrize("name", WRITTEN)
@pytest.mark.parametrize("packed", [False, True], ids=["plain", "gzip"])
def test_formats_are_told_from_what_is_in_them(
    cli: Run, tmp_path: Path, name: str, *, packed: bool
) -> None:
    path = tmp_path / "people.dat"
    written = WRITTEN[name].encode()
    path.write_bytes(packed_up(written) if packed else written)
    assert cli("recipients", "import", path).status == 0
    assert cli("recipients", "list", "--json").json == [ADA]


@pytest.mark.parametrize("packed", [False, True], ids=["plain", "gzip"])
def test_standard_input_is_read_like_a_file(cli: Run, *, packed: bool) -> None:
    written = WRITTEN["people.jsonl"].encode()
    stdin = packed_up(written) if packed else written
    assert cli("recipients", "import", "-", stdin=stdin).status == 0
    assert cli("recipients", "list", "--json").json == [ADA]
    assert cli("audit", "list", "--json").json[0]["details"]["file"] == "-"


@pytest.mark.parametrize("name", ["out.csv", "out.tsv", "out.jsonl", "out.jsonl.gz", "out.csv.gz"])
def test_what_is_exported_is_imported_again(cli: Run, tmp_path: Path, name: str) -> None:
    path = tmp_path / "people.csv"
    path.write_text(WRITTEN["people.csv"] + '2,,=A1,,,"a\n""b"\n-1001,,A\tgroup,,,\n')
    cli("recipients", "import", path)
    before = cli("recipients", "list", "--json").json
    assert cli("recipients", "export", tmp_path / name).status == 0
    assert (tmp_path / name).read_bytes().startswith(b"\x1f\x8b") is name.endswith(".gz")
    assert cli("recipients", "import", tmp_path / name, "--json").json["unchanged"] == 3
    assert cli("recipients", "list", "--json").json == before


def test_a_format_that_is_said_is_meant(cli: Run, tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    path.write_text("chat_id,first_name\tuser_id\nAda,x\t7\n")
    done = cli("recipients", "import", path, "--format", "tsv", "--map", "chat_id,first_name=both")
    assert done.status == 0
    found = cli("recipients", "list", "--json").json
    assert [(one["chat_id"], one["attributes"]) for one in found] == [(7, {"both": "Ada,x"})]
    assert "is not JSON" in cli("recipients", "import", path, "--format", "jsonl").stderr
    assert "use csv, tsv, jsonl" in cli("recipients", "import", path, "--format", "xls").stderr


def test_json_lines_that_cannot_be_taken_are_named(cli: Run, tmp_path: Path) -> None:
    lines = {
        '{"chat_id": 1, "city": ["a"]}': "city is a list",
        '{"chat_id": 1': "is not JSON at column 14",
        "[1]": "is JSON, but no object",
        '{"chat_id": true}': "'true' is not a chat id",
        '{"chat_id": 1e3}': "'1000.0' is not a chat id",
        '{"city": "x"}': "no chat id",
        '{"chat_id": 1, "first_name": "\\u0000"}': "NUL",
        '{"chat_id": 1, "first_name": "\\ud800"}': "half of a character",
        '{"chat_id": 1, "two words": "x", "two_words": "y"}': "two values of two_words",
        '{"chat_id": 1, "tags": ["a;b"]}': "semicolon",
        '{"chat_id": NaN}': "is not JSON",
        '{"chat_id": 1, "x": ' + "[" * 2000 + "]" * 2000 + "}": "is not JSON",
        '{"chat_id": ' + "9" * 5000 + "}": "is not JSON",
        '{"chat_id": 1, "x": "' + "y" * 100_001 + '"}': "longer than 100000",
    }
    path = tmp_path / "people.jsonl"
    path.write_text('{"chat_id": 77}\n' + "\n".join(lines))
    done = cli("recipients", "import", path, "--json").json
    assert done["imported"] == 1
    for (written, reason), found in zip(lines.items(), done["rejected"], strict=True):
        assert reason in found["reason"], written[:60]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (packed_up(b"chat_id\n5\n")[:-9], "its end is missing"),
        (packed_up(b"chat_id\n5\n")[:-8] + b"\0" * 8, "cannot be unpacked"),
        (packed_up(packed_up(b"chat_id\n")), "compressed twice"),
        (packed_up(b""), "is empty"),
        (packed_up(b"name\nZo\xeb\n"), "line 2 looks like Windows-1252"),
        (b'[\n  {"chat_id": 5}]\n', "is one JSON list; write an object a line"),
        (b'{"chat_id": \n', "holds no object in its first line: is not JSON"),
        (b'{"name": 5}\n', "has no chat_id or user_id in any of its first lines"),
    ],
)
def test_files_that_are_damaged_or_foreign(
    cli: Run, tmp_path: Path, content: bytes, said: str
) -> None:
    path = tmp_path / "people.dat"
    path.write_bytes(content)
    done = cli("recipients", "import", path)
    assert (done.status, done.stdout) == (2, "")
    assert said in done.stderr
    assert len(done.stderr.splitlines()) == 1


# --- columns ----------------------------------------------------------------------------------


def test_columns_are_taken_for_others_or_left_out(cli: Run, tmp_path: Path) -> None:
    path = tmp_path / "crm.csv"
    path.write_text("ID,Given name,City,my notes\n5,Ada,London,private\n")
    options = ("--map", "id=chat_id", "--map", "Given name=first_name", "--map", "My Notes=")
    assert cli("recipients", "import", path, *options).status == 0
    (found,) = cli("recipients", "list", "--json").json
    assert (found["chat_id"], found["first_name"]) == (5, "Ada")
    assert found["attributes"] == {"City": "London"}


def test_a_column_that_no_text_could_use_is_called_otherwise_and_said_so(
    cli: Run, tmp_path: Path
) -> None:
    path = tmp_path / "crm.csv"
    path.write_text("chat_id,e-mail\n5,ada@example.org\n")
    done = cli("recipients", "import", path)
    assert done.status == 0
    assert "The column 'e-mail' is called e_mail here; --map chooses another name." in done.stderr
    (found,) = cli("recipients", "list", "--json").json
    assert found["attributes"] == {"e_mail": "ada@example.org"}
    again = cli("recipients", "import", path, "--map", "e-mail=mail", "--json").json
    assert (again["updated"], again["renamed_columns"]) == (1, {})


@pytest.mark.parametrize(
    ("mapped", "said"),
    [
        (["fist_name=last_name"], "no column 'fist_name' to map; did you mean 'first_name'?"),
        (["zzz=last_name"], "no column 'zzz' to map; it has 'chat_id', 'first_name', 'city'"),
        (["city=first_name"], "two columns 'first_name'"),
        (["city=the city"], "could not be used in a text"),
        (["chat_id="], "has no column user_id"),
        (["city"], "write --map SOURCE=TARGET"),
        (["=city"], "write --map SOURCE=TARGET"),
        (["city=a", "City=b"], "mapped twice"),
    ],
)
def test_columns_that_cannot_be_meant(
    cli: Run, tmp_path: Path, mapped: list[str], said: str
) -> None:
    path = tmp_path / "people.csv"
    path.write_text("chat_id,first_name,city\n5,Ada,London\n")
    done = cli("recipients", "import", path, *(word for one in mapped for word in ("--map", one)))
    assert (done.status, done.stdout) == (2, "")
    assert said in done.stderr


def test_user_names_that_telegram_does_not_give_are_left_out(cli: Run, tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    path.write_text(
        "chat_id,username\n1,HTTPS://T.me/Ada_L\n2,ann\n3,Zoë_K\n4,two words\n5,@bob_the_builder/\n"
        f"6,{'x' * 33}\n"
    )
    done = cli("recipients", "import", path)
    assert done.stdout == "6 imported, 0 updated, 0 unchanged, 0 skipped.\n"
    assert "4 user names were left out: Telegram's are 4 to 32" in done.stderr
    found = cli("recipients", "list", "--json").json
    assert [one["username"] for one in found if one["username"]] == ["Ada_L", "bob_the_builder"]
    assert cli("recipients", "import", path, "--json").json["usernames_left_out"] == 4


# --- what is skipped, said twice, or held back ------------------------------------------------


def test_skipped_lines_are_written_with_their_reasons(cli: Run, tmp_path: Path) -> None:
    path, rejects = tmp_path / "people.csv", tmp_path / "rejects.csv"
    path.write_text('chat_id,first_name\n1,Ada\nx,=A1\n0,"a,b"\n2,"open\n')
    assert cli("recipients", "import", path, "--rejects", rejects).status == 0
    with rejects.open(encoding="utf-8", newline="") as stream:
        found = list(csv.DictReader(stream))
    assert [(one["line"], one["chat_id"], one["first_name"]) for one in found] == [
        ("3", "x", "'=A1"),
        ("4", "0", "a,b"),
        ("5", '2,"open\n', None),
    ]
    assert found[0]["reason"].startswith("'x' is not a chat id")
    done = cli("recipients", "import", path, "--rejects", tmp_path / "no" / "rejects.csv")
    assert (done.status, "There is no folder" in done.stderr) == (2, True)


def test_repeated_chats_are_counted(cli: Run, tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    path.write_text("chat_id,first_name\n1,Ada\n2,Bo\n1,Anna\n1,\n")
    done = cli("recipients", "import", path, "--json").json
    assert (done["imported"], done["updated"], done["unchanged"]) == (2, 1, 1)
    assert done["duplicates"] == 2
    assert "(2 lines about a chat of an earlier one)" in cli("recipients", "import", path).stdout


def test_all_or_nothing(cli: Run, people: Path) -> None:
    done = cli("recipients", "import", people, "--atomic", "--json")
    assert done.status == 2
    assert done.json["imported"] == 0
    assert [one["line"] for one in done.json["rejected"]] == [3, 5]
    assert "with --atomic nothing was changed" in done.stderr
    assert cli("recipients", "list", "--json").json == []
    assert cli("audit", "list", "--json").json == []
    people.write_text("chat_id,tags\n1,a\n2,a\n1,b\n")
    whole = cli("recipients", "import", people, "--atomic", "--json")
    assert (whole.status, whole.json["imported"], whole.json["updated"]) == (0, 2, 1)
    (record,) = cli("audit", "list", "--json").json
    assert (record["details"]["imported"], record["details"]["last_line"]) == (2, 4)


@pytest.mark.usefixtures("recipients")
def test_a_dry_run_says_what_would_change_and_changes_nothing(cli: Run, tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    path.write_text(
        "chat_id,first_name,tags,city,plan\n11,Ada,news,London,\n12,Grace,vip,,gold\n13,,,,\n"
        "14,New,,,\n14,Newer,,,\n0,,,,\n"
    )
    before = cli("recipients", "list", "--json").json
    done = cli("recipients", "import", path, "--dry-run", "--json", "--tag", "news")
    assert done.status == 0
    said = done.json
    assert [one["line"] for one in said.pop("rejected")] == [7]
    assert said == {
        "imported": 1,
        "updated": 3,
        "unchanged": 1,
        "duplicates": 1,
        "usernames_left_out": 0,
        "resumed_after_line": None,
        "renamed_columns": {},
        "dry_run": True,
        "new_tags": ["vip"],
        "new_attributes": ["plan"],
    }
    told = cli("recipients", "import", path, "--dry-run", "--tag", "news").stdout
    assert "Nothing is changed. It would be: 1 imported, 3 updated, 1 unchanged" in told
    assert "New tags: vip." in told
    assert cli("recipients", "list", "--json").json == before
    assert cli("audit", "list", "--json").json == []
    real = cli("recipients", "import", path, "--json", "--tag", "news").json
    for key in ("imported", "updated", "unchanged", "duplicates"):
        assert real[key] == done.json[key]


# --- cut off ----------------------------------------------------------------------------------


@pytest.mark.parametrize("named", [True, False], ids=["a file", "standard input"])
def test_an_import_that_was_killed_goes_on_where_it_ended(
    tmp_path: Path, database: Database, *, named: bool
) -> None:
    path = tmp_path / "many.csv"
    rows = 3 * imports.BATCH
    lines = [f"{number},N{number}" for number in range(1, rows + 1)]
    lines[10] = "x,"
    path.write_text("\n".join(["chat_id,first_name", *lines, "1,Again", f"{rows},N{rows}"]))

    def run(failpoint: str = "", *options: str) -> subprocess.CompletedProcess[str]:
        url = database.url.render_as_string(hide_password=False)
        with path.open() as stream:
            return subprocess.run(
                [
                    *(sys.executable, "-m", "hsl_tui", "recipients", "import", "--json"),
                    *(str(path) if named else "-", *options),
                ],
                env={**os.environ, "DATABASE_URL": url, "HSL_TUI_FAILPOINT": failpoint},
                capture_output=True,
                text=True,
                check=False,
                stdin=stream,
            )

    killed = run(f"{ImportPoint.BATCH_COMMITTED}:2")
    assert killed.returncode == -signal.SIGKILL
    taken = _count(database)
    assert 2 * imports.BATCH <= taken < rows
    done = json.loads(run().stdout)
    assert done["resumed_after_line"] == taken + 2
    assert (done["imported"], done["updated"], done["unchanged"]) == (rows - 1, 1, 1)
    assert done["duplicates"] == 2
    assert [one["line"] for one in done["rejected"]] == [12]
    assert _count(database) == rows - 1
    with database.read() as session:
        records = [one.details for one in audit.latest(session, limit=9)]
    assert sum(int(str(one["imported"])) for one in records) == rows - 1
    assert json.loads(run("", "--tag", "x").stdout)["resumed_after_line"] is None
