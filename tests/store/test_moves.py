"""Moves from state to state: each remembered once, and read back by index."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlmodel import select

from hsl_tui.models.enums import RecipientState
from hsl_tui.models.forgotten import tombstone
from hsl_tui.models.metadata import table
from hsl_tui.models.move_table import MoveReason, RecipientMove
from hsl_tui.models.moves import MovePlace, MoveTotal, MoveView, StateChange
from hsl_tui.models.tables import Recipient
from hsl_tui.store import moves, recipients
from hsl_tui.store.database import Database
from tests.builders import FIRST_CHAT, add_recipients, at_once
from tests.conftest import NOON
from tests.store.test_history_plans import explained

ACTIVE, BLOCKED, INVALID, UNSUBSCRIBED = (
    RecipientState.ACTIVE,
    RecipientState.BLOCKED,
    RecipientState.INVALID,
    RecipientState.UNSUBSCRIBED,
)
MINUTE = timedelta(minutes=1)


def ids(database: Database) -> list[int]:
    with database.read() as session:
        return [one.id for one in recipients.window(session, limit=100)]


def move(
    database: Database,
    recipient: int,
    state: RecipientState,
    reason: str = "asked",
    *,
    now: datetime = NOON,
    learnt_at: datetime | None = None,
) -> bool:
    with database.write() as session:
        change = StateChange(recipient, state, reason, learnt_at)
        return bool(moves.apply(session, [change], now=now))


def window(database: Database, **wanted: object) -> Sequence[MoveView]:
    with database.read() as session:
        return moves.window(session, **({"limit": 100} | wanted))  # type: ignore[arg-type] # as given


def state_of(database: Database, recipient: int) -> RecipientState:
    with database.read() as session:
        query = select(Recipient.state).where(Recipient.id == recipient)
        return RecipientState(session.exec(query).one())


def test_a_move_is_remembered_with_whence_where_why_and_when(database: Database) -> None:
    add_recipients(database, 2)
    first, _ = ids(database)
    with database.write() as session:
        assert recipients.set_state(session, first, BLOCKED, reason="said so\0", now=NOON)
    (seen,) = window(database)
    assert (seen.recipient_id, seen.chat_id, seen.first_name) == (first, FIRST_CHAT, "N1001")
    assert (seen.before, seen.after, seen.at) == (ACTIVE, BLOCKED, NOON)
    assert seen.reason == "said so\N{REPLACEMENT CHARACTER}"
    with database.read() as session:
        (row, _) = recipients.window(session, limit=2)
    assert (row.state, row.state_changed_at, row.state_reason) == (BLOCKED, NOON, seen.reason)


def test_what_moves_nobody_is_not_remembered(database: Database) -> None:
    add_recipients(database, 1)
    (one,) = ids(database)
    assert not move(database, one, ACTIVE)
    assert not move(database, 99, BLOCKED)
    assert move(database, one, BLOCKED)
    assert not move(database, one, BLOCKED, "again")
    assert [seen.reason for seen in window(database)] == ["asked"]


def test_what_was_learnt_before_somebody_came_back_does_not_move_them_away(
    database: Database,
) -> None:
    add_recipients(database, 1)
    (one,) = ids(database)
    move(database, one, BLOCKED, now=NOON)
    move(database, one, ACTIVE, "/start", now=NOON + 2 * MINUTE)
    late = NOON + MINUTE
    assert not move(database, one, BLOCKED, "403", now=NOON + 3 * MINUTE, learnt_at=late)
    assert state_of(database, one) is ACTIVE
    assert move(database, one, BLOCKED, now=NOON + 4 * MINUTE, learnt_at=NOON + 3 * MINUTE)


def test_a_group_moves_each_as_it_would_alone(database: Database) -> None:
    add_recipients(database, 3)
    one, two, three = ids(database)
    changes = [
        StateChange(three, INVALID, "gone"),
        StateChange(one, BLOCKED, "blocked"),
        StateChange(one, BLOCKED, "blocked"),
        StateChange(one, INVALID, "gone"),
        StateChange(two, ACTIVE, "/start"),
    ]
    with database.write() as session:
        assert moves.apply(session, changes, now=NOON) == {one, three}
    assert [state_of(database, each) for each in (one, two, three)] == [INVALID, ACTIVE, INVALID]
    steps = [(seen.recipient_id, seen.before, seen.after) for seen in reversed(window(database))]
    assert steps == [(three, ACTIVE, INVALID), (one, ACTIVE, BLOCKED), (one, BLOCKED, INVALID)]


def test_the_forgotten_do_not_come_back(database: Database) -> None:
    add_recipients(database, 1)
    (one,) = ids(database)
    with database.write() as session:
        session.execute(sa.update(Recipient).values(chat_id=tombstone(one), state=INVALID))
    assert not move(database, one, ACTIVE)
    assert state_of(database, one) is INVALID


def test_two_who_move_the_same_one_leave_one_move(database: Database) -> None:
    add_recipients(database, 1)
    (one,) = ids(database)
    assert sorted(at_once(4, lambda _: move(database, one, BLOCKED))) == [False, False, False, True]
    assert len(window(database)) == 1


def test_totals_are_by_state_and_reason_the_most_first(database: Database) -> None:
    add_recipients(database, 4)
    one, two, three, four = ids(database)
    move(database, four, INVALID, "chat not found", now=NOON - MINUTE)
    for each in (one, two):
        move(database, each, BLOCKED, "blocked by the user")
    move(database, three, UNSUBSCRIBED, "/stop")
    with database.read() as session:
        everything = moves.totals(session)
        lately = moves.totals(session, since=NOON)
        gone = moves.totals(session, state=INVALID)
    blocked = MoveTotal(BLOCKED, "blocked by the user", 2)
    assert everything[0] == lately[0] == blocked
    assert len(everything) == 3
    assert list(lately[1:]) == [MoveTotal(UNSUBSCRIBED, "/stop", 1)]
    assert list(gone) == [MoveTotal(INVALID, "chat not found", 1)]


@settings(
    max_examples=15,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    steps=st.lists(
        st.tuples(st.integers(0, 2), st.sampled_from(RecipientState), st.integers(0, 3)),
        max_size=12,
    ),
    limit=st.integers(1, 4),
    since=st.integers(0, 3) | st.none(),
    state=st.sampled_from(RecipientState) | st.none(),
)
def test_pages_either_way_are_the_whole_list(
    sqlite: Database,
    steps: list[tuple[int, RecipientState, int]],
    limit: int,
    since: int | None,
    state: RecipientState | None,
) -> None:
    with sqlite.write() as session:
        session.execute(sa.text("DELETE FROM recipient_moves"))
        session.execute(sa.text("DELETE FROM recipients"))
    add_recipients(sqlite, 3)
    people = ids(sqlite)
    standing = dict.fromkeys(people, ACTIVE)
    made: list[tuple[datetime, int, RecipientState]] = []
    for which, after, minute in steps:
        at = NOON + minute * MINUTE
        changed = move(sqlite, people[which], after, now=at)
        assert changed is (standing[people[which]] is not after)
        if changed:
            made.append((at, len(made), after))
        standing[people[which]] = after
    begins = None if since is None else NOON + since * MINUTE
    expected = [
        (at, after)
        for at, _, after in sorted(made, reverse=True)
        if (begins is None or at >= begins) and state in {None, after}
    ]
    wanted = {"since": begins, "state": state, "limit": limit}
    for backwards in (False, True):
        found: list[MoveView] = []
        place: MovePlace | None = None
        while page := window(sqlite, **wanted, beyond=place, backwards=backwards):
            found = [*page, *found] if backwards else [*found, *page]
            edge = page[0] if backwards else page[-1]
            place = MovePlace(edge.at, edge.id)
        assert [(seen.at, seen.after) for seen in found] == expected


@pytest.mark.parametrize("backwards", [False, True])
def test_lists_and_totals_use_the_index_of_times(database: Database, backwards: bool) -> None:  # noqa: FBT001
    add_recipients(database, 1)
    (one,) = ids(database)
    rows = [
        {"recipient_id": one, "at": NOON + at * MINUTE, "reason_id": 1, "before": ACTIVE}
        | {"after": BLOCKED}
        for at in range(3000)
    ]
    with database.write() as session:
        session.connection().execute(sa.insert(table(MoveReason)), [{"id": 1, "description": "x"}])
        session.connection().execute(sa.insert(table(RecipientMove)), rows)
        session.execute(sa.text("ANALYZE"))
    read = explained(database, lambda session: moves.window(session, limit=5, backwards=backwards))
    assert "ix_recipient_moves_at" in read
    counted = explained(database, lambda session: moves.totals(session, since=NOON + 2900 * MINUTE))
    assert "ix_recipient_moves_at" in counted
