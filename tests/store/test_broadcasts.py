"""Broadcasts as the worker and the lists ask for them."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from hsl_tui.errors import DatabaseBusyError
from hsl_tui.models.content import Button, Media, MessageContent
from hsl_tui.models.enums import (
    BroadcastState,
    DeliveryStatus,
    MediaKind,
    Priority,
    UncertainPolicy,
)
from hsl_tui.store import broadcasts
from hsl_tui.store.broadcasts import NewDraft
from hsl_tui.store.database import Database
from tests.builders import (
    HOUR,
    add_broadcast,
    add_recipients,
    add_worker,
    at_once,
    broadcast,
    claim,
    record,
    result,
    set_state,
)
from tests.conftest import NOON

SCHEDULED, SENDING, PAUSED = (
    BroadcastState.SCHEDULED,
    BroadcastState.SENDING,
    BroadcastState.PAUSED,
)


def insert(database: Database, key: str | None = None, text: str = "Hello") -> int | None:
    content = MessageContent(
        text=text,
        media=(Media(kind=MediaKind.PHOTO, url="https://example.org/a.png"),),
        buttons=((Button(text="[/b] 🎟", url="https://example.org/?a=b&c=d"),),),
        silent=True,
        protect=True,
        link_preview=False,
    )
    draft = NewDraft(
        content=content,
        audience=["tag:día 1", "!chat:-5"],
        on_uncertain=UncertainPolicy.RESEND,
        scheduled_at=NOON + HOUR,
        created_by="ann from 10.0.0.1",
        created_at=NOON,
    )
    with database.write() as session:
        if key is None:
            return broadcasts.add(session, draft)
        return broadcasts.add_unless_queued(session, draft, key)


def test_a_broadcast_is_read_back_as_it_was_written(database: Database) -> None:
    number = insert(database, text="<b>Zoë 👩🏽‍🚀</b>\n{{ first_name }}")
    assert number is not None
    read = broadcast(database, number)
    assert read.content.text == "<b>Zoë 👩🏽‍🚀</b>\n{{ first_name }}"
    assert read.content.buttons[0][0].text == "[/b] 🎟"
    assert read.content.media == (Media(kind=MediaKind.PHOTO, url="https://example.org/a.png"),)
    assert (read.content.silent, read.content.protect, read.content.link_preview) == (
        True,
        True,
        False,
    )
    assert read.audience == ("tag:día 1", "!chat:-5")
    assert (read.created_by, read.created_at) == ("ann from 10.0.0.1", NOON)
    assert (read.scheduled_at, read.started_at, read.finished_at) == (NOON + HOUR, None, None)
    assert (read.state, read.on_uncertain) == (BroadcastState.DRAFT, UncertainPolicy.RESEND)
    assert read.total_recipients == read.settled == read.successful_deliveries == 0


def test_a_key_is_taken_once(database: Database) -> None:
    first = insert(database, "k")
    assert first is not None
    assert insert(database, "k") is None
    assert insert(database, "K") is not None
    assert insert(database) is not None
    assert insert(database) is not None
    with database.read() as session:
        found = broadcasts.by_idempotency_key(session, "k")
        assert found is not None
        assert found.id == first
        assert broadcasts.by_idempotency_key(session, "no") is None


def test_of_many_that_want_a_key_at_once_one_gets_it(database: Database) -> None:
    got = at_once(5, lambda _: insert(database, "k"))
    assert sum(number is not None for number in got) == 1


def test_what_is_in_flight_is_what_has_something_to_send(database: Database) -> None:
    add_recipients(database, 1)
    worker = add_worker(database)
    numbers = {state: add_broadcast(database, state=state) for state in (SENDING, PAUSED)}
    add_broadcast(database, state=SCHEDULED, scheduled_at=NOON)
    waiting, claimed = add_broadcast(database), add_broadcast(database)
    record(
        database,
        *(
            result(one, DeliveryStatus.PENDING, not_before=NOON + HOUR)
            for one in claim(database, waiting, worker, 1)
        ),
    )
    claim(database, claimed, worker, 1)
    with database.read() as session:
        assert [*broadcasts.in_flight(session, now=NOON, limit=9)] == [numbers[SENDING]]
        later = broadcasts.in_flight(session, now=NOON + HOUR, limit=9)
        assert [*later] == [numbers[SENDING], waiting]
        assert [*broadcasts.in_flight(session, now=NOON + HOUR, limit=1)] == [numbers[SENDING]]
    set_state(database, numbers[SENDING], PAUSED)
    with database.read() as session:
        assert not broadcasts.in_flight(session, now=NOON, limit=9)


def test_urgent_ones_are_in_flight_before_older_ones(database: Database) -> None:
    add_recipients(database, 1)
    older = [add_broadcast(database) for _ in range(3)]
    urgent = [add_broadcast(database, priority=Priority.URGENT) for _ in range(2)]
    with database.read() as session:
        found = broadcasts.in_flight(session, now=NOON, limit=4)
    assert [*found] == [*urgent, *older[:2]]
    assert [*found.values()] == 2 * [Priority.URGENT] + 2 * [Priority.NORMAL]


def test_a_scheduled_broadcast_is_due_at_its_time(database: Database) -> None:
    add_recipients(database, 1)
    late = add_broadcast(database, state=SCHEDULED, scheduled_at=NOON + 2 * HOUR)
    soon = add_broadcast(database, state=SCHEDULED, scheduled_at=NOON + HOUR)
    add_broadcast(database, state=PAUSED, scheduled_at=NOON)
    with database.read() as session:
        assert broadcasts.due(session, now=NOON + HOUR - timedelta(microseconds=1)) == []
        assert broadcasts.due(session, now=NOON + HOUR) == [soon]
        assert broadcasts.due(session, now=NOON + 3 * HOUR) == [soon, late]


def test_lists_go_back_window_by_window(database: Database) -> None:
    add_recipients(database, 1)
    numbers = [add_broadcast(database) for _ in range(5)]
    set_state(database, numbers[1], PAUSED)
    with database.read() as session:
        window = broadcasts.latest(session, limit=2)
        assert [one.id for one in window] == [numbers[4], numbers[3]]
        rest = broadcasts.latest(session, limit=9, before=numbers[3])
        assert [one.id for one in rest] == [numbers[2], numbers[1], numbers[0]]
        paused = broadcasts.latest(session, limit=9, state=PAUSED)
        assert [one.id for one in paused] == [numbers[1]]


@pytest.mark.parametrize("missing", [99, 2**62])
def test_what_is_not_there_is_not_found(database: Database, missing: int) -> None:
    with database.write() as session:
        assert broadcasts.get(session, missing) is None
        assert broadcasts.lock(session, [missing]) == {}


def test_a_state_tells_why_until_the_next(database: Database) -> None:
    add_recipients(database, 1)
    number = add_broadcast(database)
    with database.write() as session:
        broadcasts.set_state(session, number, PAUSED, reason="Telegram refuses \0 it \ud83d")
    reason = broadcast(database, number).state_reason
    assert reason is not None
    assert reason.startswith("Telegram refuses ")
    set_state(database, number, SENDING)
    assert broadcast(database, number).state_reason is None


def test_locks_in_any_order_do_not_block_each_other_for_ever(database: Database) -> None:
    add_recipients(database, 1)
    numbers = [add_broadcast(database) for _ in range(4)]

    def lock(which: int) -> int:
        turned = numbers[which:] + numbers[:which]
        for _ in range(10):
            with database.write() as session:
                assert list(broadcasts.lock(session, turned)) == numbers
        return which

    assert sorted(at_once(4, lock)) == [0, 1, 2, 3]


def test_who_moves_deliveries_holds_their_broadcast_and_nobody_elses(postgresql_url: str) -> None:
    # SQLite lets only one write at a time anyway.
    database = Database(postgresql_url)
    add_recipients(database, 1)
    held, free = add_broadcast(database), add_broadcast(database)

    def lock(number: int) -> None:
        with database.write() as session:
            session.execute(sa.text("SET LOCAL lock_timeout = '50ms'"))
            broadcasts.lock(session, [number])

    with database.write() as session:
        broadcasts.lock(session, [held])
        with pytest.raises(DatabaseBusyError):
            lock(held)
        lock(free)
    lock(held)
    database.dispose()
