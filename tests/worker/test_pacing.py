"""The pace, shared by all workers on a database, and shared out fairly over broadcasts."""

from __future__ import annotations

from contextlib import ExitStack

import pytest

from hsl_tui.clock import SystemClock
from hsl_tui.models.enums import Priority
from hsl_tui.store import pace
from hsl_tui.worker.claims import Turn, _share
from tests.worker.scene import Gate, HaltedCalendar, Scene, chats, until
from tests.worker.test_takeover import another_process

BOT = 123456

# Telegram counts when messages arrive, and on a busy machine some are a few milliseconds longer on
# their way than others. Where the tests' Telegram takes a little more than the budget, it shows
# whether workers share it, not how busy this machine is: each with a budget of its own would send
# twice as much. That slots keep their distance to the microsecond is shown with the slots.


def test_two_workers_on_one_database_send_to_nobody_twice(scene: Scene) -> None:
    people = scene.add_people(300)
    broadcast_id = scene.queue()
    with scene.elsewhere() as one, scene.elsewhere() as other, one.running(), other.running():
        scene.wait_for(broadcast_id)
    assert scene.received() == dict.fromkeys(people, 1)
    assert scene.counts(broadcast_id) == {"sent": 300}
    assert scene.actions("broadcast.") == [
        "broadcast.queued",
        "broadcast.started",
        "broadcast.finished",
    ]


def test_two_processes_together_keep_within_one_budget(scene: Scene) -> None:
    scene.simulator.configure(rate=33)
    people = scene.add_people(75)
    broadcast_id = scene.queue()
    with another_process(scene, rate=30), another_process(scene, rate=30):
        # Not by reading the ledger meanwhile: that would hold up the simulator in this process.
        until(lambda: len(scene.simulator.accepted()) == 75)
        scene.wait_for(broadcast_id)
    assert scene.received() == dict.fromkeys(people, 1)
    assert scene.simulator.stats.refused_429 == 0


def test_a_pace_of_less_than_one_a_second_is_kept_up(small_scene: Scene) -> None:
    """The next slot is always further ahead than a worker's look for what has changed."""
    scene = small_scene.with_clock(HaltedCalendar()).with_settings(messages_per_second=0.8)
    scene.add_people(2)
    broadcast_id = scene.queue()
    scene.run()
    assert scene.counts(broadcast_id) == {"sent": 2}


def test_many_workers_that_share_a_small_budget_all_get_their_turn(small_scene: Scene) -> None:
    scene = small_scene.with_clock(SystemClock()).with_settings(messages_per_second=8)
    scene.simulator.configure(rate=9)
    scene.add_people(24)
    broadcast_id = scene.queue()
    with ExitStack() as workers:
        for _ in range(6):
            elsewhere = workers.enter_context(scene.elsewhere())
            workers.enter_context(elsewhere.running())
        scene.wait_for(broadcast_id)
    assert scene.counts(broadcast_id) == {"sent": 24}
    assert set(scene.received().values()) == {1}
    assert scene.simulator.stats.refused_429 == 0


def test_a_halt_costs_no_budget_beyond_its_time(small_scene: Scene) -> None:
    """A waiting worker keeps the block that it has, instead of reserving one each second."""
    scene = small_scene.with_clock(HaltedCalendar()).with_settings(messages_per_second=30)
    scene.add_people(1)
    scene.queue()
    with scene.context.database.write() as session:
        pace.reserve(session, BOT, slots=1, interval_us=2_500_000)
    scene.run()
    with scene.context.database.write() as session:
        # One block of a quarter of a second was reserved, and a second one at most.
        assert pace.reserve(session, BOT, slots=1, interval_us=1).wait < 2 * 0.26
    assert len(scene.simulator.accepted()) == 1


