"""What Telegram may answer, and what becomes of the delivery, the recipient and the broadcast."""

from __future__ import annotations

from datetime import timedelta

import pytest
from pydantic import SecretStr

from hsl_tui.clock import SystemClock
from hsl_tui.models.delivery_criteria import to_chats
from hsl_tui.models.enums import UncertainPolicy
from hsl_tui.services import audit, steering
from hsl_tui.store import pace
from hsl_tui.telegram.simulator.faults import migrated_id
from tests.conftest import NOON, FrozenClock
from tests.worker.scene import Scene, until

BOT = 123456
NOBODY_LISTENS = "http://127.0.0.1:9"

GONE = {
    "blocked": "blocked",
    "deactivated": "deactivated",
    "never_started": "invalid",
    "is_a_bot": "invalid",
    "kicked": "blocked",
    "not_a_member": "blocked",
    "group_deleted": "blocked",
    "chat_not_found": "invalid",
    "peer_id_invalid": "invalid",
}
REFUSED = ("no_rights", "no_write_access", "need_admin", "write_forbidden", "topic_gone")
CONTENT = (
    "cant_parse",
    "text_empty",
    "text_invisible",
    "too_long",
    "button_invalid",
    "wrong_file",
    "url_content",
    "page_type",
    "file_too_large",
)
UNCERTAIN = (
    "server_error",
    "server_error_accepted",
    "bad_gateway",
    "gateway_timeout_accepted",
    "cut_before",
    "cut_after",
    "no_answer",
    "no_answer_refused",
    "unreadable",
    "half",
)


@pytest.fixture
def three(scene: Scene) -> Scene:
    """Three recipients; what fails, fails for the second."""
    scene.add_people(3)
    return scene


@pytest.fixture
def small(small_scene: Scene) -> Scene:
    """The same where the database does not matter."""
    small_scene.add_people(3)
    return small_scene


@pytest.mark.parametrize("fault", GONE)
def test_a_permanent_error_moves_the_recipient(small: Scene, fault: str) -> None:
    small.fail(fault, 2)
    broadcast_id = small.queue()
    small.run()
    delivery, recipient = small.delivery(broadcast_id, 2), small.recipient(2)
    assert (delivery.status, delivery.attempts, delivery.telegram_message_id) == (
        "failed",
        1,
        None,
    )
    assert recipient.state == GONE[fault]
    assert recipient.state_reason == delivery.error
    assert recipient.state_changed_at == NOON
    assert small.counts(broadcast_id) == {"sent": 2, "failed": 1}
    assert small.show(broadcast_id).state == "finished"

    small.pass_time(seconds=2)
    later = small.queue()
    small.run()
    assert small.counts(later) == {"sent": 2}


@pytest.mark.parametrize("fault", REFUSED)
def test_a_chat_that_refuses_the_bot_leaves_the_recipient_alone(small: Scene, fault: str) -> None:
    small.fail(fault, 2)
    broadcast_id = small.queue()
    small.run()
    assert small.delivery(broadcast_id, 2).status == "failed"
    assert small.recipient(2).state == "active"
    assert small.counts(broadcast_id) == {"sent": 2, "failed": 1}
    assert small.show(broadcast_id).state == "finished"


@pytest.mark.parametrize("fault", CONTENT)
def test_refused_content_pauses_the_broadcast_and_says_why(small: Scene, fault: str) -> None:
    scene = small
    scene.add_people(297, first=4)
    scene.fail(fault, 1)
    refused, other = scene.queue("Refused", "all", "!chat:2"), scene.queue("Other", "chat:2")
    scene.run()
    delivery = scene.delivery(refused, 1)
    assert (delivery.status, scene.recipient(1).state) == ("failed", "active")
    broadcast = scene.show(refused)
    assert broadcast.state == "paused"
    assert delivery.error
    assert delivery.error in (broadcast.state_reason or "")
    counts = scene.counts(refused)
    assert counts["failed"] == 1
    assert counts["pending"] >= 1
    assert scene.counts(other) == {"sent": 1}
    (paused,) = audit.latest(scene.context, limit=5, action="broadcast.paused")
    assert (paused.broadcast_id, paused.details["reason"]) == (refused, broadcast.state_reason)

    steering.resume(scene.context, refused)
    scene.run()
    assert scene.counts(refused) == {"sent": 298, "failed": 1}
    assert scene.show(refused).state_reason is None


