"""What workers do and suffer, as rules of a machine that holds the ledger to its model."""

from __future__ import annotations

import itertools
from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import timedelta

from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    MultipleResults,
    consumes,
    initialize,
    multiple,
    precondition,
    rule,
)

from hsl_tui.models.enums import ErrorKind, UncertainPolicy
from hsl_tui.models.types import EPOCH
from hsl_tui.models.views import Claim
from hsl_tui.services.endings import note_finish
from hsl_tui.store import broadcasts, ledger, recording, workers
from hsl_tui.store.reasons import Reason
from hsl_tui.store.recording import Result
from hsl_tui.worker import rounds
from hsl_tui.worker.identity import Identity
from hsl_tui.worker.verdicts import put_back
from tests.store.ledger_model import (
    FATES,
    MAX_ATTEMPTS,
    PENDING,
    SENDING,
    SENT,
    TIMEOUT,
    UNCERTAIN,
    Fate,
    WorkerRow,
)
from tests.store.ledger_operators import LATER
from tests.store.ledger_removals import RemovalRules


@dataclass(eq=False)
class Process:
    """A worker's process: what it believes, which others may have overruled."""

    identity: Identity
    id: int
    alive: bool = True
    held: list[Held] = field(default_factory=list)
    in_doubt: set[int] = field(default_factory=set)

    def __repr__(self) -> str:
        return self.identity.host


@dataclass(eq=False)
class Held:
    """A claim in the hands of a process."""

    process: Process
    claim: Claim
    result: Result | None = None
    """What its process will record; None until its call has ended."""
    can_pass: bool = False

    def __repr__(self) -> str:
        of = self.claim
        return f"{self.process}'s claim {of.broadcast_id}/{of.seq} token {of.token}"


