"""A duplicate is a draft that says the same to the same selectors, and is on record as one."""

from __future__ import annotations

import pytest

from hsl_tui.errors import InvalidInputError, NotFoundError, RefusedError, TextRefusedError
from hsl_tui.models.enums import BroadcastState, DeliveryStatus, Priority, UncertainPolicy
from hsl_tui.services import followups, queueing
from hsl_tui.services.composing import Composition, parse_buttons
from hsl_tui.services.context import Context
from hsl_tui.services.duplicating import duplicate
from hsl_tui.services.queueing import Order
from hsl_tui.store import audit, broadcasts
from tests.builders import add_recipients, add_worker, broadcast, claim, record, result
from tests.conftest import FrozenClock


@pytest.fixture
def original(context: Context) -> int:
    """A finished broadcast to two, with everything that a draft must take over; its number."""
    add_recipients(context.database, 2)
    composition = Composition(
        "Hello", buttons=parse_buttons(["A=https://a.org"]), silent=True, link_preview=False
    )
    number = queueing.queue(
        context,
        Order(
            composition,
            ["all", "!chat:1002", "chat:1002"],
            on_uncertain=UncertainPolicy.RESEND,
            priority=Priority.URGENT,
            idempotency_key="k",
        ),
    ).id
    worker = add_worker(context.database)
    for one in claim(context.database, number, worker, limit=2):
        record(context.database, result(one, DeliveryStatus.SENT, message_id=one.seq))
    return number


def test_a_duplicate_is_a_draft_of_the_same(
    context: Context, original: int, clock: FrozenClock
) -> None:
    before = broadcast(context.database, original)
    clock.advance(hours=1)
    made = duplicate(context, original)
    assert made.id != original
    assert (made.state, made.total_recipients) == (BroadcastState.DRAFT, 0)
    assert (made.content, made.audience) == (before.content, before.audience)
    assert (made.on_uncertain, made.priority) == (before.on_uncertain, before.priority)
    assert (made.created_by, made.created_at) == ("tester", clock.now())
    assert (made.scheduled_at, made.finished_at) == (None, None)
    assert broadcast(context.database, original) == before
    with context.database.read() as session:
        entry = audit.latest(session, limit=1)[0]
    assert (entry.action, entry.broadcast_id) == ("broadcast.duplicated", made.id)
    assert entry.details == {"from": original}


def test_a_duplicate_goes_to_whom_its_selectors_pick_by_then(
    context: Context, original: int
) -> None:
    add_recipients(context.database, 3, first=2001)
    queued = queueing.queue_draft(context, duplicate(context, original).id)
    # One of the two was taken away by a selector.
    assert queued.total_recipients == 4


def test_a_correction_is_not_lost(context: Context, original: int) -> None:
    edit = followups.edit(context, original, "Hello again")
    worker = add_worker(context.database)
    (one,) = claim(context.database, edit.id, worker, limit=1)
    record(context.database, result(one, DeliveryStatus.SENT))
    made = duplicate(context, original)
    assert made.content.text == "Hello again"
    assert made.content.buttons == broadcast(context.database, original).content.buttons


def test_a_duplicate_can_say_something_else_to_others(context: Context, original: int) -> None:
    made = duplicate(context, original, text="Another", to=["chat:1001"])
    assert (made.content.text, made.audience) == ("Another", ("chat:1001",))
    with pytest.raises(TextRefusedError):
        duplicate(context, original, text="<b>open")
    with pytest.raises(InvalidInputError):
        duplicate(context, original, to=["tag:nowhere"])
    with context.database.read() as session:
        assert len(broadcasts.latest(session, limit=9)) == 2


def test_what_edits_or_recalls_cannot_be_duplicated(context: Context, original: int) -> None:
    recall = followups.recall(context, original)
    with pytest.raises(RefusedError, match=f"the recall of broadcast {original}"):
        duplicate(context, recall.id)


@pytest.mark.parametrize("number", [99, 2**63, 2**70])
def test_what_is_no_broadcast_is_told(context: Context, number: int) -> None:
    with pytest.raises(NotFoundError):
        duplicate(context, number)
