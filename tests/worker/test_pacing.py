"""The pace, shared by all workers on a database, and shared out fairly over broadcasts."""

from __future__ import annotations

import asyncio
from collections import Counter
from contextlib import ExitStack
from datetime import datetime, timedelta

import pytest

from hsl_tui.clock import SystemClock
from hsl_tui.models.enums import Priority
from hsl_tui.services.context import Context
from hsl_tui.store import pace
from hsl_tui.store.intake import Arrival
from hsl_tui.worker import dispatcher
from hsl_tui.worker.claims import Turn, _share
from hsl_tui.worker.pacer import Pacer
from hsl_tui.worker.slots import Slots
from tests.builders import add_worker, claim_shares
from tests.conftest import NOON
from tests.worker.scene import Gate, HaltedCalendar, Scene, chats, until
from tests.worker.test_takeover import another_process

BOT = 123456
GROUP = -5

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


def test_two_broadcasts_to_the_same_people_advance_together(small_scene: Scene) -> None:
    scene = small_scene.with_clock(SystemClock()).with_settings(messages_per_second=200)
    scene.add_people(200)
    first, second = scene.queue("First"), scene.queue("Second")
    with scene.running():
        until(lambda: scene.counts(first).get("sent", 0) >= 80)
        assert scene.counts(second).get("sent", 0) >= 40
        scene.wait_for(first)
        scene.wait_for(second)


class QuickCalendar(SystemClock):
    """A wall clock on which a minute is over in three seconds."""

    SPEED = 20

    def __init__(self) -> None:
        self.began = self.monotonic()

    def now(self) -> datetime:
        return NOON + timedelta(seconds=self.SPEED * (self.monotonic() - self.began))


def test_a_group_gets_20_messages_a_minute_however_many_broadcasts_go_to_it(
    small_scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dispatcher, "POLL", 1 / QuickCalendar.SPEED)
    scene = small_scene.with_clock(QuickCalendar())
    scene.simulator.configure(known_chats=frozenset({GROUP}))
    scene.add(Arrival(GROUP))
    queued = [scene.queue(f"Number {number}") for number in range(24)]
    while {scene.show(one).state for one in queued} != {"finished"}:
        scene.run()
    moments = sorted(scene.delivery(one, GROUP).sent_at or NOON for one in queued)
    assert len(scene.simulator.accepted()) == 24
    # Noted when the call had ended: the next one may be a little quicker.
    a_minute = timedelta(seconds=57)
    assert all(moments[number + 20] - moments[number] > a_minute for number in range(4))


def test_a_single_sweep_waits_for_a_chat_that_was_written_to_a_moment_ago(
    small_scene: Scene,
) -> None:
    scene = small_scene.with_clock(SystemClock())
    people = scene.add_people(3)
    queued = [scene.queue("First"), scene.queue("Second")]
    scene.run()
    assert scene.received() == dict.fromkeys(people, 2)
    assert {scene.show(one).state for one in queued} == {"finished"}


# --- fairness ----------------------------------------------------------------------------------


def after_the_last(scene: Scene, text: str) -> list[str]:
    """What arrived when the last message with this text had."""
    texts = [message.text for message in scene.simulator.accepted()]
    return texts[len(texts) - texts[::-1].index(text) :]


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
    assert after_the_last(scene, "Short").count("Long") >= 50


def test_at_a_pace_a_short_broadcast_takes_every_second_turn(small_scene: Scene) -> None:
    scene = small_scene.with_clock(HaltedCalendar()).with_settings(messages_per_second=60)
    scene.add_people(60)
    scene.queue("Long")
    others = scene.add_people(5, first=61)
    scene.queue("Short", *(f"chat:{number}" for number in others))
    scene.run()
    assert len(after_the_last(scene, "Short")) >= 65 - 20


