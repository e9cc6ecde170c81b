"""What operators do to broadcasts, as rules of a machine that holds the ledger to its model."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    MultipleResults,
    RuleBasedStateMachine,
    multiple,
    precondition,
    rule,
)
from pydantic import SecretStr

from hsl_tui.errors import RefusedError
from hsl_tui.models.delivery_criteria import EVERY, to_chats
from hsl_tui.models.enums import BroadcastState, DeliveryStatus, UncertainPolicy
from hsl_tui.services import queueing, steering
from hsl_tui.services.composing import Composition
from hsl_tui.services.context import Context
from hsl_tui.settings import Settings
from hsl_tui.store import server_clock
from hsl_tui.store.database import Database
from tests.builders import FIRST_CHAT, add_recipients
from tests.conftest import TOKEN, FrozenClock
from tests.store.ledger_model import (
    FAILED,
    MAX_ATTEMPTS,
    PENDING,
    SENDING,
    SENT,
    SPANS,
    TIMEOUT,
    UNCERTAIN,
    Expected,
    Model,
    Row,
)

PEOPLE = 4
LATER = st.sampled_from([0, 0, 0, *SPANS, *SPANS, -1, -TIMEOUT, -3600])
"""Seconds that pass, mostly forwards, before somebody does something."""
CHATS = st.integers(FIRST_CHAT, FIRST_CHAT + PEOPLE - 1)
OPEN = (BroadcastState.SCHEDULED, BroadcastState.SENDING, BroadcastState.PAUSED)


class OperatorRules(RuleBasedStateMachine):
    """An operator at work on one database."""

    broadcasts: Bundle[Expected] = Bundle("broadcasts")

    def __init__(self, url: str) -> None:
        super().__init__()
        self.clock = FrozenClock()
        self.database = Database(url)
        self.context = Context(
            self.database,
            self.clock,
            "operator",
            Settings(bot_token=SecretStr(TOKEN), worker_timeout=TIMEOUT, max_attempts=MAX_ATTEMPTS),
        )
        self.model = Model()
        self.patch = pytest.MonkeyPatch()
        self.patch.setattr(server_clock, "moment", lambda _: self.clock.now())
        self.model.take_in(add_recipients(self.database, PEOPLE))

    def any_row(self, *statuses: DeliveryStatus) -> bool:
        return any(of.those(*statuses) for of in self.model.broadcasts.values())

    def number_of(self, *states: BroadcastState) -> int:
        return sum(of.state in states for of in self.model.broadcasts.values())

    def pass_time(self, seconds: int) -> None:
        """Move the wall clock on, or, with less than 0, back."""
        self.clock.advance(seconds=seconds)

    @precondition(lambda self: self.number_of(*OPEN) < 2)
    @rule(
        target=broadcasts,
        policy=st.sampled_from(UncertainPolicy),
        chats=st.sets(CHATS, min_size=2),
        wait=st.sampled_from([None, None, *SPANS]),
    )
    def queue(
        self, policy: UncertainPolicy, chats: set[int], wait: int | None
    ) -> MultipleResults[Expected]:
        people = [one for chat, one in self.model.people.items() if chat in chats]
        if not people:
            return multiple()
        at = None if wait is None else self.clock.now() + timedelta(seconds=wait)
        order = queueing.Order(
            Composition("Hello"), [f"chat:{one.chat_id}" for one in people], at, policy
        )
        queued = queueing.queue(self.context, order)
        state = BroadcastState.SENDING if at is None else BroadcastState.SCHEDULED
        expected = Expected(queued.id, policy, at, state)
        expected.rows = [Row(expected, seq, one) for seq, one in enumerate(people, 1)]
        self.model.broadcasts[queued.id] = expected
        return multiple(expected)

    @precondition(lambda self: self.any_row(SENDING) and not self.number_of(BroadcastState.PAUSED))
    @rule(of=broadcasts)
    def pause(self, of: Expected) -> None:
        may = of.state in steering.STOPPABLE
        if self.granted(lambda: steering.pause(self.context, of.id), may=may):
            of.state = BroadcastState.PAUSED

    @precondition(lambda self: self.number_of(BroadcastState.PAUSED))
    @rule(of=broadcasts, later=LATER)
    def resume(self, of: Expected, later: int) -> None:
        self.pass_time(later)
        may = of.state is BroadcastState.PAUSED
        if self.granted(lambda: steering.resume(self.context, of.id), may=may):
            waits = of.scheduled_at is not None and of.scheduled_at > self.clock.now()
            waits = waits and not of.begun
            of.state = BroadcastState.SCHEDULED if waits else BroadcastState.SENDING

    @precondition(lambda self: self.any_row(SENDING) and self.number_of(*OPEN) > 1)
    @rule(of=broadcasts)
    def cancel(self, of: Expected) -> None:
        may = of.state not in {BroadcastState.FINISHED, BroadcastState.CANCELLED}
        if self.granted(lambda: steering.cancel(self.context, of.id), may=may):
            of.state, of.ended_at = BroadcastState.CANCELLED, self.clock.now()
            for row in of.those(PENDING):
                row.status = DeliveryStatus.CANCELLED

    @precondition(lambda self: self.any_row(FAILED))
    @rule(of=broadcasts)
    def retry(self, of: Expected) -> None:
        rows = [row for row in of.those(FAILED) if row.can_pass and not row.person.forgotten]
        may = bool(rows) and of.state is not BroadcastState.CANCELLED and not of.pruned
        if self.granted(lambda: steering.retry(self.context, of.id), may=may):
            self.send_again(of, rows)

    @precondition(lambda self: self.any_row(UNCERTAIN))
    @rule(
        of=broadcasts,
        resend=st.booleans(),
        chats=st.none() | st.sets(CHATS),
    )
    def resolve(self, of: Expected, resend: bool, chats: set[int] | None) -> None:  # noqa: FBT001 - drawn
        rows = of.those(UNCERTAIN)
        if chats is not None:
            meant = [one for chat, one in self.model.people.items() if chat in chats]
            rows = [row for row in rows if row.person in meant]
        if resend:
            rows = [row for row in rows if not row.person.forgotten]
        may = bool(rows) and not (resend and of.state is BroadcastState.CANCELLED)
        may = may and not of.pruned
        chosen = EVERY if chats is None else to_chats(chats)

        def act() -> object:
            return steering.resolve(self.context, of.id, chosen, resend=resend)

        if self.granted(act, may=may):
            if resend:
                self.send_again(of, rows)
            else:
                for row in rows:
                    row.status, row.believed = SENT, True

    def send_again(self, of: Expected, rows: list[Row]) -> None:
        for row in rows:
            row.send_again()
        of.go_on()

    def granted(self, act: Callable[[], object], *, may: bool) -> bool:
        """Whether an operator's act was carried out, which must be whether it ``may``."""
        try:
            act()
        except RefusedError:
            assert not may, "an act was refused"
            return False
        assert may, "an act was not refused"
        return True
