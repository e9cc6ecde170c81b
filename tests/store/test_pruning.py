"""Pruning: old deliveries go, a batch at a time, and the totals stay."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st
from sqlmodel import col, select

from hsl_tui.errors import InvalidInputError, RefusedError
from hsl_tui.models.enums import BroadcastState, DeliveryStatus, ErrorKind
from hsl_tui.models.tables import AlbumMessage, Broadcast, Delivery, DeliveryError
from hsl_tui.models.views import BroadcastView
from hsl_tui.services import (
    audit,
    deliveries,
    exports,
    followups,
    pruning,
    queueing,
    recipients,
    steering,
)
from hsl_tui.services.composing import Composition
from hsl_tui.services.context import Context
from hsl_tui.store import broadcasts, rows
from hsl_tui.store import pruning as store
from hsl_tui.store.database import Database
from hsl_tui.store.reasons import Reason
from tests.builders import (
    add_broadcast,
    add_recipients,
    add_worker,
    claim,
    record,
    result,
    set_state,
)
from tests.conftest import FrozenClock
from tests.store.test_history_plans import explained

SENT, FAILED, UNCERTAIN = DeliveryStatus.SENT, DeliveryStatus.FAILED, DeliveryStatus.UNCERTAIN
HALF_A_YEAR = timedelta(days=180)
OWN = Reason(ErrorKind.OTHER, 400, "only here")
SHARED = Reason(ErrorKind.BLOCKED, 403, "Forbidden: bot was blocked by the user")


def send(context: Context, *outcomes: DeliveryStatus, reason: Reason = OWN) -> int:
    """A broadcast to so many, of which this became; it ends now."""
    database, now = context.database, context.clock.now()
    number = add_broadcast(database)
    claims = claim(database, number, add_worker(database), len(outcomes), now=now)
    results = [
        result(one, after, message_id=at, reason=None if after is SENT else reason)
        for at, (one, after) in enumerate(zip(claims, outcomes, strict=True), start=1)
    ]
    record(database, *results, now=now)
    return number


@pytest.fixture
def old(context: Context, clock: FrozenClock) -> int:
    """A broadcast that ended 200 days ago; its number."""
    add_recipients(context.database, 3)
    number = send(context, SENT, FAILED, UNCERTAIN)
    with context.database.write() as session:
        album = {"broadcast_id": number, "seq": 1, "position": 1, "telegram_message_id": 9}
        rows.add_missing(session, AlbumMessage, album)
    clock.advance(days=200)
    return number


def left(database: Database) -> dict[int, int]:
    """How many deliveries each broadcast still has."""
    query = select(Delivery.broadcast_id, sa.func.count()).group_by(col(Delivery.broadcast_id))
    with database.read() as session:
        return {row[0]: row[1] for row in session.execute(query)}


def descriptions(database: Database) -> set[str]:
    with database.read() as session:
        return set(session.exec(select(DeliveryError.description)))


def test_old_deliveries_go_and_their_totals_stay(context: Context, old: int) -> None:
    before = shown(context, old)
    young = send(context, SENT, FAILED, SENT, reason=SHARED)
    assert pruning.plan(context, HALF_A_YEAR) == pruning.Pruned(1, 3)
    assert left(context.database) == {old: 3, young: 3}
    assert pruning.prune(context, HALF_A_YEAR) == pruning.Pruned(1, 3, 1)
    assert left(context.database) == {young: 3}
    assert descriptions(context.database) == {SHARED.description}
    after = shown(context, old)
    assert after.counts == before.counts
    assert (after.total_recipients, after.state) == (3, BroadcastState.FINISHED)
    assert after.pruned_at == context.clock.now()
    (entry,) = audit.latest(context, limit=1)
    assert (entry.action, entry.broadcast_id) == ("broadcast.pruned", old)
    assert entry.details == {"deliveries": 3, "sent": 1, "failed": 1, "uncertain": 1}
    assert pruning.prune(context, HALF_A_YEAR) == pruning.Pruned(0, 0)


def shown(context: Context, number: int) -> BroadcastView:
    with context.database.read() as session:
        view = broadcasts.get(session, number)
    assert view is not None
    return view


def test_what_needs_the_deliveries_is_refused_with_the_day(context: Context, old: int) -> None:
    pruning.prune(context, HALF_A_YEAR)
    acts: dict[str, Callable[[], object]] = {
        "retry": lambda: steering.retry(context, old),
        "sent": lambda: steering.resolve(context, old, resend=False),
        "resend": lambda: steering.resolve(context, old, resend=True),
        "recall": lambda: followups.recall(context, old),
        "edit": lambda: followups.edit(context, old, "Hello again"),
        "list": lambda: list(deliveries.every(context, old)),
    }
    for act in acts.values():
        with pytest.raises(RefusedError, match="were removed on 2030-12-18"):
            act()
    # Screens show an empty list.
    assert deliveries.window(context, old) == []
    for selector in (f"reached-by:{old}", f"!not-reached-by:{old}"):
        with pytest.raises(InvalidInputError, match="reached-by"):
            queueing.queue(context, queueing.Order(Composition("x"), ["all", selector]))


def test_an_export_is_refused_before_its_file_is_made(
    context: Context, old: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    pruning.prune(context, HALF_A_YEAR)
    file = tmp_path_factory.mktemp("out") / "x.csv"
    with pytest.raises(RefusedError, match="removed"):
        exports.export_deliveries(context, old, file)
    assert not file.exists()


@pytest.mark.parametrize(
    "state", [BroadcastState.SENDING, BroadcastState.PAUSED, BroadcastState.SCHEDULED]
)
def test_what_has_not_ended_is_left(
    context: Context, clock: FrozenClock, state: BroadcastState
) -> None:
    add_recipients(context.database, 2)
    number = add_broadcast(context.database, state=state)
    clock.advance(days=999)
    assert pruning.prune(context, HALF_A_YEAR) == pruning.Pruned(0, 0)
    assert left(context.database) == {number: 2}


def test_what_was_cancelled_goes_unless_a_call_is_open(
    context: Context, clock: FrozenClock
) -> None:
    add_recipients(context.database, 2)
    number = add_broadcast(context.database)
    (one,) = claim(context.database, number, add_worker(context.database), 1)
    steering.cancel(context, number)
    clock.advance(days=200)
    assert pruning.prune(context, HALF_A_YEAR).broadcasts == 0
    record(context.database, result(one, SENT, message_id=1), now=clock.now())
    assert pruning.prune(context, HALF_A_YEAR) == pruning.Pruned(1, 2)


def test_what_is_being_recalled_is_left_until_that_has_ended(
    context: Context, clock: FrozenClock, old: int
) -> None:
    recall = followups.recall(context, old).id
    assert pruning.prune(context, HALF_A_YEAR).broadcasts == 0
    set_state(context.database, recall, BroadcastState.PAUSED)
    assert pruning.prune(context, HALF_A_YEAR).broadcasts == 0
    steering.cancel(context, recall)
    assert pruning.prune(context, HALF_A_YEAR).broadcasts == 1
    clock.advance(days=200)
    assert pruning.prune(context, HALF_A_YEAR).broadcasts == 1
    assert left(context.database) == {}


def test_what_was_cut_off_is_gone_on_with(
    context: Context, old: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pruning, "BATCH", 2)

    def cut_off(done: int, total: int) -> None:
        assert (done, total) == (2, 3)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        pruning.prune(context, HALF_A_YEAR, on_progress=cut_off)
    assert left(context.database) == {old: 1}
    with pytest.raises(RefusedError, match="removed"):
        list(deliveries.every(context, old))
    assert pruning.prune(context, HALF_A_YEAR) == pruning.Pruned(1, 1, 1)
    assert left(context.database) == {}


def test_what_an_answer_after_all_that_time_put_back_is_sent_first(
    context: Context, clock: FrozenClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_recipients(context.database, 1)
    number = add_broadcast(context.database)
    (one,) = claim(context.database, number, add_worker(context.database), 1)
    record(context.database, result(one, UNCERTAIN))
    clock.advance(days=200)
    monkeypatch.setattr(store, "remove", lambda *_, **__: 0)
    pruning.prune(context, HALF_A_YEAR)
    monkeypatch.undo()
    record(context.database, result(one, DeliveryStatus.PENDING), now=clock.now())
    assert pruning.prune(context, HALF_A_YEAR).deliveries == 0
    assert left(context.database) == {number: 1}
    (again,) = claim(context.database, number, 1, 1, now=clock.now())
    record(context.database, result(again, SENT, message_id=1), now=clock.now())
    assert pruning.prune(context, HALF_A_YEAR).deliveries == 1


def test_a_reason_that_somebody_has_by_now_stays(context: Context, old: int) -> None:
    assert old
    with context.database.write() as session:
        session.execute(sa.delete(AlbumMessage))
        session.execute(sa.delete(Delivery))
        (unused,) = store.unused_reasons(session)
    send(context, FAILED, SENT, SENT)
    with context.database.write() as session:
        assert store.remove_reason(session, unused) == 0
    assert descriptions(context.database) == {OWN.description}


def test_a_reason_is_looked_up_by_its_index(context: Context, old: int) -> None:
    assert old
    with context.database.write() as session:
        session.execute(sa.text("ANALYZE"))
        if not context.database.is_sqlite:
            session.execute(sa.text("SET enable_seqscan = off"))
    plan = explained(context.database, lambda session: store.remove_reason(session, 99))
    if context.database.is_sqlite:
        assert "ix_message_recipients_error_id" in plan
        assert "SCAN message_recipients" not in plan


@given(st.integers(1, 5000), st.sampled_from(["d", " days", "D", "w", "weeks", "y", "year"]))
def test_ages_are_read(number: int, unit: str) -> None:
    days = {"d": 1, "w": 7, "y": 365}[unit.strip()[0].lower()]
    assert pruning.read_age(f" {number}{unit}") == timedelta(days=number * days)


@pytest.mark.parametrize(
    "wrong",
    ["", "180", "d", "-1d", "1.5y", "0d", "6m", "1 2d", "\N{ARABIC-INDIC DIGIT ONE}d", "9" * 30],
)
def test_what_is_no_age_is_refused(wrong: str) -> None:
    with pytest.raises(InvalidInputError):
        pruning.read_age(wrong)


def test_before_the_calendar_there_is_nothing(sqlite_context: Context) -> None:
    with pytest.raises(InvalidInputError, match="calendar"):
        pruning.plan(sqlite_context, pruning.read_age("999999y"))


def test_whom_it_reached_is_not_lost_for_people(context: Context, old: int) -> None:
    assert old
    pruning.prune(context, HALF_A_YEAR)
    (one, *_) = recipients.window(context, limit=9)
    assert recipients.deliveries(context, one.recipient.id, limit=9) == []
    with context.database.read() as session:
        assert session.exec(select(Broadcast.sent)).one() == 1
