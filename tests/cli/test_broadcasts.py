from __future__ import annotations

import csv
import re
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from hsl_tui.telegram.simulator import FaultRule, Match, SimulatorThread
from tests.cli.conftest import Run

pytestmark = pytest.mark.usefixtures("recipients")

SHOW_KEYS = {
    "id",
    "state",
    "text",
    "scheduled_at",
    "created_at",
    "started_at",
    "finished_at",
    "total_recipients",
    "successful_deliveries",
    "counts",
}
DELIVERY_KEYS = {
    "chat_id",
    "status",
    "attempts",
    "telegram_message_id",
    "error_code",
    "error",
    "sent_at",
}
SEND = ("broadcasts", "send", "--json")
PHOTO = ("--photo", "https://example.org/a.png")
DOCUMENT = ("--document", "https://example.org/a.pdf")
BUTTON = ("--button", "Read=https://example.org")


def send(cli: Run, *options: object) -> Any:
    result = cli(*SEND, *options)
    assert (result.status, result.stderr) == (0, "")
    return result.json


# --- send -------------------------------------------------------------------------------------


def test_send_prints_what_was_queued_and_nothing_else(cli: Run) -> None:
    queued = send(cli, "--text", "Hello", "--to", "all", "--to", "!tag:news")

    assert queued == {"id": 1, "state": "sending", "scheduled_at": None, "total_recipients": 1}


def test_people_are_told_where_the_broadcast_stands(cli: Run) -> None:
    now = cli("broadcasts", "send", "--text", "x", "--to", "all")
    later = cli("broadcasts", "send", "--text", "x", "--to", "all", "--at", "2090-07-01T09:00")

    assert now.stdout == "Broadcast 1 is sending, to 3 recipients.\n"
    assert later.stdout == (
        "Broadcast 2 is scheduled for 2090-07-01 09:00:00+02:00, to 3 recipients.\n"
    )


def test_a_time_without_an_offset_is_meant_in_the_zone_of_the_settings(cli: Run) -> None:
    queued = send(cli, "--text", "x", "--to", "all", "--at", "2090-07-01T09:00")

    assert queued["state"] == "scheduled"
    assert queued["scheduled_at"] == "2090-07-01T07:00:00+00:00"
    said = cli("broadcasts", "show", 1).stdout
    assert "2090-07-01 09:00:00+02:00" in said


def test_every_option_of_send_is_kept(cli: Run, tmp_path: Path) -> None:
    photo = tmp_path / "photo.jpg"
    photo.write_bytes(b"\xff\xd8\xff picture")
    send(
        cli,
        "--text-file",
        _file(tmp_path, "<b>Hi</b>\r\nthere"),
        "--to",
        "tag:news",
        "--photo",
        photo,
        "--button",
        "One=https://example.org/1|Two=https://example.org/2",
        "--button",
        "Three=https://example.org/3",
        "--silent",
        "--protect",
        "--no-preview",
        "--on-uncertain",
        "resend",
        "--priority",
        "urgent",
        "--draft",
    )

    kept = cli("broadcasts", "show", 1, "--json").json
    assert kept["state"] == "draft"
    assert kept["text"] == "<b>Hi</b>\nthere"
    assert kept["on_uncertain"] == "resend"
    assert kept["priority"] == "urgent"
    assert kept["audience"] == ["tag:news"]
    content = kept["content"]
    assert [item["kind"] for item in content["media"]] == ["photo"]
    assert [[button["text"] for button in row] for row in content["buttons"]] == [
        ["One", "Two"],
        ["Three"],
    ]
    assert (content["silent"], content["protect"], content["link_preview"]) == (True, True, False)


def test_every_option_of_a_text_is_kept(cli: Run) -> None:
    send(
        cli,
        *("--text", "x", "--to", "all", "--topic", 7, "--effect", "5104841245755180586"),
        *("--preview-size", "small", "--preview-above", "--preview-url", "https://example.org"),
        *("--button", "[danger] Leave=https://example.org/1|Stay=https://example.org/2"),
    )

    content = cli("broadcasts", "show", 1, "--json").json["content"]
    assert (content["message_thread_id"], content["message_effect_id"]) == (
        7,
        "5104841245755180586",
    )
    assert content["preview_size"] == "small"
    assert content["preview_above"] is True
    assert content["preview_url"] == "https://example.org"
    assert content["buttons"][0] == [
        {"text": "Leave", "url": "https://example.org/1", "style": "danger"},
        {"text": "Stay", "url": "https://example.org/2", "style": None},
    ]
    shown = cli("broadcasts", "show", 1).stdout
    assert "[danger] Leave=https://example.org/1 | Stay=https://example.org/2" in shown
    for word in ("small link preview", "above the text", "topic 7", "effect 5104841245755180586"):
        assert word in shown


