"""Updates are taken in by the headless worker, by one among all of them, and commands answered."""

from __future__ import annotations

import signal
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import update

from hsl_tui.clock import SystemClock
from hsl_tui.models.intake_tables import BotIntake
from hsl_tui.services import updates
from hsl_tui.store import bot_intake, server_clock, workers
from hsl_tui.store import database as store
from hsl_tui.telegram.intake import Command, Update
from hsl_tui.telegram.simulator.updates import command_update, group, group_membership_update
from hsl_tui.worker import Worker, intake
from tests.worker.headless import Headless, headless
from tests.worker.intake_scene import (
    answers,
    applied,
    fail_asking,
    place,
    states,
    taking_in,
    tell,
)
from tests.worker.scene import PATIENCE, Scene, until

BOT = {"id": 123456, "is_bot": True, "first_name": "Bot"}
PEOPLE = list(range(1, 151))
"""More than one poll gives."""


def test_who_writes_start_is_a_recipient_and_answered_once(scene: Scene) -> None:
    tell(scene, *PEOPLE, text="/start june")
    with taking_in(scene):
        until(lambda: scene.received() == dict.fromkeys(PEOPLE, 1))
        until(lambda: answers(scene) == [(chat_id, "sent") for chat_id in PEOPLE])
    assert states(scene) == dict.fromkeys(PEOPLE, "active")
    assert scene.recipient(7).tags == ("june",)
    assert (applied(scene), applied(scene, "joined")) == (150, 150)
    # An entry for each poll, not for each person.
    assert len(scene.actions("intake.applied")) < 10


def test_what_comes_later_is_taken_in_as_it_comes(scene: Scene) -> None:
    with taking_in(scene):
        tell(scene, 5)
        until(lambda: states(scene) == {5: "active"})
        tell(scene, 5, text="/stop")
        until(lambda: states(scene) == {5: "unsubscribed"})
        where = group(-1005, "News")
        scene.simulator.queue_update(group_membership_update(where, BOT, "member"))
        until(lambda: -1005 in states(scene))
        broadcast_id = scene.queue()
        scene.wait_for(broadcast_id)
    assert scene.counts(broadcast_id) == {"sent": 1}
    assert scene.received()[-1005] == 1


def test_without_being_asked_to_a_worker_takes_nothing_in(small_scene: Scene) -> None:
    scene = small_scene
    tell(scene, 5)
    scene.worker().run(once=True)
    scene.add_people(1)
    with scene.running():
        scene.wait_for(scene.queue())
    Worker(scene.context, takes_in=True).run(once=True)
    assert states(scene) == {1: "active"}


# --- one worker among all --------------------------------------------------------------------


def test_of_several_workers_one_takes_in_and_another_when_that_ends(scene: Scene) -> None:
    with scene.elsewhere() as other:
        with taking_in(scene):
            tell(scene, 1)
            until(lambda: states(scene) == {1: "active"})
            first = place(scene)
            with taking_in(other):
                tell(scene, 2)
                until(lambda: len(states(scene)) == 2)
                assert place(scene).token == first.token
        with taking_in(other):
            tell(scene, 3)
            until(lambda: len(states(scene)) == 3)
            assert place(scene).token > first.token
    assert applied(scene) == 3
    assert place(scene).holder_id is None
    assert scene.actions("intake.refused") == []


def test_a_dead_holder_is_replaced(scene: Scene) -> None:
    with scene.context.database.write() as session:
        moment = server_clock.moment(session) - timedelta(seconds=31)
        dead = workers.enter(
            session, host="elsewhere", pid=1, process_started="1", bot_id=123456, now=moment
        )
        lease = bot_intake.take(
            session, 123456, worker_id=dead, server=scene.context.settings.api_url
        )
        assert lease is not None
        bot_intake.advance(session, lease, 1)
    tell(scene, 1, 2)
    with taking_in(scene):
        until(lambda: states(scene) == {2: "active"})


def taken_over(scene: Scene, process: Headless) -> bool:
    """Whether another worker than this one holds the lease."""
    with scene.context.database.read() as session:
        holding = bot_intake.holding(session, 123456)
    return holding is not None and holding.pid not in {None, process.process.pid}


def test_a_killed_process_is_replaced(scene: Scene, tmp_path: Path) -> None:
    scene = scene.with_clock(SystemClock()).with_settings(worker_timeout=2.0)
    with headless(scene, tmp_path / "log", intake=1, worker_timeout=2.0) as killed:
        tell(scene, 1)
        until(lambda: states(scene) == {1: "active"})
        killed.signal(signal.SIGKILL)
        with taking_in(scene):
            tell(scene, 2)
            until(lambda: len(states(scene)) == 2)
    assert applied(scene) == 2