def test_two_broadcasts_to_the_same_people_keep_to_the_pace_of_a_chat(small_scene: Scene) -> None:
    scene = small_scene.with_clock(SystemClock())
    scene.simulator.configure(chat_rate=1)
    people = scene.add_people(10)
    queued = [scene.queue("First"), scene.queue("Second")]
    with scene.running():
        for broadcast_id in queued:
            scene.wait_for(broadcast_id)
    assert scene.received() == dict.fromkeys(people, 2)
    assert scene.simulator.stats.refused_429 == 0


# --- fairness ----------------------------------------------------------------------------------


def test_a_short_broadcast_does_not_wait_for_a_long_one(scene: Scene) -> None:
    scene.add_people(300)
    gate = Gate(scene.simulator)
    long = scene.queue("Long")
    with scene.running():
        gate.wait_until_holding(20)
        others = scene.add_people(5, first=301)
        short = scene.queue("Short", *(f"chat:{number}" for number in others))
        gate.open()
        scene.wait_for(long)
        scene.wait_for(short)
    texts = [message.text for message in scene.simulator.accepted()]
    after_short = texts[len(texts) - texts[::-1].index("Short") :]
    assert after_short.count("Long") >= 50


def test_at_a_pace_a_short_broadcast_takes_every_second_turn(small_scene: Scene) -> None:
    scene = small_scene.with_clock(HaltedCalendar()).with_settings(messages_per_second=60)
    scene.add_people(60)
    scene.queue("Long")
    others = scene.add_people(5, first=61)
    scene.queue("Short", *(f"chat:{number}" for number in others))
    scene.run()
    texts = [message.text for message in scene.simulator.accepted()]
    last = len(texts) - texts[::-1].index("Short")
    assert last <= 20


@pytest.mark.parametrize("limit", [1, 2, 3, 7])
def test_broadcasts_take_turns_however_few_the_slots(limit: int) -> None:
    turn, served = Turn(), dict.fromkeys((3, 5, 9), 0)
    for _ in range(30):
        shares = _share([3, 5, 9], turn, limit)
        assert sum(shares.values()) == limit
        for broadcast_id, share in shares.items():
            served[broadcast_id] += share
    assert max(served.values()) - min(served.values()) <= 1


def test_more_broadcasts_than_are_in_flight_at_once_all_end(scene: Scene) -> None:
    scene = scene.with_settings(sweep_limit=2)
    people = scene.add_people(7)
    queued = [scene.queue(f"Number {number}", f"chat:{number}") for number in people]
    scene.run()
    assert {scene.show(one).state for one in queued} == {"finished"}
    assert scene.received() == dict.fromkeys(people, 1)
    assert scene.simulator.accepted()[0].text in {"Number 1", "Number 2"}


def test_an_urgent_broadcast_goes_before_one_that_runs(scene: Scene) -> None:
    scene.add_people(300)
    gate = Gate(scene.simulator)
    long = scene.queue("Long")
    with scene.running():
        gate.wait_until_holding(20)
        to = [f"chat:{number}" for number in scene.add_people(100, first=301)]
        urgent = scene.queue("Urgent", *to, priority=Priority.URGENT)
        gate.open()
        scene.wait_for(long)
        scene.wait_for(urgent)
    texts = [message.text for message in scene.simulator.accepted()]
    after_urgent = texts[len(texts) - texts[::-1].index("Urgent") :]
    assert after_urgent.count("Long") >= 80


@pytest.mark.parametrize("priority", Priority)
def test_a_broadcast_that_waits_after_errors_holds_up_no_other(
    small_scene: Scene, priority: Priority
) -> None:
    scene = small_scene.with_settings(sweep_limit=1)
    scene.add_people(2)
    astray = scene.with_settings(api_url="http://127.0.0.1:9")
    first = scene.queue("First", "chat:1", priority=priority)
    astray.run()
    second = scene.queue("Second", "chat:2")
    scene.run()
    assert scene.counts(first) == {"pending": 1}
    assert scene.counts(second) == {"sent": 1}
    assert chats(scene.simulator.accepted()) == [2]
