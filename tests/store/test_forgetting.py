"""Forgetting a person: nothing of them is left, and everything else is as it was."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa
from sqlmodel import select

from hsl_tui.errors import NotFoundError, RefusedError
from hsl_tui.models.criteria import EVERYONE, Criteria
from hsl_tui.models.enums import BroadcastState, DeliveryStatus, ErrorKind, RecipientState
from hsl_tui.models.forgotten import MARK
from hsl_tui.models.metadata import metadata
from hsl_tui.models.tables import Recipient
from hsl_tui.services import (
    audit,
    deliveries,
    followups,
    forgetting,
    moves,
    queueing,
    recipients,
    steering,
)
from hsl_tui.services.composing import Composition
from hsl_tui.services.context import Context
from hsl_tui.store import recipients as people
from hsl_tui.store.database import Database
from hsl_tui.store.intake import Arrival, take_in
from hsl_tui.store.reasons import Reason
from tests.builders import (
    add_worker,
    at_once,
    broadcast,
    claim,
    ledger_of,
    record,
    result,
    set_state,
)
from tests.conftest import NOON

ADA = 123456789
TRACES = ("123456789", "ada_l", "lovelace", "ada ", "london", "prefers mail", "en-gb")


WRITTEN = (
    """INSERT INTO templates (name, text, content, changed_by, created_at, changed_at)
    SELECT 't', 'by @ada_l', '{}', 'x', created_at, created_at FROM message_history""",
    """INSERT INTO segments (name, selectors, created_by, created_at, changed_by, changed_at)
    SELECT 's', '["tag:news", "!chat:123456789"]', 'x', created_at, 'x', created_at
    FROM message_history""",
    """INSERT INTO compose_drafts (owner, form, saved_at)
    SELECT 'x', '{"text": "@ada_l", "to": "chat:123456789"}', created_at FROM message_history""",
)


@pytest.fixture
def known(context: Context) -> Context:
    """Ada among others, with all that can be on record of her."""
    arrivals = [
        Arrival(
            ADA,
            "ada_l",
            "Ada",
            "Lovelace",
            "en-gb",
            frozenset({"news"}),
            {"city": "London"},
        ),
        Arrival(5001, "grace", "Grace", tags=frozenset({"news"})),
        Arrival(5002, None, "Alan"),
    ]
    with context.database.write() as session:
        take_in(session, arrivals, now=NOON)
    return context


def everything(database: Database) -> str:
    """All that is in any table, for what must not be there."""
    with database.read() as session:
        rows = [
            tuple(row)
            for one in metadata.sorted_tables
            if one.name != "media_files"
            for row in session.execute(sa.select(one))
        ]
    return repr(rows).lower()


def queue(context: Context, text: str, *to: str, **order: Any) -> int:
    return queueing.queue(context, queueing.Order(Composition(text), to or ("all",), **order)).id


def deliver(database: Database, number: int, *, limit: int = 100) -> None:
    """Claim and send what waits, as a worker would."""
    worker = add_worker(database)
    claims = claim(database, number, worker, limit)
    record(
        database,
        *(result(one, DeliveryStatus.SENT, message_id=700 + at) for at, one in enumerate(claims)),
    )


def test_nothing_of_the_person_is_left_and_all_is_still_counted(known: Context) -> None:
    database = known.database
    first = queue(known, "Write to @ada_l or tg://user?id=123456789", "tag:news", f"chat:{ADA}")
    deliver(database, first)
    second = queue(known, "Hello", "username:ada_l", "tag:news+!chat:123456789", "chat:5002")
    recipients.set_state(known, str(ADA), RecipientState.UNSUBSCRIBED, "prefers mail")
    third = queue(known, "Later", "chat:5001", "!username:ada_l", draft=True)
    before = {one: broadcast(database, one).counts for one in (first, second)}
    done = forgetting.forget(known, str(ADA), reason="asked by Ada Lovelace")
    assert (done.deliveries, done.cancelled) == (2, 1)
    assert done.texts == {"broadcast": 3}
    assert done.audit_entries > 0
    left = everything(database)
    for trace in TRACES:
        assert trace not in left.replace("canada ", ""), trace
    assert audit.verify(known)
    assert broadcast(database, first).counts == before[first]
    assert broadcast(database, second).counts[DeliveryStatus.CANCELLED] == 1
    assert broadcast(database, first).content.text == f"Write to {MARK} or tg://user?id={MARK}"
    # A draft goes on to mean everyone else whom it meant.
    assert broadcast(database, third).audience == ("chat:5001",)


def test_the_entry_says_what_was_done_and_nobody_s_name(known: Context) -> None:
    forgetting.forget(known, str(ADA), reason="asked  by @ada_l")
    (entry,) = audit.latest(known, limit=1)
    assert entry.action == "recipient.forgotten"
    assert entry.actor == "tester"
    assert entry.details["reason"] == f"asked by {MARK}"
    assert entry.details["deliveries"] == 0


def test_they_are_in_no_list_no_count_and_no_audience(known: Context) -> None:
    number = queue(known, "Hello")
    deliver(known.database, number)
    forgetting.forget(known, str(ADA))
    listed = [one.chat_id for one in recipients.every(known)]
    assert listed == [5001, 5002]
    found = recipients.window(known, limit=9)
    assert [one.recipient.chat_id for one in found] == listed
    found = recipients.window_before(known, EVERYONE, limit=9)
    assert [one.recipient.chat_id for one in found] == listed
    assert recipients.count(known) == 2
    invalid = Criteria(state=RecipientState.INVALID)
    assert recipients.count(known, invalid) == 0
    assert not recipients.window(known, invalid, limit=9)
    assert not recipients.window(known, Criteria(search="-46"), limit=9)
    assert recipients.tag(known, "x", Criteria(state=RecipientState.INVALID)) == 0
    with known.database.read() as session:
        assert [one.chat_id for one in people.every(session)] == listed
    assert broadcast(known.database, queue(known, "Next")).total_recipients == 2
    reached = queue(known, "Third", f"reached-by:{number}")
    assert broadcast(known.database, reached).total_recipients == 2
    with pytest.raises(NotFoundError):
        forgetting.forget(known, str(ADA))


def test_their_delivery_is_shown_without_them(known: Context) -> None:
    number = queue(known, "Hello")
    deliver(known.database, number)
    forgetting.forget(known, str(ADA))
    first = ledger_of(known.database, number)[0]
    assert (first.status, first.username, first.first_name) == (DeliveryStatus.SENT, None, None)
    assert first.telegram_message_id is None
    card = deliveries.card(known, number, 1)
    assert (card.recipient.state, card.recipient.state_reason) == (
        RecipientState.INVALID,
        "forgotten",
    )
    (move,) = moves.window(known, limit=9)
    assert (move.chat_id, move.reason, move.after) == (None, "forgotten", RecipientState.INVALID)


def test_whoever_comes_back_is_somebody_new(known: Context) -> None:
    forgetting.forget(known, str(ADA))
    with known.database.write() as session:
        take_in(session, [Arrival(ADA, first_name="Ada")], now=NOON)
    back = next(one for one in recipients.every(known) if one.chat_id == ADA)
    assert (back.state, back.tags, back.attributes) == (RecipientState.ACTIVE, (), {})
    assert not moves.of(known, back.id)
    # And can be forgotten again.
    forgetting.forget(known, str(ADA))
    assert recipients.count(known) == 2


def test_a_message_on_its_way_is_waited_for(known: Context) -> None:
    number = queue(known, "Hello")
    worker = add_worker(known.database)
    claims = claim(known.database, number, worker, 1)
    before = everything(known.database)
    with pytest.raises(RefusedError, match="on its way; try again"):
        forgetting.forget(known, str(ADA))
    assert everything(known.database) == before
    record(known.database, result(claims[0], DeliveryStatus.SENT, message_id=1))
    forgetting.forget(known, str(ADA))


@pytest.mark.parametrize(
    "state", [BroadcastState.SCHEDULED, BroadcastState.SENDING, BroadcastState.PAUSED]
)
def test_what_is_still_to_be_said_is_not_changed_in_secret(
    known: Context, state: BroadcastState
) -> None:
    number = queue(known, "Ask Ada Lovelace", "chat:5001")
    set_state(known.database, number, state)
    with pytest.raises(RefusedError, match=f"broadcast {number} says"):
        forgetting.forget(known, str(ADA))
    steering.cancel(known, number)
    forgetting.forget(known, str(ADA))
    assert broadcast(known.database, number).content.text == f"Ask {MARK}"


def test_a_late_answer_changes_nothing_more(known: Context) -> None:
    number = queue(known, "Hello", f"chat:{ADA}")
    (one,) = claim(known.database, number, add_worker(known.database), 1)
    lost = Reason(ErrorKind.WORKER_LOST, None, "The worker died.")
    record(known.database, result(one, DeliveryStatus.UNCERTAIN, reason=lost))
    forgetting.forget(known, str(ADA))
    late = record(known.database, result(one, DeliveryStatus.SENT, message_id=77))
    assert late.stale
    assert broadcast(known.database, number).counts[DeliveryStatus.UNCERTAIN] == 1
    with pytest.raises(RefusedError):
        steering.resolve(known, number, resend=True)


@pytest.mark.parametrize("scheduled", [False, True])
def test_a_broadcast_that_only_waited_for_them_ends(known: Context, scheduled: bool) -> None:  # noqa: FBT001
    order = {"at": NOON.replace(hour=20)} if scheduled else {}
    number = queue(known, "Hello", f"chat:{ADA}", **order)
    forgetting.forget(known, str(ADA))
    assert broadcast(known.database, number).state is BroadcastState.FINISHED
    ended = audit.latest(known, limit=9, action="broadcast.finished")
    assert [entry.broadcast_id for entry in ended] == [number]


def test_an_edit_and_a_recall_leave_them_out(known: Context) -> None:
    number = queue(known, "Hello", "tag:news")
    deliver(known.database, number)
    forgetting.forget(known, str(ADA))
    edit = followups.edit(known, number, "Hello again")
    assert edit.total_recipients == 1


def test_reasons_and_templates_and_segments_lose_them_too(known: Context) -> None:
    number = queue(known, "Hello", "chat:5001", f"chat:{ADA}")
    claims = claim(known.database, number, add_worker(known.database), 9)
    said = [Reason(ErrorKind.OTHER, 400, f"{ADA} and @ada_l"), Reason(ErrorKind.OTHER, 400, MARK)]
    failed = DeliveryStatus.FAILED
    record(
        known.database,
        *(result(one, failed, reason=why) for one, why in zip(claims, said, strict=True)),
    )
    with known.database.write() as session:
        for statement in WRITTEN:
            session.execute(sa.text(statement))
    done = forgetting.forget(known, str(ADA))
    assert done.texts == {
        "broadcast": 1,
        "template": 1,
        "text being composed": 1,
        "segment": 1,
        "reason of deliveries": 1,
    }
    left = everything(known.database)
    assert "ada_l" not in left
    assert str(ADA) not in left
    shown = [one.error for one in ledger_of(known.database, number)]
    assert all(one is not None and one.startswith(MARK) for one in shown)


@pytest.fixture
def on_sqlite(sqlite_context: Context) -> Context:
    with sqlite_context.database.write() as session:
        # Long enough for pages of its own, which become free.
        note = {"note": "Lovelace " * 3000}
        take_in(session, [Arrival(ADA, "ada_l", "Ada", "Lovelace", attributes=note)], now=NOON)
    return sqlite_context


def test_nothing_is_left_in_the_free_parts_of_the_file(on_sqlite: Context) -> None:
    file = on_sqlite.database.file
    assert file is not None
    on_sqlite.database.dispose()  # the last to leave writes the log into the file
    assert b"Lovelace" in file.read_bytes()
    forgetting.forget(on_sqlite, str(ADA))
    on_sqlite.database.dispose()
    assert b"Lovelace" not in file.read_bytes()


def test_who_is_taken_in_at_the_same_time_is_not_mixed_with_who_is_forgotten(
    known: Context,
) -> None:
    def act(which: int) -> None:
        if which:
            forgetting.forget(known, str(ADA))
            return
        with known.database.write() as session:
            take_in(session, [Arrival(ADA, "ada_new", "Ada", "Byron")], now=NOON)

    at_once(2, act)
    with known.database.read() as session:
        query = select(Recipient.chat_id, Recipient.first_name, Recipient.username)
        rows = {chat_id: tuple(names) for chat_id, *names in session.execute(query)}
    (gone,) = (chat for chat in rows if chat < 0)
    assert rows[gone] == (None, None)
    # Whichever came first: forgotten with the new name, or come back with it.
    assert rows.get(ADA) in {None, ("Ada", "ada_new")}
    assert audit.verify(known)
