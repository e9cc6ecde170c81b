"""A worker dies while it recalls: in the end every message is gone, and both ledgers say so."""

from __future__ import annotations

import signal

import pytest

from hsl_tui.failpoints import Failpoint
from hsl_tui.models.enums import DeliveryStatus, UncertainPolicy
from hsl_tui.services import broadcasts, followups
from hsl_tui.store.database import Database
from hsl_tui.telegram.simulator import SimulatorConfig, SimulatorThread
from hsl_tui.worker import Worker
from tests.crash import trial

PLAN = trial.Plan(policy=UncertainPolicy.HOLD, recipients=60)


@pytest.mark.parametrize("point", Failpoint)
def test_a_recall_outlives_its_worker(point: Failpoint, sqlite_url: str) -> None:
    database = Database(sqlite_url)
    try:
        with SimulatorThread(SimulatorConfig(rate=0)) as simulator:
            context = trial.context_of(database, simulator.url)
            sent = trial.queue(context, PLAN)
            Worker(context).run(once=True)
            recall = followups.recall(context, sent.id)
            dying = trial.worker(context, f"{point}:4")
            dying.wait(trial.PATIENCE)
            assert dying.returncode == -signal.SIGKILL
            successor = trial.worker(context)
            try:
                trial.until(lambda: trial.is_over(context, recall))
            finally:
                successor.terminate()
                successor.wait(trial.PATIENCE)
            left = [chat for chat in range(1, 61) if simulator.chat_messages(chat)]
        assert left == []
        for broadcast in (sent, recall):
            counts = broadcasts.show(context, broadcast.id).counts
            assert counts[DeliveryStatus.DELETED] == PLAN.recipients
    finally:
        database.dispose()
