"""What the design lets each delivery become, in plain Python: what the ledger is held against."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from hypothesis import strategies as st

from hsl_tui.models.enums import BroadcastState, DeliveryStatus, UncertainPolicy
from hsl_tui.models.types import EPOCH
from hsl_tui.models.views import Claim
from hsl_tui.store.recording import Result

PENDING, SENDING, SENT, FAILED, UNCERTAIN, CANCELLED = (
    DeliveryStatus.PENDING,
    DeliveryStatus.SENDING,
    DeliveryStatus.SENT,
    DeliveryStatus.FAILED,
    DeliveryStatus.UNCERTAIN,
    DeliveryStatus.CANCELLED,
)
LATE_ANSWERS = {
    UNCERTAIN: {SENT, FAILED, PENDING},
    PENDING: {SENT, FAILED},
    CANCELLED: {SENT},
}
"""What a definite answer, on the newest claim's token, still makes of a claim that was lost."""
TIMEOUT = 30
"""Seconds without a heartbeat after which a worker counts as dead."""
MAX_ATTEMPTS = 2
SPANS = [1, TIMEOUT + 1, 3600]
"""Seconds that things take, and by which clocks step."""


@dataclass(frozen=True)
class Fate:
    """What becomes of a call.

    Attributes:
        status: what its worker learns; ``uncertain`` when there is no answer.
        arrives: whether it reaches its chat all the same.
        can_pass: for one that fails: whether for a reason that can pass.
        counted: for one that is put back: as an attempt.
        wait: for one that is put back: seconds before the next.
    """

    status: DeliveryStatus
    arrives: bool = False
    can_pass: bool = False
    counted: bool = True
    wait: int = 0


FATES = st.one_of(
    st.just(Fate(SENT, arrives=True)),
    st.builds(Fate, st.just(FAILED), can_pass=st.booleans()),
    st.builds(Fate, st.just(UNCERTAIN), arrives=st.booleans(), wait=st.sampled_from([0, *SPANS])),
    st.builds(Fate, st.just(PENDING), counted=st.booleans(), wait=st.sampled_from([0, *SPANS])),
)


@dataclass(slots=True)
class Row:
    """One delivery: what the ledger must say of it, and what really happened."""

    broadcast: Expected
    seq: int
    chat_id: int
    status: DeliveryStatus = PENDING
    token: int = 0
    attempts: int = 0
    worker: int | None = None
    not_before: datetime = EPOCH
    can_pass: bool = False
    """Whether it failed for a reason that can pass."""
    in_doubt: bool = False
    """Its last claim's call may have left, and no definite answer is on record."""
    arrivals: int = 0
    """How often the message reached its chat."""
    resent: int = 0
    """How often an operator had it sent again though it may have arrived."""
    believed: bool = False
    """An operator said that it arrived."""

    def claim(self, worker: int) -> None:
        """Give it to a worker."""
        assert self.status is PENDING, f"{self} was claimed"
        if self.broadcast.policy is UncertainPolicy.HOLD:
            assert not self.in_doubt, f"{self} may have arrived, and was claimed under hold"
        self.status, self.worker, self.in_doubt = SENDING, worker, True
        self.token += 1

    def record(self, result: Result, *, can_pass: bool) -> bool:
        """Take in what became of a claim; False where it may change nothing."""
        lost = self.status is not SENDING
        if result.token != self.token:
            return False
        definite = result.status in LATE_ANSWERS.get(self.status, ()) and not result.in_doubt
        if lost and not definite:
            return False
        after = result.status
        if after is PENDING and self.broadcast.state is BroadcastState.CANCELLED:
            after = UNCERTAIN if result.in_doubt else CANCELLED
        elif after is PENDING:
            self.broadcast.go_on()
        self.status, self.not_before, self.can_pass = after, result.not_before, can_pass
        self.attempts += result.counted and not lost
        self.in_doubt = result.in_doubt or result.status is UNCERTAIN
        return True

    def lose(self) -> None:
        """Its worker is gone: what became of the call will not be learnt."""
        broadcast = self.broadcast
        self.attempts += 1
        again = broadcast.policy is UncertainPolicy.RESEND and self.attempts < MAX_ATTEMPTS
        ended = broadcast.state is BroadcastState.CANCELLED
        self.status = PENDING if again and not ended else UNCERTAIN
        self.can_pass = False

    def send_again(self) -> None:
        """Put it back as an operator wishes."""
        if self.status is FAILED:
            self.token += 1
        else:
            self.resent += 1
        self.status, self.attempts, self.not_before, self.in_doubt = PENDING, 0, EPOCH, False