def test_an_album_keeps_the_order_in_which_it_was_typed(cli: Run, tmp_path: Path) -> None:
    photo = tmp_path / "a.jpg"
    photo.write_bytes(b"\xff\xd8\xff picture")
    url = "https://example.org/{}".format
    send(
        cli,
        *("--video", url(1), "--to", "all", "--photo", photo, f"--video={url(2)}"),
        *("--photo", url(3), "--caption-above", "--spoiler", "--text", "An album"),
    )

    content = cli("broadcasts", "show", 1, "--json").json["content"]
    media = content["media"]
    assert [item["kind"] for item in media] == ["video", "photo", "video", "photo"]
    assert [item["url"] for item in media] == [url(1), None, url(2), url(3)]
    assert all(item["spoiler"] for item in media)
    assert content["caption_above"] is True
    shown = cli("broadcasts", "show", 1).stdout
    assert f"video {url(1)}, covered; photo a.jpg, covered; video {url(2)}" in shown
    assert "caption above the media" in shown


def test_the_text_can_come_from_standard_input(cli: Run) -> None:
    result = cli(*SEND, "--text-file", "-", "--to", "all", stdin="Grüße".encode())

    assert result.status == 0
    assert cli("broadcasts", "show", 1, "--json").json["text"] == "Grüße"


def test_the_same_key_queues_nothing_twice(cli: Run) -> None:
    options = ("--text", "x", "--to", "all", "--idempotency-key", "monday")

    assert send(cli, *options)["id"] == send(cli, *options)["id"] == 1
    assert len(cli("broadcasts", "list", "--json").json) == 1


def test_a_draft_is_queued_later(cli: Run) -> None:
    drafted = cli("broadcasts", "send", "--text", "x", "--to", "all", "--draft")
    assert drafted.stdout == "Broadcast 1 is a draft; `hsl-tui broadcasts queue 1` queues it.\n"

    queued = cli("broadcasts", "queue", 1, "--at", "2090-01-01T00:00Z", "--json").json
    assert queued["state"] == "scheduled"
    assert queued["total_recipients"] == 3
    again = cli("broadcasts", "queue", 1)
    assert (again.status, again.stderr) == (
        1,
        "hsl-tui: Broadcast 1 is scheduled; only a draft can be queued.\n",
    )


def test_a_draft_is_queued_for_the_time_that_it_was_drafted_for(cli: Run) -> None:
    order = ("broadcasts", "send", "--text", "x", "--to", "all", "--draft")
    drafted = cli(*order, "--at", "2090-01-01T00:00Z")
    assert "queues it for 2090-01-01" in drafted.stdout
    cli(*order, "--at", "2090-01-01T00:00Z")

    kept = cli("broadcasts", "queue", 1, "--json").json
    assert (kept["state"], kept["scheduled_at"][:10]) == ("scheduled", "2090-01-01")
    assert cli("broadcasts", "queue", 2, "--at", "now", "--json").json["state"] == "sending"


def test_what_telegram_shows_otherwise_is_said_where_it_is_queued(cli: Run) -> None:
    text = 'Hi {{ first_name }}\n<a href="javascript:x()">there</a>'
    queued = cli("broadcasts", "send", "--text", text, "--to", "all", "--json")
    assert queued.json["state"] == "sending"
    assert queued.stderr.startswith("hsl-tui: Warning (line 2, column 1): Telegram makes no link")
    assert len(queued.stderr.splitlines()) == 1