def test_refused_content_of_the_last_recipient_finishes_the_broadcast(small: Scene) -> None:
    small.fail("cant_parse")
    broadcast_id = small.queue("Hello", "chat:1")
    small.run()
    assert small.show(broadcast_id).state == "finished"
    assert small.actions("broadcast.") == [
        "broadcast.queued",
        "broadcast.started",
        "broadcast.finished",
    ]


def test_a_group_that_moved_gets_it_in_its_new_chat(three: Scene) -> None:
    three.fail("migrated", 2)
    broadcast_id = three.queue()
    three.run()
    assert three.received() == {1: 1, 3: 1, migrated_id(2): 1}
    delivery = three.deliveries(broadcast_id)[migrated_id(2)]
    assert (delivery.status, delivery.error) == ("sent", None)
    assert three.recipient(migrated_id(2)).first_name == "Person 2"
    assert three.counts(broadcast_id) == {"sent": 3}


def test_a_group_that_moved_to_a_chat_on_record_gets_nothing_twice(three: Scene) -> None:
    three.fail("migrated", 2, migrate_to_chat_id=3)
    broadcast_id = three.queue()
    three.run()
    assert three.received() == {1: 1, 3: 1}
    assert three.recipient(2).state == "invalid"
    assert "3" in (three.recipient(2).state_reason or "")
    assert three.counts(broadcast_id) == {"sent": 2, "cancelled": 1}
    assert three.show(broadcast_id).state == "finished"


# --- refused for now, or for good --------------------------------------------------------------


def test_after_a_429_all_get_it_and_nobody_lost_an_attempt(three: Scene) -> None:
    scene = three.with_clock(SystemClock())
    scene.fail("flood", 2, times=2, retry_after=0.05)
    broadcast_id = scene.queue()
    scene.run()
    assert scene.received() == {1: 1, 2: 1, 3: 1}
    assert {one.attempts for one in scene.deliveries(broadcast_id).values()} == {1}
    assert scene.counts(broadcast_id) == {"sent": 3}


def test_a_429_halts_every_worker_of_the_bot(three: Scene) -> None:
    three.fail("flood", 2, times=1, retry_after=500)
    broadcast_id = three.queue()
    three.run()
    assert three.counts(broadcast_id)["pending"] >= 1
    assert three.delivery(broadcast_id, 2).attempts == 0
    with three.context.database.read() as session:
        assert 400 < pace.standing(session, BOT).halted_for <= 500

    sent = len(three.simulator.accepted())
    with three.elsewhere() as other:
        other.queue()
        other.run()
    assert len(three.simulator.accepted()) == sent
    assert three.simulator.stats.requests <= 3


def test_a_refused_token_stops_the_bot_until_it_is_mended(three: Scene) -> None:
    three.simulator.configure(tokens=frozenset({f"{BOT}:good"}))
    broadcast_id = three.queue()
    three.run()
    three.run()
    assert three.counts(broadcast_id) == {"pending": 3}
    assert {one.attempts for one in three.deliveries(broadcast_id).values()} == {0}
    with three.context.database.read() as session:
        assert "Unauthorized" in (pace.standing(session, BOT).stopped_reason or "")
    assert three.actions("bot.") == ["bot.stopped"]

    with three.running() as worker:
        until(lambda: worker.status.stopped_reason)
    assert three.counts(broadcast_id) == {"pending": 3}

    three.with_settings(bot_token=SecretStr(f"{BOT}:good")).run()
    assert three.counts(broadcast_id) == {"sent": 3}
    assert three.received() == {1: 1, 2: 1, 3: 1}
    assert three.actions("bot.") == ["bot.stopped", "bot.resumed"]


# --- errors that may pass ----------------------------------------------------------------------


def test_what_never_left_is_tried_again_later_and_not_for_ever(
    three: Scene, clock: FrozenClock
) -> None:
    astray = three.with_settings(api_url=NOBODY_LISTENS, max_attempts=3)
    broadcast_id = three.queue()
    for attempt in (1, 2):
        astray.run()
        astray.run()  # nothing is due yet: it calls nobody
        delivery = three.delivery(broadcast_id)
        assert (delivery.status, delivery.attempts) == ("pending", attempt)
        assert delivery.error_kind == "not_connected"
        assert delivery.not_before is not None
        assert delivery.not_before > clock.now()
        clock.advance(hours=1)
    astray.run()
    assert three.delivery(broadcast_id).attempts == 3
    assert three.counts(broadcast_id) == {"failed": 3}
    assert three.show(broadcast_id).state == "finished"

    steering.retry(three.context, broadcast_id)
    three.run()
    assert three.counts(broadcast_id) == {"sent": 3}
    assert {one.attempts for one in three.deliveries(broadcast_id).values()} == {1}


