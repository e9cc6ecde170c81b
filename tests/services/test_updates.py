"""What updates change on record."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from sqlmodel import col, select

from hsl_tui.models.enums import RecipientState
from hsl_tui.models.intake_tables import BotAnswer
from hsl_tui.models.views import RecipientView
from hsl_tui.services import recipients, updates
from hsl_tui.services.context import Context
from hsl_tui.store import profiles
from hsl_tui.store import recipients as rows_of_recipients
from hsl_tui.store.intake import Arrival, take_in
from hsl_tui.telegram.intake import read_updates
from hsl_tui.telegram.simulator.messages import bot_user
from hsl_tui.telegram.simulator.updates import (
    command_update,
    group,
    group_membership_update,
    group_message_update,
    membership_update,
    migration_update,
)
from tests.conftest import NOON

NAME = "simulated_1_bot"
BOT = bot_user(1)
ACTIVE, BLOCKED, DEACTIVATED, UNSUBSCRIBED, INVALID = RecipientState
BLOCK = membership_update(5, BOT, blocked=True)
UNBLOCK = membership_update(5, BOT, blocked=False)


def apply(context: Context, *given: dict[str, Any]) -> Counter[str]:
    read = read_updates([{**one, "update_id": at} for at, one in enumerate(given)], NAME)
    with context.database.write() as session:
        return updates.apply(session, read, bot_id=1, now=context.clock.now())


def add(context: Context, *arrivals: Arrival, state: RecipientState = ACTIVE) -> None:
    with context.database.write() as session:
        take_in(session, arrivals, now=NOON)
        for known in profiles.lock(session, [one.chat_id for one in arrivals]).values():
            rows_of_recipients.set_state(session, known.id, state, reason="before", now=NOON)


def on_record(context: Context) -> dict[int, RecipientView]:
    return {one.chat_id: one for one in recipients.every(context)}


def one(context: Context, chat_id: int = 5) -> RecipientView:
    return on_record(context)[chat_id]


def answered(context: Context) -> list[tuple[int, str]]:
    with context.database.read() as session:
        query = select(BotAnswer.chat_id, BotAnswer.kind).order_by(col(BotAnswer.id))
        return [(chat_id, str(kind)) for chat_id, kind in session.exec(query)]


def test_a_start_adds_somebody_with_their_names_and_the_links_tag(context: Context) -> None:
    person = {"first_name": "Zoë", "last_name": "Lee", "username": "zoe", "language_code": "en"}
    counts = apply(context, command_update(5, "/start june", **person))
    assert counts == {"joined": 1, "tagged": 1}
    who = one(context)
    assert (who.first_name, who.last_name, who.username) == ("Zoë", "Lee", "zoe")
    assert (who.language_code, who.tags, who.state) == ("en", ("june",), ACTIVE)
    assert [found.chat_id for found in recipients.every(context, search="zoe le")] == [5]
    assert answered(context) == [(5, "start")]


@pytest.mark.parametrize("state", list(RecipientState))
def test_a_start_brings_back_who_was_there(context: Context, state: RecipientState) -> None:
    add(context, Arrival(5), state=state)
    counts = apply(context, command_update(5, "/start"))
    assert counts["returned"] == (state is not ACTIVE)
    assert one(context).state is ACTIVE
    if state is not ACTIVE:
        assert one(context).state_reason == "The recipient sent /start."
        assert one(context).state_changed_at == context.clock.now()


@pytest.mark.parametrize("state", list(RecipientState))
def test_a_stop_is_final_whatever_they_were(context: Context, state: RecipientState) -> None:
    add(context, Arrival(5), state=state)
    counts = apply(context, command_update(5, "/stop"), BLOCK, UNBLOCK)
    assert counts["stopped"] == (state is not UNSUBSCRIBED)
    assert one(context).state is UNSUBSCRIBED
    assert answered(context) == [(5, "stop")]


def test_who_is_not_on_record_and_says_stop_is_written_to_by_no_later_import(
    context: Context,
) -> None:
    assert apply(context, command_update(5, "/stop")) == {"noted": 1, "stopped": 1}
    add_again = Arrival(5, first_name="Ann")
    with context.database.write() as session:
        take_in(session, [add_again], now=NOON)
    assert one(context).state is UNSUBSCRIBED


@pytest.mark.parametrize(
    ("state", "after_block", "after_unblock"),
    [
        (ACTIVE, BLOCKED, ACTIVE),
        (BLOCKED, BLOCKED, ACTIVE),
        (DEACTIVATED, BLOCKED, ACTIVE),
        (INVALID, BLOCKED, ACTIVE),
        (UNSUBSCRIBED, UNSUBSCRIBED, UNSUBSCRIBED),
    ],
)
def test_blocking_and_unblocking(
    context: Context,
    state: RecipientState,
    after_block: RecipientState,
    after_unblock: RecipientState,
) -> None:
    add(context, Arrival(5), state=state)
    apply(context, BLOCK)
    assert one(context).state is after_block
    apply(context, UNBLOCK)
    assert one(context).state is after_unblock


def test_who_only_blocks_or_writes_is_not_added(context: Context) -> None:
    updates_of_strangers = (
        BLOCK,
        UNBLOCK,
        command_update(6, "hello"),
        command_update(7, "/help"),
        command_update(8, "/start", is_bot=True),
    )
    assert apply(context, *updates_of_strangers) == {}
    assert on_record(context) == {}
    assert answered(context) == [(7, "help")]


def test_names_are_brought_up_to_date_and_what_is_gone_is_gone(context: Context) -> None:
    add(context, Arrival(5, "ann", "Ann", "Lee", "en", attributes={"city": "Bonn"}))
    counts = apply(context, command_update(5, "hello", first_name="Anna"))
    assert counts == {"renamed": 1}
    who = one(context)
    assert (who.username, who.first_name, who.last_name) == (None, "Anna", None)
    assert (who.language_code, who.attributes) == ("en", {"city": "Bonn"})
    assert list(recipients.every(context, search="ann lee")) == []
    assert [found.chat_id for found in recipients.every(context, search="anna")] == [5]
    assert apply(context, command_update(5, "again", first_name="Anna")) == {}


def test_who_writes_in_a_group_is_brought_up_to_date_too(context: Context) -> None:
    add(context, Arrival(5, first_name="Ann"), Arrival(-5, first_name="G"))
    message = group_message_update(-5, 5, "x", title="H", first_name="Bea", username="b")
    assert apply(context, message) == {"renamed": 2}
    assert one(context).username == "b"
    assert one(context, -5).first_name == "H"


def test_hostile_names_are_kept_as_far_as_they_can_be(context: Context) -> None:
    name = "a\0" + "\ud800" + "[/b]" + "x" * 500
    apply(context, command_update(5, "/start", first_name=name, username="u" * 99))
    who = one(context)
    assert who.first_name is not None
    assert who.first_name.startswith("a�")
    assert (len(who.first_name), len(who.username or "")) == (256, 64)
    assert apply(context, command_update(5, "x", first_name=name, username="u" * 99)) == {}


def test_a_group_joins_when_the_bot_is_let_in_and_is_lost_when_it_is_removed(
    context: Context,
) -> None:
    where = group(-1005, "News", "channel")
    let_in = group_membership_update(where, BOT, "administrator", can_post_messages=True)
    assert apply(context, let_in) == {"joined": 1}
    assert (one(context, -1005).first_name, one(context, -1005).state) == ("News", ACTIVE)
    silenced = group_membership_update(where, BOT, "administrator", can_post_messages=False)
    assert apply(context, silenced) == {"lost": 1}
    assert apply(context, let_in) == {"returned": 1}
    assert apply(context, group_membership_update(where, BOT, "kicked")) == {"lost": 1}
    lost = one(context, -1005)
    assert (lost.state, lost.state_reason) == (BLOCKED, "The bot was removed from the chat.")
    assert answered(context) == []


def test_a_group_that_never_let_the_bot_in_is_not_added(context: Context) -> None:
    assert apply(context, group_membership_update(group(-5), BOT, "left")) == {}
    assert on_record(context) == {}


def test_a_group_that_moves_takes_its_record_along(context: Context) -> None:
    add(context, Arrival(-5, first_name="G", tags=frozenset({"june"})))
    told_twice = {"message": {"chat": group(-1005), "migrate_from_chat_id": -5}}
    left = group_membership_update(group(-5), BOT, "left")
    counts = apply(
        context,
        left,
        group_message_update(-5, 7, f"/help@{NAME}"),
        migration_update(-5, -1005),
        told_twice,
    )
    assert counts["moved"] == 1
    assert on_record(context).keys() == {-1005}
    assert (one(context, -1005).tags, one(context, -1005).state) == (("june",), ACTIVE)
    assert answered(context) == [(-1005, "help")]


@pytest.mark.parametrize("state", [ACTIVE, UNSUBSCRIBED])
def test_a_move_that_is_told_after_the_new_chat_is_known_loses_nothing(
    context: Context, state: RecipientState
) -> None:
    add(context, Arrival(-5, tags=frozenset({"june"})), state=state)
    add(context, Arrival(-1005, tags=frozenset({"may"})))
    apply(context, migration_update(-5, -1005), migration_update(-5, -1005))
    assert one(context, -5).state is INVALID
    assert one(context, -1005).state is state
    assert one(context, -1005).tags == ("june", "may")


def test_nobody_is_given_tags_without_end(
    context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(profiles, "MOST_TAGS", 3)
    apply(context, *(command_update(5, f"/start tag{number}") for number in range(9)))
    assert one(context).tags == ("tag0", "tag1", "tag2")
