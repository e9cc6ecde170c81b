from __future__ import annotations

from pathlib import Path

import pytest

from hsl_tui.telegram.simulator import FaultRule, Match, SimulatorThread
from tests.cli.conftest import Run

CHECK = ("broadcasts", "check")
TEST = ("broadcasts", "test")


# --- check ------------------------------------------------------------------------------------


def test_check_counts_as_telegram_does(bare_cli: Run) -> None:
    result = bare_cli(*CHECK, "--text", "👍 <b>bold</b> <a href='https://e.org'>x</a>", "--json")

    assert result.status == 0
    assert result.stderr == ""
    assert result.json == {
        "ok": True,
        "text": "👍 bold x",
        "entities": [
            {"type": "bold", "offset": 3, "length": 4},
            {"type": "text_link", "offset": 8, "length": 1, "url": "https://e.org/"},
        ],
        "length": 9,
        "error": None,
        "error_at": None,
        "warnings": [],
    }


def test_check_names_the_place_of_an_error(bare_cli: Run) -> None:
    result = bare_cli(*CHECK, "--text-file", "-", "--json", stdin=b"fine\nnot <br> fine")

    assert result.status == 2
    assert result.json["ok"] is False
    assert 'Unsupported start tag "br"' in result.json["error"]
    assert result.json["error_at"] == {"line": 2, "column": 5}
    assert len(result.stderr.splitlines()) == 1
    assert "(line 2, column 5)" in result.stderr


def test_check_holds_captions_against_their_own_limit(bare_cli: Run) -> None:
    assert bare_cli(*CHECK, "--text", "x" * 1025).status == 0
    assert bare_cli(*CHECK, "--text", "x" * 1025, "--caption").status == 2
    assert bare_cli(*CHECK, "--text", "", "--caption").status == 0


def test_check_tells_people_what_arrives(bare_cli: Run) -> None:
    text = "<i>Hello</i> {{ first_name }} <tg-spoiler>cake</tg-spoiler>"
    result = bare_cli(*CHECK, "--text", text)

    assert "│ Hello Alex ▒▒▒▒ " in result.stdout
    assert "15 of 4096 characters, 2 entities" in result.stdout
    assert "│ Hello Alex cake " in bare_cli(*CHECK, "--text", text, "--reveal").stdout


def test_check_shows_the_link_that_is_previewed_but_not_of_a_caption(bare_cli: Run) -> None:
    text = "https://example.org/news"
    assert "🔗 example.org" in bare_cli(*CHECK, "--text", text).stdout
    assert "🔗" not in bare_cli(*CHECK, "--text", text, "--caption").stdout


def test_check_warns_of_what_would_be_shown_otherwise(bare_cli: Run) -> None:
    text = "Hi {{ first_name }},\n<a href='javascript:x'>y</a> &nbsp;"

    result = bare_cli(*CHECK, "--text", text, "--json")
    assert (result.status, result.json["ok"]) == (0, True)
    assert [(one["kind"], one["line"], one["column"]) for one in result.json["warnings"]] == [
        ("dead_link", 2, 1),
        ("literal_reference", 2, 30),
    ]
    assert "javascript:x" in result.json["warnings"][0]["message"]

    shown = bare_cli(*CHECK, "--text", text).stdout
    assert "Warning (line 2, column 1): Telegram makes no link of javascript:x" in shown


def test_check_names_the_place_of_what_is_no_template(bare_cli: Run) -> None:
    result = bare_cli(*CHECK, "--text", "Hi {{ first_name }},\nfrom {{ city }}", "--json")

    assert result.status == 2
    assert result.json["error_at"] == {"line": 2, "column": 9}
    assert "known are first_name" in result.json["error"]
    assert "(line 2, column 9)" in result.stderr


@pytest.mark.usefixtures("recipients")
def test_check_can_make_a_text_up_for_all_it_is_meant_for(cli: Run) -> None:
    to = ("--to", "tag:news")
    well = cli(*CHECK, "--text", "{{ city|default('?') }} {{ first_name }}", *to, "--json")
    assert (well.status, well.stderr, well.json["text"]) == (0, "", "London Ada")
    assert well.json["audience"] == {
        "checked": 2,
        "too_long": 0,
        "empty": 0,
        "broken": 0,
        "first": [],
    }
    assert "for all 3" in cli(*CHECK, "--text", "{{ first_name }}", "--to", "all").stdout

    wrong = cli(*CHECK, "--text", "To {{ city }}", *to, "--json")
    assert (wrong.status, wrong.json["ok"]) == (2, False)
    assert (wrong.json["audience"]["checked"], wrong.json["audience"]["broken"]) == (2, 1)
    (grace,) = wrong.json["audience"]["first"]
    assert (grace["chat_id"], grace["first_name"]) == (12, "Grace")
    assert "'city' is undefined" in grace["reason"]
    assert "12 (Grace)" in wrong.stderr
    assert cli("broadcasts", "list", "--json").json == []