@dataclass(slots=True)
class Expected:
    """One broadcast with its deliveries."""

    id: int
    policy: UncertainPolicy
    scheduled_at: datetime | None
    state: BroadcastState
    rows: list[Row] = field(default_factory=list)
    ends: int = 0
    """How often it has finished."""

    def those(self, *statuses: DeliveryStatus) -> list[Row]:
        """Its deliveries of these statuses, in their order."""
        return [row for row in self.rows if row.status in statuses]

    def due(self, now: datetime) -> list[Row]:
        """What may be claimed now, in the order in which it is."""
        if self.state is not BroadcastState.SENDING:
            return []
        waiting = [row for row in self.those(PENDING) if row.not_before <= now]
        return sorted(waiting, key=lambda row: (row.not_before, row.seq))

    @property
    def begun(self) -> bool:
        """Whether anything of it was ever claimed."""
        return any(row.token for row in self.rows)

    def settle(self) -> None:
        """End where nothing is left to send."""
        open_states = {BroadcastState.SENDING, BroadcastState.PAUSED, BroadcastState.SCHEDULED}
        if self.state in open_states and not self.those(PENDING, SENDING):
            self.state = BroadcastState.FINISHED
            self.ends += 1

    def go_on(self) -> None:
        """Something waits again."""
        if self.state is BroadcastState.FINISHED:
            self.state = BroadcastState.SENDING


@dataclass(slots=True)
class WorkerRow:
    """A worker on record."""

    id: int
    host: str
    beat_at: datetime
    stopped: bool = False


@dataclass(slots=True)
class Model:
    """Everything on record."""

    broadcasts: dict[int, Expected] = field(default_factory=dict)
    workers: dict[int, WorkerRow] = field(default_factory=dict)

    def row(self, claim: Claim) -> Row:
        """The delivery that a claim is of."""
        return self.broadcasts[claim.broadcast_id].rows[claim.seq - 1]

    def held_by(self, workers: Collection[int]) -> Iterator[Row]:
        """What these workers have in flight."""
        for broadcast in self.broadcasts.values():
            yield from (row for row in broadcast.those(SENDING) if row.worker in workers)

    def sweep(self, now: datetime) -> int:
        """Release what is scheduled and due; how many."""
        due = [
            one
            for one in self.broadcasts.values()
            if one.state is BroadcastState.SCHEDULED
            and one.scheduled_at
            and one.scheduled_at <= now
        ]
        for one in due:
            one.state = BroadcastState.SENDING
        return len(due)

    def take_over(self, own: WorkerRow, now: datetime, *, timeout: float) -> int:
        """Bury the silent and settle what they and other strays left; how many were buried."""
        span = timedelta(seconds=timeout)
        dead = [
            one
            for one in self.workers.values()
            if not one.stopped and one.id != own.id and abs(now - one.beat_at) > span
        ]
        strays = [one for one in self.workers.values() if one.stopped and one.host != own.host]
        for one in dead:
            one.stopped = True
        self.lose([one.id for one in (*dead, *strays)])
        return len(dead)

    def lose(self, workers: Collection[int]) -> None:
        """Settle what these workers left."""
        for row in list(self.held_by(workers)):
            row.lose()
        self.settle()

    def settle(self) -> None:
        """End every broadcast that has nothing left to send."""
        for broadcast in self.broadcasts.values():
            broadcast.settle()
