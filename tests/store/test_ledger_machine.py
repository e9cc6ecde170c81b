"""Deliveries, leases and clocks under everything that can happen, in any order, held to a model."""

from __future__ import annotations

import itertools
import re
import shutil
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import sqlalchemy as sa
from hypothesis import HealthCheck, settings
from hypothesis.stateful import invariant, run_state_machine_as_test

from hsl_tui.models.audit_tables import AuditHead
from hsl_tui.models.enums import BroadcastState, UncertainPolicy
from hsl_tui.models.metadata import metadata, table
from hsl_tui.models.tables import Broadcast, Delivery, DeliveryError, Recipient
from hsl_tui.services import audit
from hsl_tui.store import broadcasts
from hsl_tui.store.audit import GENESIS, SEALS
from hsl_tui.store.conditions import is_remembered
from hsl_tui.store.database import Database
from hsl_tui.store.recording import Result
from tests.store.ledger_model import PENDING, SENDING, SENT
from tests.store.ledger_workers import WorkerRules

ROWS, PEOPLE, BROADCASTS = table(Delivery), table(Recipient), table(Broadcast)


class LedgerMachine(WorkerRules):
    """What must hold after each step, and what must come of it in the end."""

    def teardown(self) -> None:
        try:
            if sys.exc_info() == (None, None, None):
                self.everything_comes_to_its_end()
                self.the_audit_log_is_whole_and_tells_each_end()
                self.who_was_forgotten_is_nowhere()
                self.what_has_ended_is_pruned_and_its_totals_stay()
        finally:
            self.patch.undo()
            self.database.dispose()

    def everything_comes_to_its_end(self) -> None:
        """Let all go on, and one new worker alone do what is left: nothing is stuck."""
        self.clock.advance(days=10)
        for broadcast in self.model.broadcasts.values():
            if broadcast.state is BroadcastState.PAUSED:
                self.resume(broadcast, 0)
        self.sweep()
        who = self.new_process()
        self.take_over_from_the_dead(who, 0)
        while claims := self.take(who, 5):
            for claim in claims:
                self.model.row(claim).arrivals += 1
            at = self.clock.now()
            told = [Result(c.broadcast_id, c.seq, c.token, SENT, at, message_id=1) for c in claims]
            self.tell([(result, False) for result in told])
        ends = {BroadcastState.FINISHED, BroadcastState.CANCELLED}
        for broadcast in self.model.broadcasts.values():
            assert broadcast.state in ends
            assert not broadcast.those(PENDING, SENDING)

    @invariant()
    def every_row_is_as_the_design_has_it(self) -> None:
        query = sa.select(
            ROWS.c.broadcast_id,
            ROWS.c.seq,
            ROWS.c.status,
            ROWS.c.token,
            ROWS.c.attempts,
            ROWS.c.worker_id,
            ROWS.c.not_before,
            ROWS.c.telegram_message_id,
        ).where(ROWS.c.token >= 0)
        with self.database.read() as session:
            found = {(row[0], row[1]): tuple(row[2:]) for row in session.execute(query)}
        expected = {
            (of.id, row.seq): (
                row.status,
                row.token,
                row.attempts,
                row.worker,
                row.not_before,
                row.message_id,
            )
            for of in self.model.broadcasts.values()
            for row in of.left
        }
        assert found == expected

    @invariant()
    def counts_and_states_are_those_of_the_rows(self) -> None:
        with self.database.read() as session:
            views = broadcasts.latest(session, limit=len(self.model.broadcasts))
        for seen in views:
            expected = self.model.broadcasts[seen.id]
            counted = Counter(row.status for row in expected.rows)
            assert {status: n for status, n in seen.counts.items() if n} == counted
            assert sum(seen.counts.values()) == seen.total_recipients == len(expected.rows)
            assert seen.state is expected.state
            over = not expected.those(PENDING, SENDING)
            if seen.state is not BroadcastState.CANCELLED:
                assert over is (seen.state is BroadcastState.FINISHED)
            assert seen.finished_at == expected.ended_at
            assert (seen.finished_at is not None) is (
                seen.state in {BroadcastState.FINISHED, BroadcastState.CANCELLED}
            )
            assert (seen.pruned_at is not None) is expected.pruned

    @invariant()
    def nothing_is_doubled_under_hold_and_nothing_lost(self) -> None:
        for broadcast in self.model.broadcasts.values():
            for row in broadcast.rows:
                if broadcast.policy is UncertainPolicy.HOLD:
                    assert row.arrivals <= 1 + row.resent
                assert row.status is not SENT or row.arrivals or row.believed

    def the_audit_log_is_whole_and_tells_each_end(self) -> None:
        audit.verify(self.context)
        ends = audit.latest(self.context, limit=1000, action="broadcast.finished")
        told = Counter(entry.broadcast_id for entry in ends)
        assert told == {of.id: of.ends for of in self.model.broadcasts.values() if of.ends}

    def who_was_forgotten_is_nowhere(self) -> None:
        query = sa.select(PEOPLE.c.chat_id).where(is_remembered()).order_by(PEOPLE.c.id)
        with self.database.read() as session:
            assert session.execute(query).scalars().all() == list(self.model.people)
            audiences = session.execute(sa.select(BROADCASTS.c.audience)).scalars().all()
        entries = audit.latest(self.context, limit=1000)
        told = [{**entry.details, SEALS: None} for entry in entries]
        left = set(re.findall(r"\d+", repr((audiences, told))))
        gone = self.model.forgotten - self.model.people.keys()
        assert left.isdisjoint(map(str, gone))

    def what_has_ended_is_pruned_and_its_totals_stay(self) -> None:
        self.clock.advance(days=1)
        self.prune(0, 3, None, [])
        assert not any(broadcast.left for broadcast in self.model.broadcasts.values())
        self.every_row_is_as_the_design_has_it()
        self.counts_and_states_are_those_of_the_rows()
        with self.database.read() as session:
            assert session.execute(sa.select(table(DeliveryError).c.id)).all() == []
        audit.verify(self.context)


def run(factory: Callable[[], LedgerMachine], examples: int) -> None:
    run_state_machine_as_test(
        factory,  # type: ignore[arg-type] # any callable that makes a machine is taken
        settings=settings(
            max_examples=examples,
            stateful_step_count=40,
            derandomize=True,
            database=None,
            deadline=None,
            suppress_health_check=[HealthCheck.too_slow],
        ),
    )


def test_on_sqlite(sqlite_template: Path, tmp_path: Path) -> None:
    numbers = itertools.count()

    def fresh() -> LedgerMachine:
        path = tmp_path / f"{next(numbers)}.sqlite3"
        shutil.copyfile(sqlite_template, path)
        return LedgerMachine(f"sqlite:///{path}")

    run(fresh, 60)


def test_on_postgresql(postgresql_url: str) -> None:
    # A database for each example would take longer to clear away than to test with.
    tables = ", ".join(one.name for one in metadata.sorted_tables if one.name != "audit_head")
    database = Database(postgresql_url)

    def fresh() -> LedgerMachine:
        with database.write() as session:
            session.execute(sa.text("SET LOCAL session_replication_role = replica"))
            session.execute(sa.text(f"TRUNCATE {tables} RESTART IDENTITY"))
            session.execute(sa.update(AuditHead).values(last_id=0, last_hash=GENESIS))
        return LedgerMachine(postgresql_url)

    run(fresh, 6)
    database.dispose()
