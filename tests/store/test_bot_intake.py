"""The lease of the intake, its place, and the answers that it writes."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlalchemy import update
from sqlmodel import col, select

from hsl_tui.models.intake import AnswerKind, AnswerStatus
from hsl_tui.models.intake_tables import BotAnswer, BotIntake
from hsl_tui.store import answers, bot_intake, server_clock, workers
from hsl_tui.store.answers import Settled, Waiting
from hsl_tui.store.bot_intake import Lease, Place
from hsl_tui.store.database import Database
from hsl_tui.store.server_clock import SECOND_US
from tests.builders import add_worker, at_once
from tests.conftest import NOON

BOT = 123456
SERVER = "https://api.example"
SECOND = timedelta(seconds=1)
START, STOP, HELP = AnswerKind


@pytest.fixture
def worker(database: Database) -> int:
    return add_worker(database)


def take(database: Database, worker_id: int, *, server: str = SERVER) -> Lease | None:
    with database.write() as session:
        return bot_intake.take(session, BOT, worker_id=worker_id, server=server)


@pytest.fixture
def lease(database: Database, worker: int) -> Lease:
    taken = take(database, worker)
    assert taken is not None
    return taken


def place(database: Database, lease: Lease) -> Place | None:
    with database.write() as session:
        return bot_intake.lock(session, lease)


def advance(database: Database, lease: Lease, number: int) -> None:
    with database.write() as session:
        bot_intake.advance(session, lease, number)


def shift_lease(database: Database, seconds: float) -> None:
    """Let the lease end so much later."""
    with database.write() as session:
        ends = col(BotIntake.held_until_us) + round(seconds * SECOND_US)
        session.execute(update(BotIntake).values(held_until_us=ends))


def is_free(database: Database) -> bool:
    with database.read() as session:
        return bot_intake.is_free(session, BOT)


# --- the lease -------------------------------------------------------------------------------


def test_one_worker_holds_the_lease(database: Database, worker: int) -> None:
    assert is_free(database)
    taken = at_once(4, lambda _: take(database, worker))
    assert sum(one is not None for one in taken) == 1
    assert not is_free(database)


def test_a_lease_that_ran_out_is_anothers_and_the_first_changes_nothing(
    database: Database, lease: Lease
) -> None:
    other = add_worker(database)
    assert take(database, other) is None
    shift_lease(database, -bot_intake.LEASE)
    second = take(database, other)
    assert second is not None
    assert second.token > lease.token
    assert place(database, lease) is None
    with database.write() as session:
        assert bot_intake.renew(session, lease, worker_id=1) is None
        bot_intake.release(session, lease)
        assert not bot_intake.note_trouble(session, lease, "x")
    assert not is_free(database)
    assert place(database, second) == Place(None, None)


def test_to_renew_it_is_to_hold_it_for_longer(
    database: Database, lease: Lease, worker: int
) -> None:
    shift_lease(database, -bot_intake.LEASE)
    with database.write() as session:
        assert bot_intake.renew(session, lease, worker_id=worker) is not None
    assert not is_free(database)
    shift_lease(database, -bot_intake.LEASE)
    advance(database, lease, 1)
    assert not is_free(database)


def test_what_a_clock_that_counts_otherwise_has_written_holds_nobody_off(
    database: Database, lease: Lease
) -> None:
    assert lease.token == 1
    shift_lease(database, 10)
    assert is_free(database)


@pytest.mark.parametrize("ends", ["in order", "found dead"])
def test_a_worker_that_has_ended_holds_nothing(
    database: Database, lease: Lease, worker: int, ends: str
) -> None:
    with database.write() as session:
        if ends == "in order":
            bot_intake.release(session, lease)
        else:
            workers.leave(session, worker, now=NOON)
    assert is_free(database)
    assert take(database, add_worker(database)) is not None


def test_a_holder_goes_on_under_another_number(
    database: Database, lease: Lease, worker: int
) -> None:
    with database.write() as session:
        workers.leave(session, worker, now=NOON)
        bot_intake.renew(session, lease, worker_id=add_worker_in(session))
    assert not is_free(database)


def add_worker_in(session: object) -> int:
    return workers.enter(
        session,  # type: ignore[arg-type] # a session it is
        host="h",
        pid=2,
        process_started="2",
        bot_id=BOT,
        now=NOON,
    )


# --- the place -------------------------------------------------------------------------------


def test_the_place_is_handed_on(database: Database, lease: Lease) -> None:
    advance(database, lease, 42)
    shift_lease(database, -bot_intake.LEASE)
    second = take(database, add_worker(database))
    assert second is not None
    assert place(database, second) == Place(42, None)


def test_a_number_of_another_server_means_nothing(database: Database, lease: Lease) -> None:
    advance(database, lease, 42)
    shift_lease(database, -bot_intake.LEASE)
    elsewhere = take(database, add_worker(database), server="http://localhost:8081")
    assert elsewhere is not None
    assert place(database, elsewhere) == Place(None, None)


@pytest.mark.parametrize(("age", "number"), [(timedelta(days=5), 42), (timedelta(days=6), None)])
def test_after_a_week_telegram_may_number_updates_anew(
    database: Database, lease: Lease, age: timedelta, number: int | None
) -> None:
    advance(database, lease, 42)
    with database.write() as session:
        long_ago = server_clock.moment(session) - age
        session.execute(update(BotIntake).values(last_update_at=long_ago))
    assert place(database, lease) == Place(number, None)


def test_trouble_is_news_once(database: Database, lease: Lease) -> None:
    with database.write() as session:
        said = [
            bot_intake.note_trouble(session, lease, trouble)
            for trouble in ("a webhook\0", "a webhook\0", None, None)
        ]
    assert said == [True, False, True, False]


def test_who_holds_it_is_shown(database: Database, lease: Lease) -> None:
    with database.write() as session:
        bot_intake.note_trouble(session, lease, "a webhook")
    with database.read() as session:
        assert bot_intake.holding(session, 1) is None
        holding = bot_intake.holding(session, BOT)
    assert holding == bot_intake.Holding("here", 1, "a webhook")
    with database.write() as session:
        bot_intake.release(session, lease)
        assert bot_intake.holding(session, BOT) == bot_intake.Holding(None, None, "a webhook")


# --- answers ---------------------------------------------------------------------------------


def queue(
    database: Database, chat_id: int, kind: AnswerKind = START, *, now: datetime = NOON
) -> None:
    with database.write() as session:
        answers.queue(session, BOT, chat_id, kind, now=now)


def claim(
    database: Database, lease: Lease, *, limit: int = 9, now: datetime = NOON
) -> list[Waiting]:
    with database.write() as session:
        return answers.claim(session, lease, limit=limit, now=now)


def settle(database: Database, lease: Lease, *results: Settled) -> None:
    with database.write() as session:
        answers.settle(session, lease, results)


def due(database: Database, lease: Lease, now: datetime = NOON) -> int:
    with database.read() as session:
        return answers.due(session, lease, limit=9, now=now)


def statuses(database: Database) -> list[str]:
    with database.read() as session:
        query = select(BotAnswer.status).order_by(col(BotAnswer.id))
        return [str(status) for status in session.exec(query)]


def test_answers_are_claimed_in_their_order(database: Database, lease: Lease) -> None:
    for chat_id in (5, 6, 7):
        queue(database, chat_id)
    assert [one.chat_id for one in claim(database, lease, limit=2)] == [5, 6]
    assert statuses(database) == ["sending", "sending", "pending"]


def test_who_asks_often_is_answered_once_with_the_last_word(
    database: Database, lease: Lease
) -> None:
    for kind in (START, HELP, STOP):
        queue(database, 5, kind)
    (one,) = claim(database, lease)
    assert (one.chat_id, one.kind) == (5, STOP)


@pytest.mark.parametrize(("chat_id", "gap"), [(5, 1), (-5, 3)])
def test_and_then_after_a_while(database: Database, lease: Lease, chat_id: int, gap: int) -> None:
    queue(database, chat_id)
    (one,) = claim(database, lease)
    settle(database, lease, Settled(one.id, AnswerStatus.SENT))
    queue(database, chat_id)
    assert due(database, lease, NOON + gap * SECOND - SECOND / 1000) == 0
    assert due(database, lease, NOON + gap * SECOND) == 1


def test_what_is_tried_again_waits(database: Database, lease: Lease) -> None:
    queue(database, 5)
    (one,) = claim(database, lease)
    later = NOON + SECOND
    settle(database, lease, Settled(one.id, AnswerStatus.PENDING, not_before=later, error="x\0"))
    assert due(database, lease) == 0
    (again,) = claim(database, lease, now=later)
    assert again == Waiting(one.id, 5, START, 1)


def test_a_claim_whose_commit_was_not_heard_of_is_taken_again(
    database: Database, lease: Lease
) -> None:
    queue(database, 5)
    assert claim(database, lease) == claim(database, lease)
    assert len(claim(database, lease)) == 1


def test_what_a_lost_holder_left_is_never_sent_again(database: Database, lease: Lease) -> None:
    queue(database, 5)
    (one,) = claim(database, lease)
    shift_lease(database, -bot_intake.LEASE)
    second = take(database, add_worker(database))
    assert second is not None
    assert claim(database, second) == []
    with database.write() as session:
        assert answers.give_up_lost(session, second) == 1
    assert claim(database, second) == []
    assert statuses(database) == ["uncertain"]
    # "Not sent" comes too late to be believed by anybody; "sent" does not.
    settle(database, lease, Settled(one.id, AnswerStatus.PENDING))
    assert statuses(database) == ["uncertain"]
    settle(database, second, Settled(one.id, AnswerStatus.FAILED))
    assert statuses(database) == ["uncertain"]
    settle(database, lease, Settled(one.id, AnswerStatus.SENT))
    assert statuses(database) == ["sent"]


def test_old_answers_are_removed_sent_or_not(database: Database, lease: Lease) -> None:
    for chat_id in (5, 6, 7):
        queue(database, chat_id)
    first, second = claim(database, lease, limit=2)
    settle(database, lease, Settled(first.id, AnswerStatus.SENT))
    queue(database, 8, now=NOON + SECOND)
    with database.write() as session:
        assert answers.remove_old(session, BOT, now=NOON + answers.KEPT_FOR + SECOND) == 2
        assert answers.remove_old(session, 1, now=NOON + 9 * answers.KEPT_FOR) == 0
    assert second.id
    assert statuses(database) == ["sending", "pending"]


def test_a_chat_that_moved_is_followed(database: Database, lease: Lease) -> None:
    queue(database, -5)
    with database.write() as session:
        answers.move_chat(session, -5, -1005)
    assert [one.chat_id for one in claim(database, lease)] == [-1005]
