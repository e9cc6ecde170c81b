"""The demo's past: a day of broadcasts, as workers at the usual pace would have left them.

They are queued and steered by the services, and claimed and recorded as a worker does it, on a
clock that is put forward meanwhile; only the calls are left out. So a day takes seconds, and
counts, audit log and throughput are true of each other.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Any, Final

from hsl_tui.models.enums import Act, BroadcastState
from hsl_tui.models.views import BroadcastView, Claim
from hsl_tui.services import broadcasts, steering
from hsl_tui.services import demo as scene
from hsl_tui.services.context import Context
from hsl_tui.services.endings import note_finish
from hsl_tui.store import recipients, recording, workers
from hsl_tui.store.database import Session
from hsl_tui.telegram.outcomes import Exchange, Outcome, classify
from hsl_tui.worker.claims import Turn, claim_fairly
from hsl_tui.worker.verdicts import Policy, result_of

Numbered = Callable[[Sequence[int]], Sequence[int]]
"""Told the chats that a message was sent to; gives the numbers of the messages."""

_ACTOR: Final = "worker on post, pid 711"
_STEP: Final = timedelta(seconds=10)
_PACE: Final = (26, 30)
"""Messages a second, from time to time."""
_LOST_EVERY: Final = 1500
"""Calls, one of which is never answered."""
_HALF: Final = 0.5
UNDER_WAY_FOR: Final = timedelta(seconds=95)
"""What the present broadcast has behind it; no whole step, for nothing begins on the minute."""


def make_past(context: Context, people: int, numbered: Numbered) -> None:
    """Make the day before, with so many people, up to the broadcast that is under way now."""
    now = context.clock.now()
    past = _Past(context, numbered, begins=now - timedelta(hours=27))
    scene.populate(past.context, people)
    scene.save_segments(past.context)
    past.wait_until(now - timedelta(hours=26))
    hours = past.send(scene.announce_hours(past.context))
    past.wait_until(now - timedelta(hours=25))
    past.send(scene.correct_hours(past.context, hours))
    past.wait_until(now - timedelta(hours=20))
    reunion = past.send(scene.invite_to_reunion(past.context), share=_HALF)
    steering.cancel(past.context, reunion)
    past.wait_until(now - timedelta(hours=5))
    scene.hear_from_readers(past.context)
    past.wait_until(now - timedelta(hours=3))
    lunch = past.send(scene.promise_lunch(past.context))
    past.wait_until(now - timedelta(hours=2, minutes=50))
    past.send(scene.take_back(past.context, lunch))
    past.wait_until(now - timedelta(minutes=40))
    exams = past.send(scene.announce_exams(past.context), share=_HALF)
    steering.pause(past.context, exams)
    past.wait_until(now - UNDER_WAY_FOR)
    # All this has taken its time, too.
    past.send(scene.begin_present(past.context), until=context.clock.now())
    past.end()


@dataclass(slots=True)
class _SetClock:
    """A clock that stands where it is put."""

    current: datetime

    def now(self) -> datetime:
        return self.current

    def monotonic(self) -> float:
        return self.current.timestamp()


class _Past:
    def __init__(self, context: Context, numbered: Numbered, *, begins: datetime) -> None:
        self._clock = _SetClock(begins)
        self.context = replace(context, clock=self._clock)
        self._numbered = numbered
        # Nothing secret hangs on it, and pictures of it are to be alike.
        self._chance = random.Random(1)  # noqa: S311
        self._calls = 0
        with context.database.write() as session:
            self._worker = workers.enter(
                session, host="post", pid=711, process_started="", bot_id=0, now=begins
            )

    def end(self) -> None:
        """Let the worker of the past be gone."""
        with self.context.database.write() as session:
            workers.leave(session, self._worker, now=self._clock.current)

    def wait_until(self, moment: datetime) -> None:
        """Let time pass without a message."""
        self._clock.current = moment

    def send(self, broadcast_id: int, *, share: float = 1.0, until: datetime | None = None) -> int:
        """Send so much of a broadcast, or as much as there is time for, and return its number."""
        broadcast = broadcasts.show(self.context, broadcast_id)
        while (
            broadcast.state is BroadcastState.SENDING
            and broadcast.settled < share * broadcast.total_recipients
            and (until is None or self._clock.current < until)
        ):
            begins = self._clock.current
            ends = begins + _STEP if until is None else min(begins + _STEP, until)
            with self.context.database.write() as session:
                self._step(session, begins, ends - begins)
            self._clock.current = ends
            broadcast = broadcasts.show(self.context, broadcast_id)
        return broadcast_id

    def _step(self, session: Session, begins: datetime, span: timedelta) -> None:
        pace = self._chance.uniform(*_PACE)
        claims = claim_fairly(
            session,
            Turn(),
            worker_id=self._worker,
            actor=_ACTOR,
            limit=round(pace * span.total_seconds()),
            sweep_limit=self.context.settings.sweep_limit,
            without=(),
            now=begins,
        )
        concerned = {
            one: broadcasts.found(session, one) for one in {claim.broadcast_id for claim in claims}
        }
        outcomes = self._outcomes(claims, concerned)
        results = [
            result_of(
                outcome,
                claim,
                self._policy(concerned[claim.broadcast_id]),
                at=begins + timedelta(seconds=at / pace),
            )
            for at, (claim, outcome) in enumerate(zip(claims, outcomes, strict=True))
        ]
        ended = begins + span
        for broadcast in recording.record(session, results, now=ended).finished:
            note_finish(session, broadcast, actor=_ACTOR, now=ended)
        for claim, outcome in zip(claims, outcomes, strict=True):
            if (state := outcome.recipient_state) is not None:
                reason = outcome.description or ""
                recipients.set_state(session, claim.recipient_id, state, reason=reason, now=ended)

    def _policy(self, broadcast: BroadcastView) -> Policy:
        recalls = broadcast.target_id if broadcast.act is Act.RECALL else None
        return Policy(broadcast.on_uncertain, self.context.settings.max_attempts, recalls)

    def _outcomes(
        self, claims: Sequence[Claim], concerned: Mapping[int, BroadcastView]
    ) -> list[Outcome]:
        acts = [concerned[claim.broadcast_id].act for claim in claims]
        failures = [
            self._failure(claim) if act is Act.SEND else None
            for claim, act in zip(claims, acts, strict=True)
        ]
        arrived = [
            claim.person.chat_id
            for claim, act, failure in zip(claims, acts, failures, strict=True)
            if act is Act.SEND and failure is None
        ]
        numbers = iter(self._numbered(arrived))
        outcomes = []
        for claim, act, failure in zip(claims, acts, failures, strict=True):
            if failure is not None:
                outcomes.append(classify(failure))
                continue
            recalls = act is Act.RECALL
            number = next(numbers) if act is Act.SEND else _original(claim)
            answer = _answered({"ok": True, "result": recalls or {"message_id": number}})
            outcomes.append(classify(answer, deletes=recalls))
        return outcomes

    def _failure(self, claim: Claim) -> Exchange | None:
        """What the simulated Telegram would have answered to those whom it cannot reach."""
        self._calls += 1
        if self._calls % _LOST_EVERY == 0:
            return Exchange(written=True, error="the connection was reset")
        chat_id = claim.person.chat_id
        for rule in scene.FAULTS:
            if rule.match.covers_chat(chat_id):
                fault = rule.fault_for(chat_id)
                told = {"ok": False, "error_code": fault.code, "description": fault.description}
                return _answered(told, fault.code)
        return None


def _answered(answer: Mapping[str, Any], status: int = HTTPStatus.OK) -> Exchange:
    return Exchange(written=True, status=status, body=json.dumps(answer).encode())


def _original(claim: Claim) -> int | None:
    return claim.original.message_ids[0] if claim.original else None
