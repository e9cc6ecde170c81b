"""Saved segments and wrong selectors on the command line."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.conftest import Run


@pytest.mark.usefixtures("recipients")
def test_a_segment_is_saved_listed_used_and_removed(cli: Run) -> None:
    saved = cli("segments", "save", "readers", "--to", "tag:news + !username:grace")
    assert saved.stdout == "The segment 'readers' is saved; it picks 1 recipient now.\n"
    (listed,) = cli("segments", "list", "--json").json
    assert listed["name"] == "readers"
    assert listed["selectors"] == ["tag:news+!username:grace"]
    assert listed["recipients"] == 1
    assert "readers" in cli("segments", "list").stdout
    meant = cli("recipients", "list", "--to", "all", "--to", "!saved:readers", "--json").json
    assert [one["chat_id"] for one in meant] == [12, 13]
    assert cli("segments", "save", "readers", "--to", "all").status == 1
    assert cli("segments", "save", "readers", "--to", "all", "--replace", "--json").status == 0
    assert cli("segments", "show", "readers", "--json").json["recipients"] == 3
    assert "picks           3 recipients" in cli("segments", "show", "readers").stdout
    assert cli("segments", "remove", "readers").status == 0
    assert cli("segments", "show", "readers").status == 2
    acts = [one["action"] for one in cli("audit", "list", "--json").json]
    assert acts[:3] == ["segment.removed", "segment.changed", "segment.saved"]


@pytest.mark.usefixtures("recipients")
def test_a_segment_is_renamed_wherever_it_is_used(cli: Run) -> None:
    cli("segments", "save", "readers", "--to", "tag:news")
    cli("segments", "save", "others", "--to", "all", "--to", "!saved:readers")
    assert cli("segments", "rename", "readers", "others").status == 1
    said = cli("segments", "rename", "readers", "subscribers")
    assert (said.status, said.stdout) == (0, "The segment is called 'subscribers' now.\n")
    shown = cli("segments", "show", "others", "--json").json
    assert shown["selectors"] == ["all", "!saved:subscribers"]
    back = cli("segments", "rename", "subscribers", "readers", "--json").json
    assert (back["name"], back["selectors"]) == ("readers", ["tag:news"])
    assert cli("segments", "rename", "subscribers", "x").status == 2


@pytest.mark.usefixtures("recipients")
def test_a_broadcast_goes_to_a_segment(cli: Run) -> None:
    assert cli("segments", "save", "readers", "--to", "tag:news").status == 0
    sent = cli("broadcasts", "send", "--text", "Hi", "--to", "saved:readers", "--json")
    assert sent.json["total_recipients"] == 2
    assert cli("broadcasts", "show", sent.json["id"], "--json").json["audience"] == [
        "saved:readers"
    ]


@pytest.mark.usefixtures("recipients")
def test_a_part_of_the_recipients_is_exported(cli: Run, tmp_path: Path) -> None:
    file = tmp_path / "some.csv"
    exported = cli("recipients", "export", file, "--to", "tag:news", "--to", "!attr:city=London")
    assert exported.stdout == f"1 recipient written to {file}.\n"
    assert "12,grace" in file.read_text()
    assert cli("recipients", "export", "-", "--to", "username:alan").stdout.count("\n") == 2
    newest, older = cli("audit", "list", "--json").json[:2]
    assert newest["details"]["picked"] == ["username:alan"]
    assert older["details"]["picked"] == ["tag:news", "!attr:city=London"]
    assert cli("recipients", "export", tmp_path / "none.csv", "--to", "tag:x").status == 2
    assert not (tmp_path / "none.csv").exists()


@pytest.mark.parametrize(
    "command",
    [
        ("recipients", "list"),
        ("recipients", "tag", "x"),
        ("recipients", "audience"),
        ("broadcasts", "send", "--text", "Hi"),
        ("segments", "save", "x"),
    ],
)
def test_the_place_of_a_fault_is_pointed_at(cli: Run, command: tuple[str, ...]) -> None:
    refused = cli(*command, "--to", "lang:de+tga:名前 x")
    assert refused.status == 2
    assert refused.stdout == ""
    assert refused.stderr.splitlines() == [
        "hsl-tui: 'tga:名前' is not a selector; did you mean tag:?",
        "  lang:de+tga:名前 x",
        "          ^^^",
    ]


def test_of_a_long_line_the_part_around_the_fault_is_shown(cli: Run) -> None:
    written = "+".join(["tag:名\x1b[31m"] * 20 + ["tag:"] + ["lang:de"] * 20)
    refused = cli("recipients", "list", "--to", written)
    _, shown, carets = refused.stderr.splitlines()
    assert max(map(len, refused.stderr.splitlines())) < 300
    assert "\x1b" not in refused.stderr
    # The characters of one line are twice as wide as those of the other.
    begin = len(carets.rstrip("^")) - shown.count("名")
    assert shown[begin : begin + carets.count("^")] == "tag:"


def test_what_is_wrong_as_a_whole_takes_one_line(cli: Run) -> None:
    refused = cli("recipients", "list", "--to", "everybody")
    assert refused.status == 2
    assert refused.stderr.count("\n") == 1
