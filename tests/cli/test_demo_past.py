"""What the demo's console opens on: a day that is true in all its parts."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

import pytest

from hsl_tui.cli.demo_past import UNDER_WAY_FOR, make_past
from hsl_tui.models.criteria import Criteria
from hsl_tui.models.enums import Act, BroadcastState, DeliveryStatus, RecipientState
from hsl_tui.models.views import BroadcastView
from hsl_tui.services import audit, broadcasts, recipients, throughput
from hsl_tui.services.context import Context
from hsl_tui.telegram.simulator import SimulatorThread
from tests.builders import broadcast as counted
from tests.builders import ledger_of
from tests.conftest import NOON

PEOPLE = 6000
BOT = 123456


@pytest.fixture
def day(sqlite_context: Context, simulator: SimulatorThread) -> list[BroadcastView]:
    """The broadcasts, oldest first."""
    make_past(sqlite_context, PEOPLE, lambda chats: simulator.remember(BOT, chats))
    return list(broadcasts.latest(sqlite_context))[::-1]


def test_every_state_and_every_act_is_in_it(day: list[BroadcastView]) -> None:
    assert {one.state for one in day} == set(BroadcastState)
    assert {one.act for one in day} == set(Act)
    finished = day[0]
    assert finished.counts[DeliveryStatus.FAILED] > 20
    assert finished.counts[DeliveryStatus.UNCERTAIN] > 0
    assert any(one.counts[DeliveryStatus.DELETED] for one in day if one.act is Act.SEND)
    running = day[-1]
    assert running.state is BroadcastState.SENDING
    assert running.started_at == NOON - UNDER_WAY_FOR
    left = running.total_recipients - running.settled
    assert left > running.total_recipients / 2


def test_counts_course_and_audit_log_agree(
    sqlite_context: Context, day: list[BroadcastView]
) -> None:
    for one in day:
        assert counted(sqlite_context.database, one.id) == one
        course = throughput.course(sqlite_context, one.id, most=1000)
        if one.started_at is None:
            assert course is None
            continue
        assert course is not None
        whole = course.stretches
        sent = sum(stretch.sent for stretch in whole)
        assert sent == one.successful_deliveries or one is day[-1]
        assert max(stretch.sent for stretch in whole) <= 300
    assert audit.verify(sqlite_context) > 20
    log = list(audit.every(sqlite_context))
    assert [entry.at for entry in log] == sorted((entry.at for entry in log), reverse=True)
    actions = Counter(entry.action for entry in log)
    started = sum(one.started_at is not None for one in day)
    assert actions["broadcast.started"] == started
    ended = sum(one.state is BroadcastState.FINISHED for one in day)
    assert actions["broadcast.finished"] == ended


def test_its_rate_and_end_are_known_at_once(
    sqlite_context: Context, day: list[BroadcastView]
) -> None:
    running = throughput.latest(sqlite_context, limit=1)[0]
    assert running.broadcast == day[-1]
    assert running.rate is not None
    assert 25 < running.rate < 31
    assert running.ends_at is not None
    assert timedelta(minutes=1) < running.ends_at - NOON < timedelta(minutes=10)


def test_what_it_sent_is_in_the_chats(
    sqlite_context: Context, day: list[BroadcastView], simulator: SimulatorThread
) -> None:
    ledger = ledger_of(sqlite_context.database, day[0].id)
    sent = next(one for one in ledger if one.status is DeliveryStatus.SENT)
    (there, *_) = simulator.call(lambda telegram: telegram.chat_messages(sent.chat_id))
    assert there["message_id"] == sent.telegram_message_id
    assert simulator.stats.accepted == 0


def test_whom_it_could_not_reach_is_known(
    sqlite_context: Context, day: list[BroadcastView]
) -> None:
    failed = day[0].counts[DeliveryStatus.FAILED]
    blocked = Criteria(state=RecipientState.BLOCKED)
    assert recipients.count(sqlite_context, blocked) >= failed / 2
