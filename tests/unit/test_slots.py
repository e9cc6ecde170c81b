from __future__ import annotations

import math
from collections import Counter
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hsl_tui.worker.slots import AHEAD, LATEST, TICK, Slots


def taken(slots: Slots, now: float) -> list[float]:
    """Use up all that can be used at this moment."""
    moments = []
    while (moment := slots.take(now)) is not None:
        moments.append(moment)
    return moments


@pytest.mark.parametrize("rate", [0.5, 1, 7, 30, 100, 240])
def test_slots_of_a_block_keep_their_distance_and_stay_below_the_rate(rate: float) -> None:
    slots = Slots(rate)
    slots.add_block(100.0)
    moments = taken(slots, 100.0)
    assert len(moments) == slots.block
    assert moments[0] == 100.0
    gaps = [later - earlier for earlier, later in pairwise(moments)]
    assert all(gap == pytest.approx(slots.interval_us / 1e6) for gap in gaps)
    assert slots.interval_us / 1e6 > 1 / rate


@given(st.integers(1, 1000), st.floats(0, 1))
def test_one_more_than_the_rate_takes_longer_than_a_second_though_the_first_is_late(
    rate: int, start: float
) -> None:
    slots = Slots(rate)
    for block in range(2 + rate // slots.block):
        slots.add_block(start + block * slots.block * slots.interval_us / 1e6)
    moments = [slots.take(start + number * slots.interval_us / 1e6) for number in range(rate + 1)]
    first, last = moments[0], moments[-1]
    assert first is not None
    assert last is not None
    assert last - (first + LATEST) > 1.0


@given(st.integers(255, 1000), st.floats(0, 1000))
def test_slots_that_are_close_leave_together_and_never_early(rate: int, start: float) -> None:
    slots = Slots(rate)
    slots.add_block(start)
    moments = taken(slots, start)
    for number, moment in enumerate(moments):
        reserved = start + number * slots.interval_us / 1e6
        assert reserved - 1e-9 <= moment < reserved + TICK + 1e-9
        assert moment / TICK == pytest.approx(round(moment / TICK))
    together = Counter(moments).values()
    assert max(together) <= math.ceil(rate * TICK)
    assert len(together) <= slots.block * slots.interval_us / 1e6 / TICK + 2


def test_a_block_is_a_quarter_of_a_second_and_at_least_one() -> None:
    assert [Slots(rate).block for rate in (0.1, 1, 30, 1000)] == [1, 1, 8, 250]


def test_a_late_slot_is_dropped_and_the_next_stays_where_it_is() -> None:
    slots = Slots(10)
    slots.add_block(50.0)
    second = 50.0 + slots.interval_us / 1e6
    assert slots.first(50.0 + LATEST) == 50.0
    assert slots.take(50.0 + LATEST + 0.001) == pytest.approx(second)
    assert slots.take(60.0) is None


def test_after_a_stall_no_two_slots_come_together() -> None:
    slots = Slots(100)
    slots.add_block(10.0)
    slots.add_block(10.0 + slots.block * slots.interval_us / 1e6)
    left = taken(slots, 10.3)
    assert left
    assert left[0] >= 10.3 - LATEST
    assert len(left) < 2 * slots.block - 25


def test_only_what_starts_soon_is_claimed_for() -> None:
    slots = Slots(1000)
    slots.add_block(5.0)
    assert slots.ahead(5.0 - AHEAD - 0.001) == 0
    assert slots.ahead(5.0) == 1 + int(AHEAD / (slots.interval_us / 1e6))
    slots.clear()
    assert slots.ahead(5.0) == 0
    assert slots.first(5.0) is None


def test_without_a_limit_there_is_nothing_to_reserve() -> None:
    assert Slots(0).unlimited
    assert not Slots(0.1).unlimited


def test_the_next_block_is_reserved_before_the_last_slot_is_used_up() -> None:
    slots = Slots(1000)
    assert slots.run_out(5.0)
    slots.add_block(5.0)
    assert not slots.run_out(5.0)
    assert slots.run_out(5.0 + slots.block * slots.interval_us / 1e6 - AHEAD)


def test_an_album_uses_up_as_many_slots_as_it_has_messages() -> None:
    slots = Slots(10)
    for number in range(4):
        slots.add_block(50.0 + number * slots.block * slots.interval_us / 1e6)
    assert slots.block * 4 == 8
    assert slots.take(50.0) == 50.0
    slots.owe(4)
    after = [slots.take(50.0), slots.take(50.0)]
    assert after == pytest.approx([50.0 + each * slots.interval_us / 1e6 for each in (5, 6)])


def test_slots_are_owed_beyond_those_in_hand() -> None:
    slots = Slots(1)
    slots.add_block(50.0)
    assert slots.take(50.0) == 50.0
    slots.owe(2)
    for moment in (51.0, 52.0, 53.0):
        assert slots.first(50.0) is None
        slots.add_block(moment)
    assert slots.first(52.5) == 53.0


def album_and_empty_claim(rate: float) -> tuple[Slots, float]:
    """Slots that owe nine to an album at 50.0 and were cleared, and their distance."""
    slots = Slots(rate)
    slots.add_block(50.0)
    assert slots.take(50.0) == 50.0
    slots.owe(9)
    slots.clear()
    return slots, slots.interval_us / 1e6


def next_send(slots: Slots, start: float) -> float:
    """The first slot for use, where blocks are reserved one after the other from ``start`` on."""
    while (moment := slots.first(50.0)) is None:
        slots.add_block(start)
        start += slots.block * slots.interval_us / 1e6
    return moment


@pytest.mark.parametrize(("rate", "after"), [(30, 8), (30, 9), (1, 1), (1, 3), (1, 10)])
def test_an_empty_claim_does_not_forgive_what_an_album_owes(rate: float, after: int) -> None:
    slots, interval = album_and_empty_claim(rate)
    # A jitter of the clock neither repays a slot nor costs one.
    start = 50.0 + after * interval + 0.001
    assert next_send(slots, start) == pytest.approx(50.0 + 10 * interval, abs=0.002)


def test_time_repays_no_slot_twice_however_often_there_is_nothing_to_send() -> None:
    slots, interval = album_and_empty_claim(1)
    for after in (2, 4, 6):
        slots.add_block(50.0 + after * interval)
        slots.clear()
    assert next_send(slots, 50.0 + 8 * interval) == pytest.approx(50.0 + 10 * interval)


@pytest.mark.parametrize("start", [60.5, 110.0])
def test_an_album_does_not_delay_what_comes_after_an_idle_time(start: float) -> None:
    slots, _ = album_and_empty_claim(1)
    assert next_send(slots, start) == start
    # Nor is anything left of it for later.
    assert slots.take(start) == start
    slots.add_block(start + 1.02)
    assert slots.take(start) is None
    assert slots.take(start + 1.0) == start + 1.02


def test_while_there_is_something_to_send_a_debt_is_paid_in_slots_and_not_in_time() -> None:
    slots = Slots(1)
    slots.add_block(50.0)
    assert slots.take(50.0) == 50.0
    slots.owe(2)
    for other_workers_between in (60.0, 70.0, 80.0):
        assert slots.first(50.0) is None
        slots.add_block(other_workers_between)
    assert slots.first(50.0) == 80.0