@pytest.mark.parametrize("limit", [1, 2, 3, 7])
def test_broadcasts_take_turns_however_few_the_slots(limit: int) -> None:
    turn, served = Turn(), dict.fromkeys((3, 5, 9), 0)
    for _ in range(30):
        shares = _share([3, 5, 9], turn, Priority.NORMAL, limit)
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
    scene.add_people(400)
    gate = Gate(scene.simulator)
    long = scene.queue("Long")
    with scene.running():
        gate.wait_until_holding(20)
        to = [f"chat:{number}" for number in scene.add_people(100, first=401)]
        urgent = scene.queue("Urgent", *to, priority=Priority.URGENT)
        gate.open()
        scene.wait_for(long)
        scene.wait_for(urgent)
    assert after_the_last(scene, "Urgent").count("Long") >= 80


def test_two_urgent_broadcasts_share_the_pace(small_scene: Scene) -> None:
    scene = small_scene.with_clock(HaltedCalendar()).with_settings(messages_per_second=60)
    scene.queue("Normal", *(f"chat:{number}" for number in scene.add_people(20)))
    for text, first in (("One", 21), ("Other", 41)):
        to = [f"chat:{number}" for number in scene.add_people(20, first=first)]
        scene.queue(text, *to, priority=Priority.URGENT)
    scene.run()
    texts = [message.text for message in scene.simulator.accepted()]
    # What is called at the same time may arrive in any order.
    assert texts.index("Normal") >= 36
    assert abs(texts[:20].count("One") - texts[:20].count("Other")) <= 6
    assert Counter(texts) == {"One": 20, "Other": 20, "Normal": 20}


def claimed(context: Context, turn: Turn, limit: int) -> Counter[int]:
    """How many deliveries of each broadcast a worker claims."""
    database, now = context.database, context.clock.now()
    claims = claim_shares(database, add_worker(database), limit, now=now, turn=turn)
    return Counter(one.broadcast_id for one in claims)


def test_what_urgent_broadcasts_leave_of_a_claim_goes_to_the_others(scene: Scene) -> None:
    numbers = {
        text: scene.queue(text, *(f"chat:{n}" for n in scene.add_people(size, first=first)), **how)
        for text, first, size, how in (
            ("Long", 1, 30, {}),
            ("Short", 101, 2, {}),
            ("Urgent", 201, 10, {"priority": Priority.URGENT}),
            ("Urgent, short", 301, 3, {"priority": Priority.URGENT}),
        )
    }
    names = {number: text for text, number in numbers.items()}

    def shares(limit: int) -> dict[str, int]:
        return {names[one]: n for one, n in claimed(scene.context, turn, limit).items()}

    turn = Turn()
    assert shares(8) == {"Urgent": 5, "Urgent, short": 3}
    assert shares(12) == {"Urgent": 5, "Long": 5, "Short": 2}
    assert shares(12) == {"Long": 12}


def test_normal_broadcasts_take_turns_for_what_urgent_ones_leave(scene: Scene) -> None:
    normal = [
        scene.queue("Normal", *(f"chat:{n}" for n in scene.add_people(9, first=first)))
        for first in (1, 101, 201)
    ]
    turn, served = Turn(), Counter[int]()
    for chat in range(301, 307):
        (person,) = scene.add_people(1, first=chat)
        scene.queue("Urgent", f"chat:{person}", priority=Priority.URGENT)
        served += claimed(scene.context, turn, 2)
    assert [served[number] for number in normal] == [2, 2, 2]


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


async def test_a_claim_begins_earlier_where_the_database_is_slow(small_scene: Scene) -> None:
    """Its slots would have passed by the time of its commit, again and again."""
    slots = Slots(30)
    pacer = Pacer(small_scene.context, BOT, slots)
    slots.add_block(asyncio.get_running_loop().time() + 30)
    usual = await pacer.wait_for_claim()
    pacer.note_claim(0.4)
    assert usual - await pacer.wait_for_claim() >= 0.4
    pacer.note_claim(9)
    slow = await pacer.wait_for_claim()
    assert slow > usual - 9
    pacer.note_claim(0.001)
    assert usual > await pacer.wait_for_claim() > slow - 0.5