def test_check_needs_no_database_and_makes_none(
    bare_cli: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    file = tmp_path / "none.sqlite3"
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{file}")
    assert bare_cli(*CHECK, "--text", "x").status == 0
    assert not file.exists()

    monkeypatch.setenv("DATABASE_URL", "postgresql://nobody@127.0.0.1:1/none")
    assert bare_cli(*CHECK, "--text", "x").status == 0

    unknown = bare_cli(*CHECK, "--text", "{{ city }}")
    assert unknown.status == 2
    assert "city" in unknown.stderr


@pytest.mark.usefixtures("recipients")
def test_check_knows_the_attributes_of_the_recipients_on_record(cli: Run) -> None:
    assert cli(*CHECK, "--text", "To {{ city }}").status == 0


# --- test -------------------------------------------------------------------------------------


@pytest.mark.usefixtures("recipients")
def test_a_test_is_sent_at_once_outside_any_broadcast_and_on_record(
    cli: Run, telegram: SimulatorThread
) -> None:
    result = cli(
        *TEST, "--text", "Hi {{ first_name }}!", "--chat", 11, "--chat", 99, "--silent", "--json"
    )

    assert (result.status, result.stderr) == (0, "")
    assert [(one["chat_id"], one["ok"], one["error"]) for one in result.json] == [
        (11, True, None),
        (99, True, None),
    ]
    assert all(one["telegram_message_id"] > 0 for one in result.json)
    assert [message.text for message in telegram.accepted()] == ["Hi Ada!", "Hi !"]
    assert cli("broadcasts", "list", "--json").json == []
    after, before = cli("audit", "list", "--json").json
    assert before["action"] == "broadcast.test"
    assert before["details"] == {"chats": [11, 99], "text": "Hi {{ first_name }}!"}
    assert after["action"] == "broadcast.test_result"
    assert [one["ok"] for one in after["details"]["results"]] == [True, True]


def test_one_chat_that_fails_makes_the_test_fail(cli: Run, telegram: SimulatorThread) -> None:
    telegram.add_faults(FaultRule("blocked", Match(chats=frozenset({12}))))

    result = cli(*TEST, "--text", "x", "--chat", 12, "--chat", 13, "--json")

    assert result.status == 1
    assert "1 of 2 chats" in result.stderr
    assert result.json[0] == {
        "chat_id": 12,
        "ok": False,
        "telegram_message_id": None,
        "error_code": 403,
        "error": "Forbidden: bot was blocked by the user",
    }
    assert result.json[1]["ok"] is True
    assert "failed" in cli(*TEST, "--text", "x", "--chat", 12).stdout


def test_a_file_is_uploaded_once_for_all_chats(
    cli: Run, telegram: SimulatorThread, tmp_path: Path
) -> None:
    photo = tmp_path / "photo.jpg"
    photo.write_bytes(b"\xff\xd8\xff picture")

    result = cli(*TEST, "--text", "x", "--photo", photo, "--chat", 1, "--chat", 2)

    assert result.status == 0
    assert [message.method for message in telegram.accepted()] == ["sendPhoto", "sendPhoto"]
    first, second = (telegram.chat_messages(chat)[0]["photo"] for chat in (1, 2))
    assert first[-1]["file_id"] == second[-1]["file_id"]


def test_a_flood_wait_stops_the_whole_bot(cli: Run, telegram: SimulatorThread) -> None:
    flood = FaultRule("flood", Match(chats=frozenset({1})), parameters={"retry_after": 3600})
    telegram.add_faults(flood)

    assert cli(*TEST, "--text", "x", "--chat", 1).status == 1

    telegram.clear_faults()
    again = cli(*TEST, "--text", "x", "--chat", 2)
    assert again.status == 1
    assert "Telegram has asked this bot to wait for another" in again.stderr
    assert telegram.accepted(2) == ()


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (["--text", "<b>x", "--chat", "1"], "Can't find end tag"),
        (["--text", "x", "--chat", "zero"], "'zero' is not a chat id"),
        (["--text", "x", "--chat", "0"], "0 is not a chat id"),
        (["--text", "x", "--chat", "1", "--button", "x"], "'x' is not a button"),
    ],
)
def test_what_cannot_be_tested_ends_with_2_and_calls_nobody(
    cli: Run, telegram: SimulatorThread, options: list[str], says: str
) -> None:
    result = cli(*TEST, *options)

    assert result.status == 2
    assert says in result.stderr
    assert telegram.stats.accepted == 0
    assert cli("audit", "list", "--json").json == []


def test_without_a_token_nothing_is_sent_and_it_says_so(cli: Run) -> None:
    result = cli(*TEST, "--text", "x", "--chat", 1)

    assert result.status == 1
    assert "No bot token is set" in result.stderr