@pytest.mark.usefixtures("recipients")
def test_a_text_that_comes_out_wrong_for_some_is_refused_or_sent_to_the_others(cli: Run) -> None:
    order = ("broadcasts", "send", "--text", "To {{ city }}", "--to", "all", "--json")

    refused = cli(*order)
    assert refused.status == 2
    assert "wrong for 2 of 3 recipients (2 broken): 12 (Grace): 'city'" in refused.stderr
    assert "--leave-out-unfit" in refused.stderr
    assert len(refused.stderr.splitlines()) == 1
    assert cli("broadcasts", "list", "--json").json == []

    assert cli(*order, "--leave-out-unfit").json["total_recipients"] == 1

    draft = cli(*order, "--draft").json["id"]
    assert cli("broadcasts", "queue", draft).status == 2
    assert cli("broadcasts", "show", draft, "--json").json["state"] == "draft"
    queued = cli("broadcasts", "queue", draft, "--leave-out-unfit", "--json")
    assert queued.json["total_recipients"] == 1


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (["--text", "a <br> b"], 'Unsupported start tag "br"'),
        (["--text", "x" * 4097], "too long: 4097 of 4096"),
        (["--text", ""], "empty"),
        (["--text", "{{ shoe_size }}"], "shoe_size"),
        (["--text", "x", "--at", "2020-01-01T00:00Z"], "is in the past"),
        (["--text", "x", "--at", "tomorrow"], "'tomorrow' is not a time"),
        (["--text", "x", "--at", "9999-12-31T23:59Z"], "is too far away"),
        (["--text", "x", "--at", "0001-01-01"], "is too far away"),
        (["--text", "\udcff", "--to", "tag:x"], "is not UTF-8"),
        (["--text", "x", "--idempotency-key", "\udcff"], "is not UTF-8"),
        (["--text", "x", "--photo", "p" * 300 + ".jpg"], "File name too long"),
        (["--text", "x", "--to", "everybody"], "'everybody' is not a selector"),
        (["--text", "x", "--to", "tag:nobody"], "Nothing on record matches tag:nobody"),
        (["--text", "x", "--to", "!all"], "No active recipient"),
        (["--text", "x", "--button", "Read more"], "'Read more' is not a button"),
        (["--text", "x", "--button", "Read=javascript:1"], "takes an https://"),
        (["--text", "x", "--photo", "/nowhere.jpg"], "'/nowhere.jpg' cannot be read"),
        ([*PHOTO, *DOCUMENT], "documents alone"),
        ([*PHOTO] * 11, "10 items at most, not 11"),
        ([*PHOTO, *PHOTO, *BUTTON], "no buttons under an album"),
        (["--text", "x", "--spoiler"], "A spoiler covers media"),
        (["--text", "x", "--effect", "fire"], "id of a message effect"),
        (["--text", "x", "--idempotency-key", "k" * 256], "1 to 255 characters"),
        ([], "There is no text"),
        (["--text", "x", "--text-file", "-"], "Give the text in one way"),
        (["--text-file", "/nowhere.txt"], "no such file"),
    ],
)
def test_what_cannot_be_sent_ends_with_2_and_queues_nothing(
    cli: Run, options: list[str], says: str
) -> None:
    result = cli(*SEND, "--to", "all", *options)

    assert result.status == 2
    assert result.stdout == ""
    assert says in result.stderr
    assert len(result.stderr.splitlines()) == 1
    assert cli("broadcasts", "list", "--json").json == []
    assert cli("audit", "list", "--json").json == []


@pytest.mark.parametrize(("raw", "says"), [(b"\xff\xfe", "is not UTF-8"), (b"a\0b", "NUL")])
def test_a_file_that_is_not_text_is_refused(cli: Run, raw: bytes, says: str) -> None:
    result = cli(*SEND, "--to", "all", "--text-file", "-", stdin=raw)

    assert result.status == 2
    assert says in result.stderr


# --- reading ----------------------------------------------------------------------------------


def test_show_has_the_keys_of_the_interface(cli: Run) -> None:
    send(cli, "--text", "x", "--to", "all")

    shown = cli("broadcasts", "show", 1, "--json").json

    assert shown.keys() >= SHOW_KEYS
    assert shown["counts"]["pending"] == shown["total_recipients"] == 3
    assert sum(shown["counts"].values()) == 3
    assert datetime.fromisoformat(shown["created_at"]).tzinfo == UTC


def test_list_goes_from_the_newest_and_picks_by_state(cli: Run) -> None:
    for text in ("one", "two", "three"):
        send(cli, "--text", text, "--to", "all")
    cli("broadcasts", "pause", 2)

    assert [one["id"] for one in cli("broadcasts", "list", "--json").json] == [3, 2, 1]
    assert [one["id"] for one in cli("broadcasts", "list", "--limit", 1, "--json").json] == [3]
    paused = cli("broadcasts", "list", "--state", "paused", "--json").json
    assert [one["text"] for one in paused] == ["two"]


