"""What the design lets each delivery become, in plain Python: what the ledger is held against."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
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


@dataclass(eq=False, slots=True)
class Someone:
    """A person from the day they were taken in to the day they are forgotten."""

    chat_id: int
    forgotten: bool = False


@dataclass(slots=True)
class Row:
    """One delivery: what the ledger must say of it, and what really happened."""

    broadcast: Expected
    seq: int
    person: Someone
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
    message_id: int | None = None
    claimed: bool = False
    """It was, once."""
    removed: bool = False
    """Only the totals of its broadcast tell of it."""

    def claim(self, worker: int) -> None:
        """Give it to a worker."""
        assert self.status is PENDING, f"{self} was claimed"
        assert not self.removed, f"{self} was removed, and claimed"
        assert not self.person.forgotten, f"{self} is to somebody forgotten, and was claimed"
        if self.broadcast.policy is UncertainPolicy.HOLD:
            assert not self.in_doubt, f"{self} may have arrived, and was claimed under hold"
        self.status, self.worker, self.in_doubt, self.claimed = SENDING, worker, True, True
        self.token += 1

    def record(self, result: Result, *, can_pass: bool) -> bool:
        """Take in what became of a claim; False where it may change nothing."""
        lost = self.status is not SENDING
        if result.token != self.token or self.removed:
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
        self.message_id = result.message_id
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

    def forget(self) -> None:
        """Its person is forgotten: it stays counted, and no answer changes it any more."""
        if self.status is PENDING:
            self.status = CANCELLED
        self.message_id = None
        self.token += 1


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
    ended_at: datetime | None = None
    pruned: bool = False
    """Its deliveries are removed, or are being removed."""

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
        return any(row.claimed for row in self.rows)

    @property
    def left(self) -> list[Row]:
        """What was not removed."""
        return [row for row in self.rows if not row.removed]

    def settle(self, now: datetime) -> None:
        """End where nothing is left to send."""
        open_states = {BroadcastState.SENDING, BroadcastState.PAUSED, BroadcastState.SCHEDULED}
        if self.state in open_states and not self.those(PENDING, SENDING):
            self.state, self.ended_at = BroadcastState.FINISHED, now
            self.ends += 1

    def go_on(self) -> None:
        """Something waits again."""
        if self.state is BroadcastState.FINISHED:
            self.state, self.ended_at = BroadcastState.SENDING, None

    def remove(self, batch: int) -> Iterator[int]:
        """Lose its deliveries, so many at a time, unless some are sent first."""
        while (left := self.left) and not self.those(PENDING, SENDING):
            for row in left[:batch]:
                row.removed = True
            yield len(left[:batch])


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

    people: dict[int, Someone] = field(default_factory=dict)
    """Those who are not forgotten, by chat, in the order in which they were taken in."""
    forgotten: set[int] = field(default_factory=set)
    """Chats of people who were, also of those who have begun anew."""
    broadcasts: dict[int, Expected] = field(default_factory=dict)
    workers: dict[int, WorkerRow] = field(default_factory=dict)

    def take_in(self, chats: Iterable[int]) -> None:
        """Have them on record."""
        self.people |= {chat: Someone(chat) for chat in chats}

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
        for row in list(self.held_by([one.id for one in (*dead, *strays)])):
            row.lose()
        self.settle(now)
        return len(dead)

    def those_to(self, person: Someone) -> list[Row]:
        """The deliveries to somebody that were not removed."""
        return [row for of in self.broadcasts.values() for row in of.left if row.person is person]

    def forget(self, person: Someone, now: datetime) -> None:
        """Remove a person, and count on what was meant for them."""
        person.forgotten = True
        del self.people[person.chat_id]
        self.forgotten.add(person.chat_id)
        for row in self.those_to(person):
            row.forget()
        self.settle(now)

    def prune(self, before: datetime, batch: int) -> Iterator[int]:
        """Remove what ended before a moment, so many deliveries at a time; how many each time.

        What an earlier run was cut off from goes first.
        """
        over = {BroadcastState.FINISHED, BroadcastState.CANCELLED}
        begun = [one for one in self.broadcasts.values() if one.pruned and one.left]
        wanted = [
            one
            for one in self.broadcasts.values()
            if one.state in over
            and one.ended_at is not None
            and one.ended_at < before
            and not one.pruned
            and not one.those(PENDING, SENDING)
        ]
        for one in (*begun, *wanted):
            one.pruned = True
            yield from one.remove(batch)

    def settle(self, now: datetime) -> None:
        """End every broadcast that has nothing left to send."""
        for broadcast in self.broadcasts.values():
            broadcast.settle(now)
