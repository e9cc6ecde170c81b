"""What is told of a broadcast before it is queued."""

from __future__ import annotations

import pytest

from hsl_tui.errors import TextRefusedError
from hsl_tui.models.enums import RecipientState
from hsl_tui.services import reviewing
from hsl_tui.services.audience_check import UnfitRecipientsError
from hsl_tui.services.checking import SAMPLE
from hsl_tui.services.composing import Composition
from hsl_tui.services.context import Context
from hsl_tui.services.queueing import Order
from hsl_tui.store import recipients
from hsl_tui.store.intake import Arrival, take_in
from tests.builders import add_recipients
from tests.conftest import NOON

HELLO = Composition("Hello {{ first_name }}")


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
