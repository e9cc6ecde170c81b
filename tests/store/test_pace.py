"""The budget of sends: blocks one after the other, whoever reserves them."""

from __future__ import annotations

import time
from dataclasses import dataclass

import pytest
import sqlalchemy as sa

from hsl_tui.store import pace, server_clock
from hsl_tui.store.database import Database, Session
from tests.builders import at_once

BOT = 123456
SECOND = 1_000_000
INTERVAL = 20_000
"""Microseconds between sends, at 50 a second."""


@dataclass
class StillClock:
    """The database's clock, standing still."""

    now_us: int = 2_000_000_000 * SECOND


@pytest.fixture
def still(monkeypatch: pytest.MonkeyPatch) -> StillClock:
    clock = StillClock()

    def microseconds(_: Session) -> sa.ColumnElement[int]:
        return sa.literal(clock.now_us, sa.BigInteger())

    monkeypatch.setattr(server_clock, "microseconds", microseconds)
    return clock


def reserve(database: Database, slots: int = 10, interval_us: int = INTERVAL) -> float:
    with database.write() as session:
        return pace.reserve(session, BOT, slots=slots, interval_us=interval_us).wait


def halt(database: Database, seconds: float) -> None:
    with database.write() as session:
        pace.halt(session, BOT, seconds=seconds)


def standing(database: Database) -> pace.Standing:
    with database.read() as session:
        return pace.standing(session, BOT)


def test_blocks_follow_one_another_without_gap_or_overlap(
    database: Database, still: StillClock
) -> None:
    assert [reserve(database) for _ in range(4)] == pytest.approx([0, 0.2, 0.4, 0.6])
    still.now_us += SECOND // 2
    assert reserve(database) == pytest.approx(0.3)


def test_what_was_not_used_is_not_saved_up(database: Database, still: StillClock) -> None:
    reserve(database)
    still.now_us += 3600 * SECOND
    assert [reserve(database), reserve(database)] == pytest.approx([0, 0.2])


def test_workers_that_reserve_at_once_share_one_budget(
    database: Database, still: StillClock
) -> None:
    def reserve_some(_: int) -> list[float]:
        return [reserve(database, slots=5) for _ in range(10)]

    starts = sorted(start for some in at_once(4, reserve_some) for start in some)
    assert starts == pytest.approx([number * 0.1 for number in range(40)])
    assert still.now_us == 2_000_000_000 * SECOND


def test_on_the_real_clock_no_block_starts_before_the_one_before_it_ends(
    database: Database,
) -> None:
    def start(_: int) -> list[float]:
        # What a worker does: turns the wait into its own clock.
        return [reserve(database, slots=50) + time.monotonic() for _ in range(3)]

    starts = sorted(one for some in at_once(3, start) for one in some)
    # The answer's way back makes a start look later than it is, never earlier.
    assert starts[-1] - starts[0] >= 7 * 50 * INTERVAL / SECOND


def test_bots_do_not_share_a_budget(database: Database, still: StillClock) -> None:
    reserve(database)
    with database.write() as session:
        assert pace.reserve(session, BOT + 1, slots=10, interval_us=INTERVAL).wait == 0
    assert still.now_us


@pytest.mark.parametrize("back", [3600, 10 * 365 * 86_400])
def test_a_clock_that_was_set_back_does_not_stall_the_bot(
    database: Database, still: StillClock, back: int
) -> None:
    reserve(database)
    still.now_us -= back * SECOND
    assert [reserve(database), reserve(database)] == pytest.approx([0, 0.2])


def test_a_halt_from_before_the_clock_was_set_back_far_is_void(
    database: Database, still: StillClock
) -> None:
    halt(database, 30)
    still.now_us -= 10 * 365 * 86_400 * SECOND
    assert standing(database).halted_for == 0
    assert [reserve(database), reserve(database)] == pytest.approx([0, 0.2])
    halt(database, 5)
    assert standing(database).halted_for == pytest.approx(5)


def test_a_clock_that_was_set_forward_does_not_make_a_burst(
    database: Database, still: StillClock
) -> None:
    reserve(database)
    still.now_us += 10 * 365 * 86_400 * SECOND
    assert [reserve(database), reserve(database)] == pytest.approx([0, 0.2])


@pytest.mark.parametrize("seconds", [3, 300, 3600])
def test_a_halt_pushes_every_reservation_behind_it_each_to_a_place_of_its_own(
    database: Database, still: StillClock, seconds: int
) -> None:
    reserve(database)
    halt(database, seconds)
    starts = [reserve(database) for _ in range(3)]
    assert starts == pytest.approx([seconds, seconds + 0.2, seconds + 0.4])
    still.now_us += seconds * SECOND
    assert reserve(database) == pytest.approx(0.6)


def test_a_halt_is_never_shortened(database: Database, still: StillClock) -> None:
    halt(database, 30)
    halt(database, 3)
    assert standing(database).halted_for == pytest.approx(30)
    still.now_us += 10 * SECOND
    halt(database, 40)
    assert standing(database).halted_for == pytest.approx(40)
    still.now_us += 41 * SECOND
    assert standing(database).halted_for == 0


def test_a_very_slow_pace_is_kept_too(database: Database, still: StillClock) -> None:
    hours = [reserve(database, slots=1, interval_us=1000 * SECOND) for _ in range(4)]
    assert hours == pytest.approx([0, 1000, 2000, 3000])
    assert still.now_us


def test_a_stopped_bot_says_why_until_it_goes_on(database: Database) -> None:
    assert standing(database) == pace.Standing(0.0, None)
    with database.write() as session:
        assert pace.stop(session, BOT, "Unauthorized")
        assert not pace.stop(session, BOT, "Unauthorized")
        assert pace.stop(session, BOT, "Not \0 found \ud83d")
    reason = standing(database).stopped_reason
    assert reason is not None
    assert reason.startswith("Not ")
    with database.write() as session:
        assert pace.stop(session, BOT, None)
        assert not pace.stop(session, BOT, None)
    assert standing(database).stopped_reason is None


def test_a_reservation_that_rolls_back_takes_no_budget(
    database: Database, still: StillClock
) -> None:
    with database.write() as session:
        pace.reserve(session, BOT, slots=50, interval_us=INTERVAL)
        session.rollback()
    assert reserve(database) == 0
    assert still.now_us
