"""Recipients as operators read and label them."""

from __future__ import annotations

import pytest

from hsl_tui.errors import HslTuiError, InvalidInputError, RefusedError
from hsl_tui.models.criteria import Criteria
from hsl_tui.models.enums import DeliveryStatus
from hsl_tui.models.enums import RecipientState as State
from hsl_tui.services import recipients
from hsl_tui.services.context import Context
from hsl_tui.store import audit
from hsl_tui.store.intake import Arrival, take_in
from tests.builders import (
    BLOCKED,
    HELLO,
    add_broadcast,
    add_recipients,
    add_worker,
    claim,
    record,
    result,
)
from tests.conftest import NOON


@pytest.fixture
def three(sqlite_context: Context) -> Context:
    with sqlite_context.database.write() as session:
        arrivals = [Arrival(1, username="ann", tags=frozenset({"a"})), Arrival(2), Arrival(3)]
        take_in(session, arrivals, now=NOON)
    return sqlite_context


def audited(context: Context) -> list[tuple[str, dict[str, object]]]:
    with context.database.read() as session:
        return [(one.action, one.details) for one in audit.latest(session, limit=10)]


def test_a_label_is_put_on_and_taken_off_on_record(three: Context) -> None:
    assert recipients.tag(three, " b ", ["all", "!chat:3"]) == 2
    assert recipients.untag(three, "b", ["chat:1"]) == 1
    assert recipients.tags(three) == [("a", 1), ("b", 1)]
    assert audited(three) == [
        ("recipients.untagged", {"tag": "b", "to": ["chat:1"], "recipients": 1}),
        ("recipients.tagged", {"tag": "b", "to": ["all", "!chat:3"], "recipients": 2}),
    ]


def test_a_label_reaches_as_many_as_were_agreed_to_or_nobody(three: Context) -> None:
    with pytest.raises(RefusedError, match="it is 3 and not 2"):
        recipients.tag(three, "b", ["all"], expected=2)
    with pytest.raises(RefusedError, match="it is 1 and not 3"):
        recipients.untag(three, "a", ["all"], expected=3)
    assert recipients.tags(three) == [("a", 1)]
    assert audited(three) == []
    assert recipients.tag(three, "b", ["all"], expected=3) == 3


@pytest.mark.parametrize(
    "name", ["", "  ", "x" * 65, "a;b", "a\nb", "a\x1b[2Jb", "a\0", "a\u2028b"]
)
def test_names_that_are_no_tags_change_nothing(three: Context, name: str) -> None:
    with pytest.raises(InvalidInputError, match="tag"):
        recipients.tag(three, name, ["all"])
    assert recipients.tags(three) == [("a", 1)]
    assert audited(three) == []


@pytest.mark.parametrize("name", ["x" * 64, "été ☀️", "می‌خواهم", "a:b", "!no"])
def test_names_of_many_kinds_are_tags(three: Context, name: str) -> None:
    assert recipients.tag(three, name, ["all"]) == 3
    assert len(list(recipients.every(three, [f"tag:{name}"]))) == 3


@pytest.mark.parametrize("to", [["tag:nobody"], ["all", "!chat:4"], ["!all"], ["everyone"], []])
def test_selectors_that_cannot_be_meant_change_nothing(three: Context, to: list[str]) -> None:
    with pytest.raises(InvalidInputError):
        recipients.tag(three, "b", to)
    assert recipients.tags(three) == [("a", 1)]


def test_an_unknown_tag_cannot_be_taken_off(three: Context) -> None:
    with pytest.raises(InvalidInputError, match="tag:nobody"):
        recipients.untag(three, "nobody", ["all"])


def test_reading_back(three: Context) -> None:
    assert recipients.count(three) == 3
    assert [one.chat_id for one in recipients.every(three)] == [1, 2, 3]
    assert [one.chat_id for one in recipients.every(three, ["all", "!tag:a"])] == [2, 3]
    (found,) = recipients.window(three, Criteria(search="@ANN", tag="a"), limit=5)
    assert found.recipient.tags == ("a",)
    with pytest.raises(InvalidInputError, match="chat:9"):
        list(recipients.every(three, ["chat:9"]))