def test_a_process_that_stood_still_changes_nothing_and_stands_by(
    scene: Scene, tmp_path: Path
) -> None:
    scene = scene.with_clock(SystemClock()).with_settings(worker_timeout=2.0)
    with headless(scene, tmp_path / "log", intake=1, worker_timeout=2.0) as stopped:
        tell(scene, 1)
        until(lambda: answers(scene) == [(1, "sent")])
        asked = scene.simulator.stats.requests
        tell(scene, 1, text="x")
        until(lambda: scene.simulator.stats.requests > asked)
        stopped.signal(signal.SIGSTOP)
        # Telegram answers the poll that it left open; nobody reads that for now.
        tell(scene, 2, 3)
        with taking_in(scene):
            until(lambda: taken_over(scene, stopped))
            until(lambda: len(states(scene)) == 3)
            stopped.signal(signal.SIGCONT)
            until(lambda: "Another worker takes the bot's updates in" in stopped.said)
            tell(scene, 4)
            until(lambda: len(states(scene)) == 4)
            assert taken_over(scene, stopped)
            assert stopped.end() == 0
        until(lambda: len(scene.simulator.accepted()) == 4)
    assert (applied(scene), applied(scene, "joined")) == (4, 4)
    assert scene.received() == dict.fromkeys(range(1, 5), 1)
    assert scene.actions("intake.refused") == []
    assert "Traceback" not in stopped.said


