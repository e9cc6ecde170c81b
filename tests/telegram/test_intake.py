"""Updates are read into events, whatever somebody put into them."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hsl_tui.models.intake import AnswerKind, Profile
from hsl_tui.telegram.intake import (
    Command,
    Membership,
    Migration,
    Update,
    chats_of,
    read_chat,
    read_updates,
)
from hsl_tui.telegram.simulator.messages import bot_user
from hsl_tui.telegram.simulator.updates import (
    command_update,
    group,
    group_membership_update,
    group_message_update,
    membership_update,
    migration_update,
)

NAME = "simulated_1_bot"
BOT = bot_user(1)


def read(update: dict[str, Any]) -> Update:
    (found,) = read_updates([{"update_id": 7, **update}], NAME)
    assert found.id == 7
    return found


def command(text: str) -> Any:
    return read(command_update(5, text)).event


@pytest.mark.parametrize(
    ("text", "kind", "payload"),
    [
        ("/start", AnswerKind.START, None),
        ("/start abc_-9", AnswerKind.START, "abc_-9"),
        (f"/start {'x' * 64}", AnswerKind.START, "x" * 64),
        (f"/start {'x' * 65}", AnswerKind.START, None),
        ("/start two words", AnswerKind.START, None),
        ("/start ünsafe", AnswerKind.START, None),
        ("/start a;b", AnswerKind.START, None),
        (f"/start@{NAME} abc", AnswerKind.START, "abc"),
        (f"/stop@{NAME.upper()}", AnswerKind.STOP, None),
        ("/stop now please", AnswerKind.STOP, None),
        ("/help ", AnswerKind.HELP, None),
        ("/help abc", AnswerKind.HELP, None),
    ],
)
def test_a_command_to_the_bot_is_read(text: str, kind: AnswerKind, payload: str | None) -> None:
    assert command(text) == Command(Profile(5, first_name="Recipient 5"), kind, payload)


@pytest.mark.parametrize(
    "text",
    ["start", " /start", "/starting", "/START", "/start@another_bot", "/", "hello", "/stop\0", ""],
)
def test_what_is_no_command_to_the_bot_is_none(text: str) -> None:
    assert command(text or "x") is None


def test_in_a_group_the_bot_must_be_meant_and_the_group_is_the_recipient() -> None:
    assert read(group_message_update(-5, 7, "/start abc")).event is None
    assert read(group_message_update(-5, 7, "/start@another_bot abc")).event is None
    meant = read(group_message_update(-5, 7, f"/start@{NAME} abc", title="G")).event
    assert meant == Command(Profile(-5, first_name="G"), AnswerKind.START, "abc")


def test_bots_are_no_recipients_but_an_anonymous_administrator_speaks_for_the_group() -> None:
    assert read(command_update(5, "/start", is_bot=True)) == Update(7)
    update = group_message_update(-5, 7, f"/stop@{NAME}", is_bot=True)
    assert read(update).event is None
    assert [one.chat_id for one in read(update).seen] == [-5]
    update["message"]["sender_chat"] = update["message"]["chat"]
    assert isinstance(read(update).event, Command)


def test_names_are_those_of_the_sender_and_of_the_chat() -> None:
    person = {"first_name": "Ann", "last_name": "Lee", "username": "ann", "language_code": "en"}
    assert read(command_update(5, "hello", **person)).seen == (
        Profile(5, "ann", "Ann", "Lee", "en"),
    )
    in_group = read(group_message_update(-5, 5, "hello", title="G", **person))
    assert in_group.seen == (Profile(-5, None, "G"), Profile(5, "ann", "Ann", "Lee", "en"))
    post = {"channel_post": {"chat": group(-1005, "News", "channel"), "text": "x"}}
    assert read(post).seen == (Profile(-1005, None, "News"),)


def test_a_person_blocks_and_unblocks() -> None:
    gone, back = (
        read(membership_update(5, BOT, blocked=blocked)).event for blocked in (True, False)
    )
    assert isinstance(gone, Membership)
    assert gone.lost == "The recipient blocked the bot."
    assert back == Membership(Profile(5, first_name="Recipient 5"), None)


@pytest.mark.parametrize(
    ("kind", "status", "rights", "may_write"),
    [
        ("group", "member", {}, True),
        ("supergroup", "administrator", {}, True),
        ("supergroup", "creator", {}, True),
        ("supergroup", "restricted", {"is_member": True, "can_send_messages": True}, True),
        ("supergroup", "restricted", {"is_member": True, "can_send_messages": False}, False),
        ("supergroup", "restricted", {"is_member": False, "can_send_messages": True}, False),
        ("supergroup", "restricted", {}, False),
        ("group", "left", {}, False),
        ("supergroup", "kicked", {}, False),
        ("channel", "administrator", {"can_post_messages": True}, True),
        ("channel", "administrator", {"can_post_messages": False}, False),
        ("channel", "administrator", {}, False),
        ("channel", "member", {}, False),
        ("channel", "left", {}, False),
        ("channel", "something new", {}, None),
        ("group", ["member"], {}, None),
    ],
)
def test_whether_the_bot_may_write_in_a_group_or_channel(
    *, kind: str, status: Any, rights: dict[str, bool], may_write: bool | None
) -> None:
    where = group(-1005, "G", kind)
    event = read(group_membership_update(where, BOT, status, **rights)).event
    if may_write is None:
        assert event is None
    else:
        assert isinstance(event, Membership)
        assert (event.lost is None) is may_write


def test_a_migration_is_told_from_both_sides() -> None:
    assert read(migration_update(-5, -1005)).event == Migration(-5, -1005)
    there = {"message": {"chat": group(-1005), "migrate_from_chat_id": -5}}
    assert read(there).event == Migration(-5, -1005)
    assert read(migration_update(-5, 5)).event is None
    assert chats_of([read(there)]) == {-5, -1005}


def test_updates_come_in_their_order_each_number_once() -> None:
    numbers: list[Any] = [9, 7, 7, True, -1, 2**63, 1.5, "8", None]
    found = read_updates([{"update_id": number} for number in numbers] + [None, [], {}], NAME)
    assert found == [Update(7), Update(9)]


@pytest.mark.parametrize("result", [None, True, 1, "x", {}, {"update_id": 1}, [[1]]])
def test_what_are_no_updates_are_none(result: object) -> None:
    assert read_updates(result, NAME) == []


@pytest.mark.parametrize(
    "chat",
    [
        {"id": 5},
        {"id": 5, "type": "group"},
        {"id": -5, "type": "private"},
        {"id": 0, "type": "private"},
        {"id": 2**63, "type": "private"},
        {"id": True, "type": "private"},
        {"id": "5", "type": "private"},
        {"id": 5, "type": ["private"]},
        None,
        [],
    ],
)
def test_what_is_no_chat_is_none(chat: Any) -> None:
    assert read_chat(chat) is None
    assert read({"message": {"chat": chat, "text": "/start"}}) == Update(7)


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(st.data())
def test_nothing_in_an_update_keeps_it_from_being_read(data: st.DataObject) -> None:
    templates = [
        command_update(5, "/start abc", username="ann", last_name="x", language_code="en"),
        group_message_update(-5, 7, f"/stop@{NAME}"),
        group_membership_update(group(-5), BOT, "restricted", is_member=True),
        migration_update(-5, -1005),
    ]
    update = json.loads(json.dumps(data.draw(st.sampled_from(templates))))
    for _ in range(data.draw(st.integers(1, 3))):
        place: Any = update
        while True:
            key = data.draw(st.sampled_from(sorted(place)))
            if isinstance(place[key], dict) and place[key] and data.draw(st.booleans()):
                place = place[key]
                continue
            place[key] = data.draw(VALUES)
            break
    found = read(update)
    for profile in found.seen:
        assert isinstance(profile.chat_id, int)
        assert all(
            isinstance(one, str | None)
            for one in (profile.username, profile.first_name, profile.last_name)
        )
    chats_of([found])
