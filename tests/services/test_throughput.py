"""How fast broadcasts go and when they will end, and their course in a few stretches."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from hsl_tui.models.enums import BroadcastState, DeliveryStatus, Priority
from hsl_tui.services import throughput
from hsl_tui.services.context import Context
from hsl_tui.services.throughput import Course, Going
from tests.builders import (
    add_broadcast,
    add_recipients,
    add_worker,
    claim,
    record,
    result,
    set_state,
)
from tests.conftest import NOON, FrozenClock


def send(context: Context, broadcast_id: int, number: int) -> None:
    """Let so many be sent at this moment."""
    database, now = context.database, context.clock.now()
    worker = add_worker(database)
    claims = claim(database, broadcast_id, worker, number, now=now)
    results = [replace(result(one, DeliveryStatus.SENT), at=now) for one in claims]
    record(database, *results, now=now)


def goings(context: Context) -> dict[int, Going]:
    return {one.broadcast.id: one for one in throughput.latest(context, limit=100)}


def course(context: Context, broadcast_id: int, most: int) -> Course:
    found = throughput.course(context, broadcast_id, most=most)
    assert found is not None
    return found


def test_the_end_is_expected_at_the_measured_rate(context: Context, clock: FrozenClock) -> None:
    add_recipients(context.database, 500)
    broadcast_id = add_broadcast(context.database)
    for _ in range(3):
        send(context, broadcast_id, 100)
        clock.advance(seconds=10)
    going = goings(context)[broadcast_id]
    assert going.rate == 10
    assert going.ends_at == clock.now() + timedelta(seconds=20)
    set_state(context.database, broadcast_id, BroadcastState.PAUSED)
    going = goings(context)[broadcast_id]
    assert (going.rate, going.ends_at) == (None, None)


def test_what_has_just_begun_is_expected_to_get_its_share(context: Context) -> None:
    add_recipients(context.database, 301)
    urgent, normal, other = (
        add_broadcast(context.database, priority=priority)
        for priority in (Priority.URGENT, Priority.NORMAL, Priority.NORMAL)
    )
    for broadcast_id in (urgent, normal, other):
        send(context, broadcast_id, 1)
    found = goings(context)
    assert found[urgent].ends_at == NOON + timedelta(seconds=10)
    # Until the urgent one has ended, nobody can tell.
    assert found[normal].ends_at is None
    send(context, urgent, 300)
    found = goings(context)
    assert found[normal].ends_at == found[other].ends_at == NOON + timedelta(seconds=20)


def test_what_does_not_move_has_no_end(context: Context, clock: FrozenClock) -> None:
    add_recipients(context.database, 300)
    waiting, halted = add_broadcast(context.database), add_broadcast(context.database)
    send(context, halted, 10)
    clock.advance(minutes=5)
    assert {(one.rate, one.ends_at) for one in goings(context).values()} == {(None, None)}
    assert set(goings(context)) == {waiting, halted}


def test_lists_go_on_from_either_end(context: Context) -> None:
    numbers = [add_broadcast(context.database) for _ in range(7)]
    for number in numbers[::2]:
        set_state(context.database, number, BroadcastState.PAUSED)

    def listed(found: list[Going]) -> list[int]:
        return [one.broadcast.id for one in found]

    assert listed(throughput.latest(context, limit=3)) == [7, 6, 5]
    assert listed(throughput.latest(context, limit=3, before=5)) == [4, 3, 2]
    assert listed(throughput.newer(context, limit=3)) == [3, 2, 1]
    assert listed(throughput.newer(context, limit=3, than=3)) == [6, 5, 4]
    paused = BroadcastState.PAUSED
    assert listed(throughput.latest(context, state=paused, limit=2)) == [7, 5]
    assert listed(throughput.newer(context, state=paused, limit=2)) == [3, 1]


def test_a_course_fits_and_has_no_gaps(context: Context, clock: FrozenClock) -> None:
    add_recipients(context.database, 200)
    broadcast_id = add_broadcast(context.database)
    assert throughput.course(context, broadcast_id, most=10) is None
    for pause in (10, 10, 40, 10):
        send(context, broadcast_id, 20)
        clock.advance(seconds=pause)
    fine = course(context, broadcast_id, 10)
    assert fine.width == timedelta(seconds=10)
    assert [one.sent for one in fine.stretches] == [20, 20, 20, 0, 0, 0, 20]
    assert fine.ends_at == NOON + timedelta(seconds=70)
    for most in range(1, 8):
        coarse = course(context, broadcast_id, most)
        assert len(coarse.stretches) <= max(2, most)
        assert sum(one.sent for one in coarse.stretches) in {40, 60, 80}


def test_what_has_not_ended_is_left_for_the_next_look(context: Context, clock: FrozenClock) -> None:
    add_recipients(context.database, 100)
    broadcast_id = add_broadcast(context.database)
    send(context, broadcast_id, 10)
    # There is nothing else to show.
    assert [one.sent for one in course(context, broadcast_id, 10).stretches] == [10]
    clock.advance(seconds=15)
    send(context, broadcast_id, 30)
    assert [one.sent for one in course(context, broadcast_id, 10).stretches] == [10]
    clock.advance(seconds=5)
    assert [one.sent for one in course(context, broadcast_id, 10).stretches] == [10, 30]