@pytest.mark.parametrize("fault", UNCERTAIN)
def test_under_hold_what_may_have_arrived_is_never_sent_again(
    small: Scene, clock: FrozenClock, fault: str
) -> None:
    small = small.with_settings(request_timeout=0.5)
    small.fail(fault, 2)
    broadcast_id = small.queue()
    small.run()
    requests = small.simulator.stats.requests
    clock.advance(hours=10)
    small.run()
    delivery = small.delivery(broadcast_id, 2)
    assert (delivery.status, delivery.attempts) == ("uncertain", 1)
    assert delivery.error
    assert small.simulator.stats.requests == requests == 3
    assert small.received()[2] <= 1
    assert small.recipient(2).state == "active"
    assert small.show(broadcast_id).state == "finished"


@pytest.mark.parametrize("fault", UNCERTAIN)
def test_under_resend_it_is_sent_until_an_answer_is_read(
    small: Scene, clock: FrozenClock, fault: str
) -> None:
    small = small.with_settings(request_timeout=0.5)
    small.fail(fault, 2, times=2)
    broadcast_id = small.queue(on_uncertain=UncertainPolicy.RESEND)
    for attempts in (1, 2):
        small.run()
        delivery = small.delivery(broadcast_id, 2)
        assert (delivery.status, delivery.attempts) == ("pending", attempts)
        clock.advance(hours=1)
    small.run()
    delivery = small.delivery(broadcast_id, 2)
    assert (delivery.status, delivery.attempts, delivery.error) == ("sent", 3, None)
    assert small.simulator.accepted(2)[-1].message_id == delivery.telegram_message_id
    assert small.received()[1] == small.received()[3] == 1


def test_under_resend_it_is_not_sent_for_ever(small: Scene, clock: FrozenClock) -> None:
    scene = small.with_settings(max_attempts=2)
    scene.fail("server_error", 2)
    broadcast_id = scene.queue(on_uncertain=UncertainPolicy.RESEND)
    for _ in range(4):
        scene.run()
        clock.advance(hours=1)
    delivery = scene.delivery(broadcast_id, 2)
    assert (delivery.status, delivery.attempts) == ("uncertain", 2)
    assert scene.simulator.stats.requests == 4


def test_sent_and_deleted_at_once_counts_as_sent(small: Scene) -> None:
    small.fail("sent_then_deleted", 2)
    broadcast_id = small.queue()
    small.run()
    delivery = small.delivery(broadcast_id, 2)
    assert (delivery.status, delivery.telegram_message_id) == ("sent", None)


def test_an_operator_settles_what_is_uncertain(small: Scene) -> None:
    small.fail("cut_after", 1, 2, times=1)
    broadcast_id = small.queue()
    small.run()
    assert small.counts(broadcast_id) == {"sent": 1, "uncertain": 2}
    steering.resolve(small.context, broadcast_id, to_chats([1]), resend=False)
    steering.resolve(small.context, broadcast_id, resend=True)
    small.run()
    assert small.counts(broadcast_id) == {"sent": 3}
    assert small.received() == {1: 1, 2: 2, 3: 1}
    assert small.actions("broadcast.").count("broadcast.finished") == 2


def test_waits_grow_with_each_attempt(small: Scene, clock: FrozenClock) -> None:
    astray = small.with_settings(api_url=NOBODY_LISTENS, max_attempts=5)
    broadcast_id = small.queue("Hello", "chat:1")
    waits = []
    for _ in range(4):
        astray.run()
        not_before = small.delivery(broadcast_id).not_before
        assert not_before is not None
        waits.append(not_before - clock.now())
        clock.advance(hours=1)
    for wait, nominal in zip(waits, (5, 15, 45, 135), strict=True):
        assert timedelta(seconds=nominal / 2) <= wait <= timedelta(seconds=nominal * 1.5)


def test_a_broken_answer_to_one_does_not_lose_what_is_known_of_others(small: Scene) -> None:
    """A new id that no database takes: what it says cannot be recorded, all else must be."""
    small.fail("migrated", 2, migrate_to_chat_id=-(10**30))
    broadcast_id = small.queue()
    small.run()
    assert small.counts(broadcast_id) == {"sent": 2, "uncertain": 1}
    assert small.show(broadcast_id).state == "finished"