class WorkerRules(RemovalRules):
    """Workers' processes beside the operator."""

    processes: Bundle[Process] = Bundle("processes")
    claims: Bundle[Held] = Bundle("claims")

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self.numbers = itertools.count(1)
        self.living: list[Process] = []

    @initialize(target=processes)
    def begin(self) -> Process:
        return self.new_process()

    @precondition(lambda self: len(self.living) < (2 if self.model.broadcasts else 1))
    @rule(target=processes)
    def enter(self) -> Process:
        return self.new_process()

    def new_process(self) -> Process:
        number = next(self.numbers)
        process = Process(Identity(f"worker-{number}", number, ""), 0)
        self.enter_anew(process)
        self.living.append(process)
        return process

    def enter_anew(self, process: Process) -> None:
        own, now = process.identity, self.clock.now()
        with self.database.write() as session:
            process.id = workers.enter(
                session,
                host=own.host,
                pid=own.pid,
                process_started=own.process_started,
                bot_id=123456,
                now=now,
            )
        row = WorkerRow(process.id, own.host, now)
        self.model.workers[process.id] = row

    @precondition(lambda self: self.any_row(SENDING))
    @rule(who=processes, later=LATER)
    def beat(self, who: Process, later: int) -> None:
        self.pass_time(later)
        row = self.model.workers[who.id]
        with self.database.write() as session:
            assert workers.beat(session, who.id, now=self.clock.now()) is not row.stopped
        row.beat_at = row.beat_at if row.stopped else self.clock.now()
        if row.stopped:
            self.enter_anew(who)

    @precondition(lambda self: self.any_row(PENDING))
    @rule(
        target=claims,
        who=processes,
        later=LATER,
        limit=st.integers(1, 5),
        fates=st.lists(st.none() | FATES, max_size=2),
        lost=st.sampled_from([False, False, False, True]),
    )
    def claim(
        self,
        who: Process,
        later: int,
        limit: int,
        fates: list[Fate | None],
        lost: bool,  # noqa: FBT001 - drawn
    ) -> MultipleResults[Held]:
        """A worker that was taken for dead claims all the same, until it beats.

        Args:
            fates: of the first calls, which end at once and are recorded.
            lost: the claim's commit goes through and only its answer is lost.
        """
        self.pass_time(later)
        self.sweep()
        claims = self.take(who, limit)
        if lost:
            who.in_doubt.add(who.id)
            return multiple()
        held = [Held(who, claim) for claim in claims]
        who.held += held
        for one, fate in zip(held, fates, strict=False):
            if fate is not None:
                self.call(one, fate)
        self.record([one for one in held if one.result is not None], unreadable=False)
        return multiple(*held)

    @precondition(lambda self: self.any_row(SENDING))
    @rule(who=processes)
    def give_back_what_is_in_doubt(self, who: Process) -> None:
        known = {(one.claim.broadcast_id, one.claim.seq, one.claim.token) for one in who.held}
        while who.in_doubt:
            worker_id = who.in_doubt.pop()
            with self.database.read() as session:
                holds = ledger.held(session, worker_id)
            rows = self.model.held_by([worker_id])
            assert sorted(holds) == sorted((row.broadcast.id, row.seq, row.token) for row in rows)
            unknown = [put_back(*one, at=self.clock.now()) for one in holds if one not in known]
            self.tell([(one, False) for one in unknown])

    def take(self, who: Process, limit: int) -> list[Claim]:
        now = self.clock.now()
        due = {one.id: one.due(now) for one in self.model.broadcasts.values()}
        claims: list[Claim] = []
        with self.database.write() as session:
            waiting = broadcasts.in_flight(session, now=now, limit=10)
            assert sorted(waiting) == [number for number, rows in due.items() if rows]
            for number in broadcasts.lock(session, waiting):
                left = limit - len(claims)
                claims += ledger.claim(session, number, worker_id=who.id, limit=left, now=now)
        assert len(claims) == min(limit, sum(map(len, due.values())))
        for broadcast_id, number in Counter(claim.broadcast_id for claim in claims).items():
            expected = due[broadcast_id][:number]
            for row in expected:
                row.claim(who.id)
            taken = {
                (one.seq, one.token, one.person.chat_id)
                for one in claims
                if one.broadcast_id == broadcast_id
            }
            assert taken == {(row.seq, row.token, row.person.chat_id) for row in expected}
        return claims

    @precondition(lambda self: self.busy)
    @rule(number=st.integers(0, 9), fate=FATES)
    def call_one(self, number: int, fate: Fate) -> None:
        """One call ends, and is not recorded yet."""
        who = self.busy[number % len(self.busy)]
        self.call(next(one for one in who.held if one.result is None), fate)

    def call(self, of: Held, fate: Fate) -> None:
        """The call of a claim, perhaps long after others took the claim over."""
        if of.result is not None:
            return
        row, now = self.model.row(of.claim), self.clock.now()
        row.arrivals += fate.arrives
        status = fate.status
        again = row.broadcast.policy is UncertainPolicy.RESEND
        if status is UNCERTAIN and again and of.claim.attempts + 1 < MAX_ATTEMPTS:
            status = PENDING
        of.can_pass = fate.can_pass
        of.result = Result(
            of.claim.broadcast_id,
            of.claim.seq,
            of.claim.token,
            status,
            now,
            counted=fate.counted,
            in_doubt=fate.status is UNCERTAIN,
            not_before=now + timedelta(seconds=fate.wait) if status is PENDING else EPOCH,
            message_id=row.arrivals if status is SENT else None,
            reason=Reason(ErrorKind.OTHER if fate.can_pass else ErrorKind.BLOCKED, 400, "said"),
        )

    @precondition(lambda self: self.bundle("claims"))
    @rule(group=st.lists(claims, max_size=4), unreadable=st.booleans())
    def record(self, group: list[Held], unreadable: bool) -> None:  # noqa: FBT001 - drawn
        """A group commit; what was recorded before may be in it, its answer having been lost.

        Args:
            unreadable: no transaction takes what is known, and the least is recorded.
        """
        told = []
        for one in group:
            if one.result is not None and one.process.alive:
                result = one.result
                if unreadable:
                    result = replace(
                        result, status=UNCERTAIN, counted=True, not_before=EPOCH, message_id=None
                    )
                told.append((result, one.can_pass and not unreadable))
                one.process.held = [held for held in one.process.held if held is not one]
        self.tell(told)

    @precondition(lambda self: self.any_row(SENDING, UNCERTAIN))
    @rule(who=processes, later=LATER, fates=st.lists(FATES, min_size=1, max_size=3))
    def come_to_itself(self, who: Process, later: int, fates: list[Fate]) -> None:
        """Make all the calls that are open, perhaps after a long sleep, and record what came."""
        self.pass_time(later)
        for one, fate in zip(who.held, itertools.cycle(fates), strict=False):
            self.call(one, fate)
        self.record(list(who.held), unreadable=False)

    @precondition(lambda self: self.busy)
    @rule(
        number=st.integers(0, 9),
        before=st.sampled_from(["nothing", "claim the rest", "cancel"]),
        meanwhile=st.sampled_from(
            ["nothing", "cancel", "resolve", "claim", "forget", "prune", "prune"]
        ),
        cut_off=st.integers(1, 2),
        fates=st.lists(FATES, min_size=2, max_size=4),
    )
    def sleep(
        self, number: int, before: str, meanwhile: str, cut_off: int, fates: list[Fate]
    ) -> None:
        """Be stopped for so long that another takes over, and go on as if nothing had been."""
        who = self.busy[number % len(self.busy)]
        of = self.model.row(who.held[-1].claim).broadcast
        if before == "cancel":
            self.cancel(of)
        elif before == "claim the rest":
            who.held += [Held(who, claim) for claim in self.take(who, 5)]
        self.pass_time(TIMEOUT + 1)
        others = [one for one in self.living if one is not who]
        other = others[0] if others else self.new_process()
        self.beat(other, 0)
        self.take_over_from_the_dead(other, 0)
        if meanwhile == "cancel":
            self.cancel(of)
        elif meanwhile == "resolve":
            self.resolve(of, resend=True, chats=None)
        elif meanwhile == "forget":
            self.forget(self.model.row(who.held[-1].claim).person.chat_id, ["resend"])
        elif meanwhile == "prune":
            self.pass_time(1)
            self.prune(0, 1, cut_off, ["retry", "resend"])
        elif meanwhile == "claim":
            other.held += [Held(other, claim) for claim in self.take(other, 1)]
        self.come_to_itself(who, 0, fates)
        if meanwhile == "prune":
            # What an answer has put back is sent first.
            self.prune(0, 1, None, [])

    @property
    def busy(self) -> list[Process]:
        """Those whose calls are open."""
        return [who for who in self.living if any(one.result is None for one in who.held)]

    def tell(self, told: list[tuple[Result, bool]]) -> None:
        """Record results, each with whether a failure of it can pass."""
        now = self.clock.now()
        with self.database.write() as session:
            recorded = recording.record(session, [result for result, _ in told], now=now)
            for broadcast in recorded.finished:
                note_finish(session, broadcast, actor="worker", now=now)
        stale = []
        for result, can_pass in told:
            row = self.model.broadcasts[result.broadcast_id].rows[result.seq - 1]
            if not row.record(result, can_pass=can_pass):
                stale.append(result)
        assert sorted(map(repr, recorded.stale)) == sorted(map(repr, stale))
        self.model.settle(now)

    @precondition(lambda self: self.any_row(SENDING))
    @rule(who=consumes(processes))
    def end(self, who: Process) -> None:
        """Die; or end in order, which a worker does when all that it knows of is recorded."""
        who.alive = False
        self.living = [one for one in self.living if one is not who]
        if not who.held and not who.in_doubt:
            with self.database.write() as session:
                workers.leave(session, who.id, now=self.clock.now())
            self.model.workers[who.id].stopped = True

    @precondition(lambda self: self.any_row(SENDING))
    @rule(who=processes, later=LATER)
    def take_over_from_the_dead(self, who: Process, later: int) -> None:
        self.pass_time(later)
        buried = rounds.take_over_from_the_dead(
            self.context, who.identity, who.id, str(who), trust_beats=True
        )
        own = self.model.workers[who.id]
        assert buried == self.model.take_over(own, self.clock.now(), timeout=TIMEOUT)

    def sweep(self) -> None:
        assert rounds.sweep(self.context, "worker") == self.model.sweep(self.clock.now())
