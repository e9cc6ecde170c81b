"""`broadcasts edit` and `broadcasts recall`."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from hsl_tui.telegram.simulator import FaultRule, Match, SimulatorThread
from tests.cli.conftest import Run


@pytest.fixture
def sent(
    cli: Run,
    recipients: None,  # noqa: ARG001 - whom it is sent to
    deliver: Callable[[], None],
) -> Run:
    """Broadcast 1 has reached Ada, Grace and Alan."""
    cli("broadcasts", "send", "--text", "Hello {{ first_name }}", "--to", "all")
    deliver()
    return cli


def test_a_recall_says_what_it_does_and_what_became_of_it(
    sent: Run, deliver: Callable[[], None], telegram: SimulatorThread
) -> None:
    result = sent("broadcasts", "recall", 1)
    assert result.status == 0
    assert "Broadcast 2 recalls 3 messages of broadcast 1" in result.stdout
    deliver()
    assert telegram.chat_messages(11) == []
    shown = sent("broadcasts", "show", 1, "--json").json
    assert (shown["counts"]["deleted"], shown["counts"]["sent"]) == (3, 0)
    assert {one["status"] for one in sent("broadcasts", "deliveries", 1, "--json").json} == {
        "deleted"
    }
    assert shown["follow_ups"] == [{"id": 2, "act": "recall", "state": "finished"}]
    assert "recall 2 (finished)" in sent("broadcasts", "show", 1).stdout
    recall = sent("broadcasts", "show", 2, "--json").json
    assert (recall["act"], recall["target_id"], recall["state"]) == ("recall", 1, "finished")


@pytest.mark.parametrize("act", ["recall", "edit"])
def test_what_has_no_number_is_said_to_stay(
    cli: Run,
    recipients: None,  # noqa: ARG001 - whom it is sent to
    deliver: Callable[[], None],
    telegram: SimulatorThread,
    act: str,
) -> None:
    telegram.add_faults(FaultRule("cut_after", Match(chats=frozenset({12}))))
    cli("broadcasts", "send", "--text", "Hello", "--to", "all", "--on-uncertain", "hold")
    deliver()
    telegram.clear_faults()
    cli("broadcasts", "resolve", 1, "--as", "sent")
    text = ["--text", "Corrected"] if act == "edit" else []
    result = cli("broadcasts", act, 1, *text)
    assert f"Broadcast 2 {act}s 2 messages of broadcast 1" in result.stdout
    assert f"1 of 3 cannot be {act}ed: Telegram's answer" in result.stderr
    deliver()
    (failed,) = cli("broadcasts", "deliveries", 2, "--status", "failed", "--json").json
    assert failed["chat_id"] == 12
    assert failed["error"] == "The message's number is not on record."


@pytest.mark.parametrize("act", ["recall", "edit"])
def test_what_went_to_who_was_forgotten_is_said_to_stay(sent: Run, act: str) -> None:
    sent("recipients", "forget", 11, "--yes")
    text = ["--text", "Corrected"] if act == "edit" else []
    result = sent("broadcasts", act, 1, *text)
    assert f"Broadcast 2 {act}s 2 messages of broadcast 1" in result.stdout
    assert f"1 of 3 cannot be {act}ed: it went to somebody who was forgotten" in result.stderr


def test_a_program_is_told_how_many_have_no_number(sent: Run) -> None:
    assert sent("broadcasts", "recall", 1, "--json").json["without_number"] == 0


def test_an_edit_takes_its_text_like_a_send(
    sent: Run, deliver: Callable[[], None], telegram: SimulatorThread
) -> None:
    text = b"Dear <b>{{ first_name }}</b>"
    result = sent("broadcasts", "edit", 1, "--text-file", "-", "--json", stdin=text)
    assert (result.status, result.json["id"], result.json["act"]) == (0, 2, "edit")
    deliver()
    assert [one["text"] for one in telegram.chat_messages(12)] == ["Dear Grace"]


def test_an_edit_says_that_those_to_come_get_the_text_as_it_was(
    cli: Run,
    recipients: None,  # noqa: ARG001 - whom it is sent to
    deliver: Callable[[], None],
    telegram: SimulatorThread,
) -> None:
    telegram.add_faults(FaultRule("cut_before", Match(chats=frozenset({12}))))
    cli("broadcasts", "send", "--text", "Hello", "--to", "all", "--on-uncertain", "resend")
    deliver()
    cli("broadcasts", "pause", 1)
    edited = cli("broadcasts", "edit", 1, "--text", "Corrected")
    assert edited.status == 0
    assert "1 still waits in broadcast 1 and will get the text as it was" in edited.stderr


def test_one_message_is_told_of_as_one(
    cli: Run,
    recipients: None,  # noqa: ARG001 - whom it is sent to
    deliver: Callable[[], None],
    telegram: SimulatorThread,
) -> None:
    telegram.add_faults(FaultRule("cut_before", Match(chats=frozenset({11, 12}))))
    cli("broadcasts", "send", "--text", "Hello", "--to", "all", "--on-uncertain", "resend")
    deliver()
    cli("broadcasts", "pause", 1)
    edited = cli("broadcasts", "edit", 1, "--text", "Corrected")
    assert "Broadcast 2 edits 1 message of broadcast 1;" in edited.stdout
    assert "2 still wait in broadcast 1 and will get the text as it was" in edited.stderr


def test_what_cannot_be_is_one_sentence_and_changes_nothing(sent: Run) -> None:
    refused = sent("broadcasts", "edit", 1, "--text", "<b>open")
    assert refused.status == 2
    assert "can't parse entities" in refused.stderr.lower()
    assert sent("broadcasts", "recall", 7).status == 2
    sent("broadcasts", "recall", 1)
    again = sent("broadcasts", "recall", 1)
    assert again.status == 1
    assert "being recalled by broadcast 2" in again.stderr
    assert [one["id"] for one in sent("broadcasts", "list", "--json").json] == [2, 1]


def test_the_lists_say_what_is_no_message_of_its_own(sent: Run) -> None:
    sent("broadcasts", "recall", 1)
    assert "recall of 1" in sent("broadcasts", "list").stdout
    assert "recall of broadcast 1" in sent("broadcasts", "show", 2).stdout