def test_an_urgent_broadcast_is_told_from_others(cli: Run) -> None:
    for priority in ("normal", "urgent"):
        send(cli, "--text", "x", "--to", "all", "--at", "2090-01-01", "--priority", priority)

    urgent, normal = cli("broadcasts", "list").stdout.splitlines()[1:]
    assert "scheduled, urgent" in urgent
    assert "urgent" not in normal
    listed = cli("broadcasts", "list", "--json").json
    assert [one["priority"] for one in listed] == ["urgent", "normal"]
    assert re.search(r"^priority +urgent$", cli("broadcasts", "show", 2).stdout, re.MULTILINE)


def test_lists_for_people_are_tables_in_which_nothing_acts(cli: Run) -> None:
    send(cli, "--text", "line\n[red]x\x1b[2J\u202etxt", "--to", "all")

    listed = cli("broadcasts", "list").stdout

    assert listed.splitlines()[0].split()[:2] == ["ID", "STATE"]
    assert "line [red]x\\x1b[2J\\u202etxt" in listed
    assert "\x1b" not in cli("broadcasts", "show", 1).stdout


def test_a_list_for_people_shows_the_beginning_of_a_long_text(cli: Run) -> None:
    send(cli, "--text", "Dear " + "x" * 4000, "--to", "all")
    (row,) = cli("broadcasts", "list").stdout.splitlines()[1:]
    assert row.endswith(" Dear " + "x" * 54 + "…")
    assert len(cli("broadcasts", "list", "--json").json[0]["text"]) == 4005
    assert "x" * 4000 in cli("broadcasts", "show", 1).stdout


@pytest.mark.parametrize("how", ["send", "queue"])
def test_of_a_time_that_comes_twice_it_is_said_which_is_meant(cli: Run, how: str) -> None:
    at = ("--at", "2027-10-31T02:30")
    order = ("--text", "Hi", "--to", "all")
    if how == "send":
        result = cli(*SEND, *order, *at)
    else:
        result = cli("broadcasts", "queue", send(cli, *order, "--draft")["id"], *at, "--json")
    assert result.json["scheduled_at"] == "2027-10-31T00:30:00+00:00"
    assert "this is the first; write 2027-10-31T02:30+01:00 for the second" in result.stderr
    meant = send(cli, *order, "--at", "2027-10-31T02:30+01:00")
    assert meant["scheduled_at"] == "2027-10-31T01:30:00+00:00"


def test_media_without_a_text_is_told_from_an_empty_line(cli: Run) -> None:
    send(cli, "--photo", "https://example.org/a.jpg", "--to", "all")
    assert cli("broadcasts", "list").stdout.rstrip().endswith("(photo)")


def test_deliveries_tell_what_became_of_each(
    cli: Run, telegram: SimulatorThread, deliver: Callable[[], None], tmp_path: Path
) -> None:
    telegram.add_faults(FaultRule("blocked", Match(chats=frozenset({12}))))
    send(cli, "--text", "Hi {{ first_name }}", "--to", "all")
    deliver()

    found = cli("broadcasts", "deliveries", 1, "--json").json
    assert [one["chat_id"] for one in found] == [11, 12, 13]
    assert all(one.keys() >= DELIVERY_KEYS for one in found)
    assert [one["status"] for one in found] == ["sent", "failed", "sent"]
    assert found[0]["telegram_message_id"] > 0
    assert found[1]["error_code"] == 403
    assert found[1]["reason"] == "blocked"
    assert "blocked by the user" in found[1]["error"]

    failed = cli("broadcasts", "deliveries", 1, "--status", "failed", "--json").json
    assert [one["chat_id"] for one in failed] == [12]
    assert len(cli("broadcasts", "deliveries", 1, "--limit", 2, "--json").json) == 2
    found = cli("broadcasts", "deliveries", 1, "--search", "GRA", "--json").json
    assert [one["chat_id"] for one in found] == [12]
    assert "blocked by the user" in cli("broadcasts", "show", 1).stdout

    file = tmp_path / "deliveries.csv"
    assert cli("broadcasts", "export", 1, file).status == 0
    with file.open(newline="", encoding="utf-8") as lines:
        assert [row["status"] for row in csv.DictReader(lines)] == ["sent", "failed", "sent"]


