"""What is told of a broadcast before it is queued."""

from __future__ import annotations

import pytest

from hsl_tui.errors import TextRefusedError
from hsl_tui.models.enums import BroadcastState, DeliveryStatus, RecipientState
from hsl_tui.services import queueing, reviewing
from hsl_tui.services.audience_check import UnfitRecipientsError
from hsl_tui.services.checking import SAMPLE
from hsl_tui.services.composing import Composition
from hsl_tui.services.context import Context
from hsl_tui.services.queueing import Order
from hsl_tui.store import conflicts, recipients
from hsl_tui.store.intake import Arrival, take_in
from tests.builders import (
    BLOCKED,
    HOUR,
    add_recipients,
    add_worker,
    claim,
    record,
    result,
    set_state,
)
from tests.conftest import NOON, FrozenClock

HELLO = Composition("Hello {{ first_name }}")
PAUSED = BroadcastState.PAUSED


def test_the_preview_steps_through_the_recipients(context: Context) -> None:
    first, *_ = add_recipients(context.database, 3)

    seen = [reviewing.read_text(context, HELLO, ["all"], at=at) for at in (-1, 0, 1, 2, 3)]

    assert [one.person.chat_id - first for one in seen] == [0, 0, 1, 2, 2]
    assert [one.at for one in seen] == [0, 0, 1, 2, 2]
    assert {one.recipients for one in seen} == {3}
    assert seen[2].text.text == f"Hello N{first + 1}"


def test_only_whom_it_would_reach_reads_the_preview(context: Context) -> None:
    first, *_ = add_recipients(context.database, 2)
    with context.database.write() as session:
        gone = next(recipients.every(session))
        recipients.set_state(session, gone.id, RecipientState.BLOCKED, reason="", now=NOON)

    read = reviewing.read_text(context, HELLO, ["all"])

    assert (read.person.chat_id, read.recipients) == (first + 1, 1)


@pytest.mark.parametrize("to", [[], ["nonsense"], ["!all"], ["all"], ["chat:5"]])
def test_an_invented_person_reads_where_nobody_is_picked(context: Context, to: list[str]) -> None:
    read = reviewing.read_text(context, HELLO, to, at=7)

    assert (read.person, read.at, read.recipients) == (SAMPLE, 0, 0)
    with pytest.raises(TextRefusedError):
        reviewing.read_text(context, Composition("<b>x"), to)


def test_a_review_names_those_for_whom_the_text_comes_out_wrong(context: Context) -> None:
    first, second, third = add_recipients(context.database, 3)
    with context.database.write() as session:
        take_in(session, [Arrival(second, attributes={"city": "Bonn"})], now=NOON)
    text = "Rain in {{ city }} &copy;"

    review = reviewing.review(context, Order(Composition(text), ["all"]))

    assert [one.person.chat_id for one in review.check.first] == [first, third]
    assert (review.person.chat_id, review.text.text) == (second, "Rain in Bonn &copy;")
    assert review.recipients == 1
    assert [one.kind for one in review.warnings] == ["literal_reference"]
    with pytest.raises(UnfitRecipientsError, match="2 of 2 recipients"):
        reviewing.review(context, Order(Composition(text), [f"chat:{first}", f"chat:{third}"]))


def test_the_preview_says_what_is_wrong_for_this_reader(context: Context) -> None:
    first, second = add_recipients(context.database, 2)
    with context.database.write() as session:
        take_in(session, [Arrival(second, attributes={"city": "Bonn"})], now=NOON)
    text = Composition("Rain in {{ city }}")

    assert reviewing.read_text(context, text, ["all"], at=1).text.text == "Rain in Bonn"
    with pytest.raises(TextRefusedError, match="'city' is undefined"):
        reviewing.read_text(context, text, [f"chat:{first}"])


def test_a_review_tells_whom_the_same_text_reached_or_is_to_reach(
    context: Context, clock: FrozenClock
) -> None:
    first, second, third = add_recipients(context.database, 3)
    had = queueing.queue(context, Order(HELLO, [f"chat:{first}", f"chat:{second}"]))
    worker = add_worker(context.database)
    claims = claim(context.database, had.id, worker, 2)
    record(
        context.database,
        result(claims[0], DeliveryStatus.SENT),
        result(claims[1], DeliveryStatus.FAILED, reason=BLOCKED),
    )
    clock.advance(hours=1)
    soon = queueing.queue(context, Order(HELLO, ["all"], at=clock.now() + HOUR))
    queueing.queue(context, Order(Composition("Something else"), ["all"]))
    queueing.queue(context, Order(HELLO, ["all"], draft=True))

    found = reviewing.review(context, Order(HELLO, ["all"])).repetitions

    assert [(one.broadcast_id, one.recipients, one.more) for one in found] == [
        (soon.id, 3, False),
        (had.id, 1, False),
    ]
    assert [one.at for one in found] == [clock.now() + HOUR, NOON]
    only_third = reviewing.review(context, Order(HELLO, [f"chat:{third}"])).repetitions
    assert [one.broadcast_id for one in only_third] == [soon.id]

    clock.advance(days=8)
    assert [
        one.broadcast_id for one in reviewing.review(context, Order(HELLO, ["all"])).repetitions
    ] == [soon.id]


def test_of_very_many_who_had_the_same_text_only_so_many_are_counted(
    context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_recipients(context.database, 5)
    queueing.queue(context, Order(HELLO, ["all"]))
    monkeypatch.setattr(conflicts, "MOST_COUNTED", 3)

    (found,) = reviewing.review(context, Order(HELLO, ["all"])).repetitions

    assert (found.recipients, found.more) == (3, True)


def test_a_review_tells_what_is_being_sent_at_the_same_pace(context: Context) -> None:
    add_recipients(context.database, 5)
    running = [queueing.queue(context, Order(HELLO, ["all"])).id for _ in range(2)]
    set_state(context.database, queueing.queue(context, Order(HELLO, ["all"])).id, PAUSED)
    claim(context.database, running[0], add_worker(context.database), 2)

    review = reviewing.review(context, Order(HELLO, ["all"]))

    assert (review.sharing, review.waiting) == (2, 8)
    assert [one.chat_id for one in review.first] == [1001, 1002, 1003, 1004, 1005]


def test_a_reader_beyond_those_who_are_left_is_the_last_of_them(context: Context) -> None:
    add_recipients(context.database, 2)

    read = reviewing.read_text(context, HELLO, ["all"], at=6, recipients_known=9)

    assert (read.at, read.recipients) == (1, 2)
