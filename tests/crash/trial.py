"""One trial: workers are killed while they send, and the simulated Telegram tells what it got.

The oracle is the simulator's own record, flushed to disk before each answer. Nothing here waits
for a time: kills come when so many messages have been accepted.
"""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import threading
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from pydantic import SecretStr

from hsl_tui.clock import SystemClock
from hsl_tui.models.delivery_criteria import DeliveryCriteria
from hsl_tui.models.enums import BroadcastState, DeliveryStatus, UncertainPolicy
from hsl_tui.models.views import BroadcastView
from hsl_tui.services import broadcasts, deliveries, queueing
from hsl_tui.services.composing import Composition
from hsl_tui.services.context import Context
from hsl_tui.settings import Settings
from hsl_tui.store import audit, intake
from hsl_tui.store.database import Database
from hsl_tui.telegram.simulator import SimulatorConfig, SimulatorThread
from hsl_tui.worker.dispatcher import places

TOKEN = "123456:simulated"
RATE = 200.0
PATIENCE = 60.0
"""Seconds without any progress after which a trial has failed."""


@dataclass(frozen=True)
class Plan:
    """What a trial does.

    Attributes:
        kills: how many processes are killed, at random moments fixed by the seed.
        failpoint: instead, the first worker dies there; see ``hsl_tui.failpoints``.
    """

    policy: UncertainPolicy
    recipients: int = 200
    workers: int = 1
    kills: int = 0
    failpoint: str = ""
    seed: int = 0


@dataclass
class Findings:
    """What became of it, by the ledger and by the oracle."""

    plan: Plan
    kills: int = 0
    counts: dict[DeliveryStatus, int] = field(default_factory=dict)
    doubled: list[int] = field(default_factory=list)
    """Chats that got it more than once."""
    never: list[int] = field(default_factory=list)
    """Chats that did not get it."""
    sent_untrue: list[int] = field(default_factory=list)
    """Chats whose delivery says `sent`, and that did not get it exactly once."""
    audit_is_whole: bool = False

    @property
    def broken(self) -> list[str]:
        """The promises that were not kept."""
        hold = self.plan.policy is UncertainPolicy.HOLD
        uncertain = self.counts[DeliveryStatus.UNCERTAIN]
        checks = {
            "a message was doubled under hold": hold and bool(self.doubled),
            "`sent` was not true": hold and bool(self.sent_untrue),
            "a message was lost under resend": not hold and bool(self.never),
            "a message was lost without being uncertain": len(self.never) > uncertain,
            "more is uncertain than was in flight": uncertain > self.kills * places(RATE),
            "a delivery is stuck": any(
                self.counts[status] for status in (DeliveryStatus.PENDING, DeliveryStatus.SENDING)
            ),
            "counts do not add up": sum(self.counts.values()) != self.plan.recipients,
            "the audit log is broken": not self.audit_is_whole,
        }
        return [promise for promise, is_broken in checks.items() if is_broken]


def run(plan: Plan, database_url: str, folder: Path) -> Findings:
    """Queue a broadcast, kill workers while they send it, let the last ones end, and look."""
    record = folder / "accepted.jsonl"
    config = SimulatorConfig(rate=0, latency=0.02, record_path=record)
    database = Database(database_url)
    try:
        with SimulatorThread(config) as simulator:
            context = context_of(database, simulator.url)
            broadcast = queue(context, plan)
            findings = Findings(plan)
            _send(plan, context, broadcast, simulator, findings)
        _look(findings, context, broadcast, record)
    finally:
        database.dispose()
    return findings


def context_of(database: Database, api_url: str) -> Context:
    """An operator who sends to this Telegram."""
    settings = Settings(
        bot_token=SecretStr(TOKEN), api_url=api_url, database_url=SecretStr("sqlite:////unused")
    )
    return Context(database, SystemClock(), "trial", settings)


def queue(context: Context, plan: Plan) -> BroadcastView:
    """Queue a broadcast to as many people as the plan has."""
    people = [intake.Arrival(chat_id=number) for number in range(1, plan.recipients + 1)]
    with context.database.write() as session:
        intake.take_in(session, people, now=context.clock.now())
    order = queueing.Order(Composition("Hello"), ["all"], on_uncertain=plan.policy)
    return queueing.queue(context, order)


def _send(
    plan: Plan,
    context: Context,
    broadcast: BroadcastView,
    simulator: SimulatorThread,
    findings: Findings,
) -> None:
    chance = random.Random(plan.seed)  # noqa: S311 - repeatable, not secret
    fleet = [worker(context, plan.failpoint) for _ in range(plan.workers)]
    try:
        for kill in range(plan.kills):
            share = plan.recipients * (kill + 1) // (plan.kills + 1)
            target = share - chance.randint(0, plan.recipients // (plan.kills + 1) // 2)
            until(lambda target=target: len(simulator.accepted()) >= target)
            victim = chance.randrange(len(fleet))
            fleet[victim].kill()
            fleet[victim].wait()
            findings.kills += 1
            fleet[victim] = worker(context)
        if plan.failpoint:
            fleet[0].wait(PATIENCE)
            assert fleet[0].returncode == -signal.SIGKILL
            findings.kills += 1
            fleet[0] = worker(context)
        until(lambda: is_over(context, broadcast))
    finally:
        for process in fleet:
            process.terminate()
        exits = [process.wait(PATIENCE) for process in fleet]
    # One that had only just been started has not got so far as to listen.
    assert set(exits) <= {0, -signal.SIGTERM}, exits


def worker(context: Context, failpoint: str = "") -> subprocess.Popen[bytes]:
    """A worker in a process of its own, which dies at the failpoint."""
    environment = os.environ | {
        "BOT_TOKEN": TOKEN,
        "DATABASE_URL": context.database.url.set(
            drivername=context.database.url.get_backend_name()
        ).render_as_string(hide_password=False),
        "HSL_TUI_API_URL": context.settings.api_url,
        "HSL_TUI_MESSAGES_PER_SECOND": str(RATE),
        "HSL_TUI_FAILPOINT": failpoint,
    }
    return subprocess.Popen(
        [sys.executable, "-m", "hsl_tui", "--scheduler-only"],
        env=environment,
        stderr=subprocess.DEVNULL,
    )


def is_over(context: Context, broadcast: BroadcastView) -> bool:
    """Whether nothing of a broadcast is left to do."""
    return broadcasts.show(context, broadcast.id).state is BroadcastState.FINISHED


def until(condition: object) -> None:
    """Look again and again, for as long as patience lasts."""
    assert callable(condition)
    pause = threading.Event()
    for _ in range(round(PATIENCE / 0.01)):
        if condition():
            return
        pause.wait(0.01)
    raise TimeoutError("nothing went on")


def _look(findings: Findings, context: Context, broadcast: BroadcastView, record: Path) -> None:
    lines = record.read_text().splitlines() if record.exists() else []
    accepted = Counter(int(json.loads(line)["chat_id"]) for line in lines)
    findings.counts = broadcasts.show(context, broadcast.id).counts
    everyone = range(1, findings.plan.recipients + 1)
    findings.doubled = [chat for chat, times in accepted.items() if times > 1]
    findings.never = [chat for chat in everyone if not accepted[chat]]
    sent = deliveries.every(context, broadcast.id, DeliveryCriteria(DeliveryStatus.SENT))
    findings.sent_untrue = [one.chat_id for one in sent if accepted[one.chat_id] != 1]
    with context.database.read() as session:
        findings.audit_is_whole = audit.verify(session)[1] is None