def test_criteria_are_taken_at_their_word(three: Context) -> None:
    recipients.set_state(three, "3", State.UNSUBSCRIBED, "asked by mail")
    assert recipients.tag(three, "b", Criteria(state=State.UNSUBSCRIBED)) == 1
    assert recipients.tag(three, "c", Criteria(search="@ann")) == 1
    assert recipients.tag(three, "c", Criteria(ids=frozenset({1, 2}))) == 1
    assert recipients.untag(three, "c", Criteria(tag="c", search="@ann")) == 1
    assert recipients.tag(three, "d", Criteria()) == 3
    assert recipients.tags(three) == [("a", 1), ("b", 1), ("c", 1), ("d", 3)]
    assert [(details["tag"], details["to"]) for _, details in audited(three)[:5]] == [
        ("d", ["everyone"]),
        ("c", ["search:@ann", "tag:c"]),
        ("c", ["chat:1", "chat:2"]),
        ("c", ["search:@ann"]),
        ("b", ["state:unsubscribed"]),
    ]


def test_a_recipient_is_moved_by_hand_on_record(three: Context) -> None:
    moved = recipients.set_state(three, "2", State.UNSUBSCRIBED, "  asked\n by mail ")
    assert (moved.chat_id, moved.state, moved.state_reason) == (2, "unsubscribed", "asked by mail")
    assert moved.state_changed_at == NOON
    recipients.set_state(three, "2", State.ACTIVE, "came back")
    assert audited(three)[-1] == (
        "recipients.moved",
        {"chat_id": 2, "before": "active", "after": "unsubscribed", "reason": "asked by mail"},
    )
    back = recipients.get(three, moved.id)
    assert back is not None
    assert back.state is State.ACTIVE


@pytest.mark.parametrize(
    ("chat", "state", "reason", "message"),
    [
        ("9", State.UNSUBSCRIBED, "why", "No recipient has the chat id 9"),
        ("x", State.UNSUBSCRIBED, "why", "not a chat id"),
        ("1", State.UNSUBSCRIBED, " \n", "Say why"),
        ("1", State.UNSUBSCRIBED, "x" * 201, "Say why"),
        ("1", State.BLOCKED, "why", "Only Telegram"),
        ("1", State.ACTIVE, "why", "is active already"),
    ],
)
def test_moves_that_are_refused_change_nothing(
    three: Context, chat: str, state: State, reason: str, message: str
) -> None:
    with pytest.raises(HslTuiError, match=message):
        recipients.set_state(three, chat, state, reason)
    assert audited(three) == []


def test_who_is_gone_is_nobody(three: Context) -> None:
    assert recipients.get(three, 99) is None


def test_what_one_recipient_was_sent_comes_newest_first(context: Context) -> None:
    database = context.database
    one, other = add_recipients(database, 2)
    everyone = [add_broadcast(database) for _ in range(3)]
    add_broadcast(database, f"chat:{other}")
    worker = add_worker(database)
    (first, *_) = claim(database, everyone[0], worker, 2)
    record(database, result(first, DeliveryStatus.FAILED, reason=BLOCKED))
    found = recipients.deliveries(context, 1, limit=2)
    assert [one.delivery.broadcast_id for one in found] == everyone[:0:-1]
    (last,) = recipients.deliveries(context, 1, limit=2, before=everyone[1])
    assert (last.delivery.status, last.delivery.error) == ("failed", BLOCKED.description)
    assert (last.delivery.chat_id, last.content) == (one, HELLO)
    back = recipients.first_deliveries(context, 1, limit=2)
    assert [one.delivery.broadcast_id for one in back] == everyone[1::-1]
    back = recipients.first_deliveries(context, 1, limit=2, after=everyone[1])
    assert [one.delivery.broadcast_id for one in back] == everyone[2:]
