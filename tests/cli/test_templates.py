"""Templates on the command line: saved, shown, sent from, and on record when they change."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from hsl_tui.telegram.simulator import SimulatorThread
from tests.cli.conftest import Run

pytestmark = pytest.mark.usefixtures("recipients")

JPEG = b"\xff\xd8\xff picture"


def save(cli: Run, *options: object) -> Any:
    result = cli("templates", "save", "weekly", "--json", *options)
    assert (result.status, result.stderr) == (0, "")
    return result.json


@pytest.fixture
def weekly(cli: Run, tmp_path: Path) -> Any:
    """A template with media, a button and an option, whose file is gone; as JSON."""
    photo = tmp_path / "week.jpg"
    photo.write_bytes(JPEG)
    saved = save(
        cli,
        *("--text", "<b>This</b> week, {{ first_name }}"),
        *("--photo", photo, "--spoiler", "--button", "More=https://example.org", "--silent"),
    )
    photo.unlink()
    return saved


def test_a_template_is_read_back(cli: Run, weekly: Any) -> None:
    assert weekly["name"] == "weekly"
    assert weekly["text"] == "<b>This</b> week, {{ first_name }}"
    assert weekly["content"]["silent"] is True
    assert weekly["content"]["media"][0]["spoiler"] is True
    assert set(weekly) == {"name", "text", "content", "changed_by", "created_at", "changed_at"}
    assert cli("templates", "show", "weekly", "--json").json == weekly
    assert cli("templates", "list", "--json").json == [weekly]
    shown = cli("templates", "show", "weekly").stdout
    for said in ("photo week.jpg, covered", "More=https://example.org", "silent", "<b>This</b>"):
        assert said in shown
    assert "<b>This</b> week" in cli("templates", "list").stdout


def test_what_is_sent_says_what_the_template_said_then(
    cli: Run,
    weekly: Any,
    telegram: SimulatorThread,
    deliver: Callable[[], None],
) -> None:
    cli("broadcasts", "send", "--template", "weekly", "--to", "chat:11")
    save(cli, "--text", "Something else")
    cli("templates", "delete", "weekly")
    deliver()
    (message,) = telegram.chat_messages(11)
    assert (message["caption"], message["has_media_spoiler"]) == ("This week, Ada", True)
    assert cli("broadcasts", "show", 1, "--json").json["content"] == weekly["content"]


@pytest.mark.usefixtures("recipients", "weekly")
def test_a_second_order_needs_no_template_any_more(cli: Run) -> None:
    order = ("broadcasts", "send", "--template", "weekly", "--to", "all", "--idempotency-key", "k")
    first = cli(*order, "--json").json
    cli("templates", "delete", "weekly")
    assert cli(*order, "--json").json == first


def test_options_take_the_place_of_the_templates_own(cli: Run, weekly: Any) -> None:
    options = ("--document", "https://example.org/a.pdf", "--button", "Now=https://now.org")
    send = ("broadcasts", "send", "--template", "weekly", "--to", "all", "--json")
    number = cli(*send, *options, "--protect").json["id"]
    sent = cli("broadcasts", "show", number, "--json").json
    assert sent["text"] == weekly["text"]
    (item,) = sent["content"]["media"]
    assert (item["kind"], item["url"]) == ("document", "https://example.org/a.pdf")
    assert [[one["text"] for one in row] for row in sent["content"]["buttons"]] == [["Now"]]
    assert (sent["content"]["silent"], sent["content"]["protect"]) == (True, True)


def test_a_template_is_tried_out(cli: Run, weekly: Any, telegram: SimulatorThread) -> None:
    assert weekly
    assert cli("broadcasts", "test", "--template", "weekly", "--chat", 11).status == 0
    (message,) = telegram.chat_messages(11)
    assert (message["caption"], "photo" in message) == ("This week, Ada", True)


def test_the_audit_log_has_before_and_after(cli: Run) -> None:
    save(cli, "--text", "One")
    save(cli, "--text", "Two", "--protect")
    assert cli("templates", "delete", "weekly").stdout == "The template 'weekly' is deleted.\n"
    details = [
        (one["action"], one["details"])
        for one in cli("audit", "list", "--action", "template.*", "--json").json
    ]
    two = {"text": "Two", "protect": True}
    assert details == [
        ("template.deleted", {"name": "weekly", "before": two}),
        ("template.changed", {"name": "weekly", "before": {"text": "One"}, "after": two}),
        ("template.saved", {"name": "weekly", "after": {"text": "One"}}),
    ]
    assert cli("audit", "verify").status == 0
    assert cli("templates", "list", "--json").json == []


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("templates", "show", "none"), "There is no template 'none'; see `hsl-tui templates l"),
        (("templates", "delete", "none"), "There is no template 'none'"),
        (("broadcasts", "send", "--to", "all", "--template", "none"), "no template 'none'"),
        (
            ("broadcasts", "send", "--to", "all", "--template", "weekly", "--text", "x"),
            "A template has its own text; leave out --text",
        ),
        (("templates", "save", "new"), "There is no text"),
        (("templates", "save", "new", "--text", "<b>"), "find end tag"),
        (("templates", "save", " ", "--text", "x"), "A template needs a name"),
        (("templates", "save", "x" * 65, "--text", "x"), "is longer than 64 characters"),
        (("templates", "save", "a\x1b[31mb", "--text", "x"), "holds a control character"),
        (("templates", "save", "new", "--photo", "/nowhere/a.jpg"), "cannot be read"),
    ],
)
def test_what_cannot_be_done_changes_nothing(
    cli: Run, weekly: Any, arguments: tuple[str, ...], says: str
) -> None:
    refused = cli(*arguments)
    assert (refused.status, refused.stdout) == (2, "")
    assert says in refused.stderr
    assert "\x1b" not in refused.stderr
    assert cli("templates", "list", "--json").json == [weekly]
    assert cli("broadcasts", "list", "--json").json == []


def test_hostile_names_do_nothing_to_a_terminal(cli: Run) -> None:
    name = "\u202e[red]{{ 7*7 }}"
    said = cli("templates", "save", name, "--text", "x").stdout
    said += cli("templates", "show", name).stdout + cli("templates", "list").stdout
    assert "[red]{{ 7*7 }}" in said
    assert "\u202e" not in said