def test_a_poll_that_waits_is_broken_off_when_the_worker_is_to_end(
    small_scene: Scene, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(intake, "POLL", 2 * PATIENCE)
    with taking_in(small_scene) as worker:
        tell(small_scene, 1)
        until(lambda: states(small_scene) == {1: "active"})
        worker.stop()
        assert worker.join(PATIENCE)
    with headless(small_scene, tmp_path / "log", intake=1) as process:
        tell(small_scene, 2)
        until(lambda: len(states(small_scene)) == 2)
        assert process.end() == 0
    assert place(small_scene).holder_id is None
    assert "Traceback" not in process.said


# --- the place up to which updates were taken in ---------------------------------------------


def left_at(scene: Scene, number: int, age: timedelta) -> None:
    """Let an update of this number be the last one, taken in so long ago."""
    with taking_in(scene):
        tell(scene, 1)
        until(lambda: answers(scene) == [(1, "sent")])
    with scene.context.database.write() as session:
        at = server_clock.moment(session) - age
        session.execute(update(BotIntake).values(last_update_id=number, last_update_at=at))


def numbered(scene: Scene, chat_id: int, number: int) -> None:
    scene.simulator.queue_update({**command_update(chat_id), "update_id": number})


def test_numbers_that_jump_are_followed(scene: Scene) -> None:
    left_at(scene, 1000, timedelta(0))
    numbered(scene, 2, 900_000_000)
    with taking_in(scene):
        until(lambda: states(scene).keys() == {1, 2})
        tell(scene, 3)
        until(lambda: states(scene).keys() == {1, 2, 3})
    assert place(scene).last_update_id == 900_000_001


def test_after_a_week_without_any_lower_numbers_are_new(scene: Scene) -> None:
    left_at(scene, 900_000_000, timedelta(days=8))
    numbered(scene, 2, 17)
    with taking_in(scene):
        until(lambda: states(scene).keys() == {1, 2})
        tell(scene, 3)
        until(lambda: states(scene).keys() == {1, 2, 3})
    assert place(scene).last_update_id == 18


def test_what_was_taken_in_before_is_passed_over_and_not_asked_for_without_end(
    small_scene: Scene, caplog: pytest.LogCaptureFixture
) -> None:
    scene = small_scene
    left_at(scene, 900_000_000, timedelta(days=1))
    scene.simulator.call(lambda running: running._updates.clear())
    numbered(scene, 2, 17)
    before = scene.simulator.stats.requests
    with taking_in(scene):
        until(lambda: "taken in before" in caplog.text)
        numbered(scene, 3, 900_000_001)
        until(lambda: 3 in states(scene))
    assert scene.simulator.stats.requests - before < 10
    assert states(scene).keys() == {1, 3}


def test_an_update_that_cannot_be_applied_is_passed_over(
    scene: Scene, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    apply = updates._Books.take

    def break_at_two(books: updates._Books, one: Update) -> None:
        apply(books, one)
        if isinstance(one.event, Command) and one.event.chat.chat_id == 2:
            raise RuntimeError("a bug")

    monkeypatch.setattr(updates._Books, "take", break_at_two)
    tell(scene, 1, 2, 3)
    with taking_in(scene):
        until(lambda: states(scene).keys() == {1, 3})
        until(lambda: len(scene.simulator.accepted()) == 2)
    assert place(scene).last_update_id == 3
    assert "cannot be applied" in caplog.text
    assert scene.received() == {1: 1, 3: 1}


# --- Telegram refuses, or is away ------------------------------------------------------------


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Waits are short."""
    monkeypatch.setattr(intake, "FIRST_WAIT", 0.02)
    monkeypatch.setattr(intake, "LONGEST_WAIT", 0.1)
    monkeypatch.setattr(intake, "POLL", 1.0)


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize(
    ("taken", "given_back", "words"),
    [
        ({"webhook_url": "https://example.org/secret"}, {"webhook_url": ""}, "webhook"),
        ({"other_poller": True}, {"other_poller": False}, "other getUpdates request"),
    ],
)
def test_what_another_program_has_is_left_to_it_and_sending_goes_on(
    scene: Scene,
    caplog: pytest.LogCaptureFixture,
    taken: dict[str, object],
    given_back: dict[str, object],
    words: str,
) -> None:
    caplog.set_level("INFO")
    scene.simulator.configure(**taken)
    scene.add_people(5, first=100)
    broadcast_id = scene.queue()
    tell(scene, 1)
    with taking_in(scene):
        scene.wait_for(broadcast_id)
        until(lambda: scene.actions("intake.") == ["intake.refused"])
        before = scene.simulator.stats.requests
        until(lambda: scene.simulator.stats.requests > before + 5)
        assert scene.actions("intake.") == ["intake.refused"]
        with scene.elsewhere() as other, taking_in(other):
            assert words in (place(scene).trouble or "")
        assert 1 not in states(scene)
        scene.simulator.configure(**given_back)
        until(lambda: states(scene).get(1) == "active")
        until(lambda: scene.actions("intake.resumed"))
    assert scene.counts(broadcast_id) == {"sent": 5}
    assert caplog.text.count("No updates are taken in") == 1
    assert "secret" not in caplog.text
    assert place(scene).trouble is None
    # Never removed by us.
    assert scene.actions("intake.") == ["intake.refused", "intake.applied", "intake.resumed"]


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize("fault", ["bad_gateway", "cut_before", "unreadable", "half"])
def test_an_outage_of_the_polls_is_waited_out_and_costs_no_delivery(
    small_scene: Scene, caplog: pytest.LogCaptureFixture, fault: str
) -> None:
    scene = small_scene
    caplog.set_level("INFO")
    fail_asking(scene, fault)
    people = scene.add_people(100, first=100)
    broadcast_id = scene.queue()
    tell(scene, 1)
    with taking_in(scene):
        scene.wait_for(broadcast_id)
        before = scene.simulator.stats.requests
        until(lambda: scene.simulator.stats.requests > before + 5)
        scene.simulator.clear_faults()
        until(lambda: scene.received() == dict.fromkeys([1, *people], 1))
    assert scene.counts(broadcast_id) == {"sent": 100}
    assert scene.actions("bot.") == scene.actions("intake.refused") == []
    assert caplog.text.count("not taken in for now") == 1
    assert caplog.text.count("Telegram answers again") == 1


@pytest.mark.parametrize(("fault", "parameters"), [("flood", {"retry_after": 900}), ("half", {})])
def test_nothing_is_asked_again_and_again(
    small_scene: Scene, fault: str, parameters: dict[str, int]
) -> None:
    scene = small_scene
    fail_asking(scene, fault, **parameters)
    scene.add_people(100)
    with taking_in(scene):
        until(lambda: scene.simulator.stats.requests >= 3)
        first = scene.queue()
        scene.wait_for(first)
        second = scene.queue("And again")
        scene.pass_time(seconds=1)
        scene.wait_for(second)
    # getMe, getWebhookInfo, and a few polls.
    assert scene.simulator.stats.requests - 200 < 8
    assert scene.counts(first) == scene.counts(second) == {"sent": 100}


def test_a_refused_token_stops_the_bot(scene: Scene) -> None:
    fail_asking(scene, "unauthorized")
    scene.add_people(3)
    with taking_in(scene) as worker:
        until(lambda: scene.actions("bot.") == ["bot.stopped"])
        before = scene.simulator.stats.requests
        scene.queue()
        until(lambda: worker.status.stopped_reason)
        assert scene.simulator.stats.requests == before
        assert scene.received() == {}


def test_an_unreachable_database_is_waited_for(
    small_scene: Scene, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    scene = small_scene
    monkeypatch.setattr(store, "BUSY_TIMEOUT", 0.05)
    tell(scene, 9)
    with scene.elsewhere() as locked, taking_in(locked):
        until(lambda: states(scene) == {9: "active"})
        with scene.write_lock():
            tell(scene, 1)
            until(lambda: "Updates have to wait" in caplog.text)
        until(lambda: scene.received() == {1: 1, 9: 1})
    assert applied(scene) == 2