@pytest.mark.parametrize(
    "command",
    [
        ("show",),
        ("deliveries",),
        ("export", "x.csv"),
        ("pause",),
        ("resume",),
        ("cancel",),
        ("retry",),
        ("resolve", "--as", "sent"),
        ("queue",),
    ],
)
def test_an_unknown_id_ends_with_2(cli: Run, tmp_path: Path, command: tuple[str, ...]) -> None:
    name, *rest = (str(tmp_path / word) if word.endswith(".csv") else word for word in command)

    result = cli("broadcasts", name, 77, *rest)

    assert result.status == 2
    assert result.stdout == ""
    assert result.stderr == "hsl-tui: There is no broadcast 77; see `hsl-tui broadcasts list`.\n"


# --- steering ---------------------------------------------------------------------------------


def test_pause_resume_and_cancel_say_where_the_broadcast_stands(cli: Run) -> None:
    send(cli, "--text", "x", "--to", "all")

    assert cli("broadcasts", "pause", 1).stdout == "Broadcast 1 is paused.\n"
    assert cli("broadcasts", "resume", 1, "--json").json["state"] == "sending"
    assert cli("broadcasts", "cancel", 1).stdout == "Broadcast 1 is cancelled.\n"

    refused = cli("broadcasts", "pause", 1)
    assert refused.status == 1
    assert "is cancelled; only a scheduled or sending one" in refused.stderr


def test_what_failed_for_a_passing_reason_is_retried(
    cli: Run, telegram: SimulatorThread, deliver: Callable[[], None]
) -> None:
    telegram.add_faults(FaultRule("no_rights", Match(chats=frozenset({12})), times=1))
    send(cli, "--text", "x", "--to", "all")
    deliver()

    assert "1 deliveries wait again" in cli("broadcasts", "retry", 1).stdout
    deliver()

    shown = cli("broadcasts", "show", 1, "--json").json
    assert shown["successful_deliveries"] == 3
    refused = cli("broadcasts", "retry", 1)
    assert refused.status == 1
    assert "no failed delivery" in refused.stderr


def test_a_choice_of_what_failed_is_retried(
    cli: Run, telegram: SimulatorThread, deliver: Callable[[], None]
) -> None:
    telegram.add_faults(FaultRule("no_rights", Match(chats=frozenset({11, 12, 13})), times=3))
    send(cli, "--text", "x", "--to", "all")
    deliver()

    said = cli("broadcasts", "retry", 1, "--chat-id", 11, "--chat-id", 77).stdout
    assert "1 deliveries wait again" in said
    assert "1 deliveries wait again" in cli("broadcasts", "retry", 1, "--search", "gra").stdout
    refused = cli("broadcasts", "retry", 1, "--search", "zoe")
    assert refused.status == 1
    assert "no failed delivery among those" in refused.stderr
    assert cli("broadcasts", "retry", 1, "--reason", "media").status == 1
    assert cli("broadcasts", "retry", 1, "--reason", "weather").status == 2
    found = cli("broadcasts", "deliveries", 1, "--reason", "no_rights", "--json").json
    assert [one["chat_id"] for one in found] == [13]
    counts = cli("broadcasts", "show", 1, "--json").json["counts"]
    assert (counts["failed"], counts["pending"]) == (1, 2)
    assert "1 deliveries" in cli("broadcasts", "retry", 1, "--reason", "no_rights").stdout


def test_what_is_uncertain_is_settled_either_way(
    cli: Run, telegram: SimulatorThread, deliver: Callable[[], None]
) -> None:
    telegram.add_faults(FaultRule("cut_after", Match(chats=frozenset({11, 12})), times=1))
    send(cli, "--text", "x", "--to", "all")
    deliver()

    assert cli("broadcasts", "show", 1, "--json").json["counts"]["uncertain"] == 2
    settled = cli("broadcasts", "resolve", 1, "--as", "sent", "--chat-id", 11).stdout
    assert "1 uncertain deliveries count as sent" in settled
    again = cli("broadcasts", "resolve", 1, "--as", "resend", "--json").json
    assert again["counts"]["pending"] == 1
    assert cli("broadcasts", "resolve", 1, "--as", "sent").status == 1
    assert cli("broadcasts", "resolve", 1, "--as", "sent", "--chat-id", "x").status == 2


def _file(folder: Path, text: str) -> Path:
    path = folder / "text.html"
    path.write_bytes(text.encode())
    return path
