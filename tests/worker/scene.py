"""A worker's surroundings: an operator with recipients, a simulated Telegram, and ways to wait."""

from __future__ import annotations

import asyncio
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

from hsl_tui.clock import SystemClock
from hsl_tui.models.views import BroadcastView, DeliveryView, RecipientView
from hsl_tui.services import audit, queueing, recipients
from hsl_tui.services.composing import Composition
from hsl_tui.services.context import Context
from hsl_tui.store.database import Database
from hsl_tui.store.intake import Arrival, take_in
from hsl_tui.telegram.simulator import FaultRule, Match, SimulatorThread
from hsl_tui.telegram.simulator.calls import Call, Refusal
from hsl_tui.worker import Progress, Worker
from tests import builders
from tests.conftest import FrozenClock

PATIENCE = 30.0
"""Seconds after which what a test waits for counts as never coming."""


class HaltedCalendar(FrozenClock):
    """A wall clock that stands still beside a monotonic one that runs."""

    def monotonic(self) -> float:
        return SystemClock().monotonic()


@dataclass(frozen=True)
class Scene:
    """An operator, their database, and the Telegram that their workers talk to."""

    context: Context
    simulator: SimulatorThread

    def with_settings(self, **changes: Any) -> Scene:
        """The same scene under other settings."""
        settings = self.context.settings.model_copy(update=changes)
        return replace(self, context=replace(self.context, settings=settings))

    def with_clock(self, clock: Any) -> Scene:
        """The same scene under another clock."""
        return replace(self, context=replace(self.context, clock=clock))

    @contextmanager
    def elsewhere(self) -> Iterator[Scene]:
        """The same scene from another process's side: a ``Database`` of its own."""
        url = self.context.database.url.render_as_string(hide_password=False)
        database = Database(url)
        try:
            yield replace(self, context=replace(self.context, database=database))
        finally:
            database.dispose()

    @contextmanager
    def write_lock(self) -> Iterator[None]:
        """Hold SQLite's write lock, as another program would."""
        with self.context.database.write() as session:
            session.connection()
            yield

    def pass_time(self, **how_far: float) -> None:
        """Move the clock that otherwise stands still."""
        assert isinstance(self.context.clock, FrozenClock)
        self.context.clock.advance(**how_far)

    # --- before ------------------------------------------------------------------------------

    def add_people(self, number: int, *, first: int = 1) -> list[int]:
        """Recipients ``Person 1``, …; their chat ids, from ``first`` on."""
        chat_ids = list(range(first, first + number))
        self.add(*(Arrival(chat_id, first_name=f"Person {chat_id}") for chat_id in chat_ids))
        return chat_ids

    def add(self, *arrivals: Arrival) -> None:
        with self.context.database.write() as session:
            take_in(session, arrivals, now=self.context.clock.now())

    def queue(
        self, text: str = "Hello {{ first_name }}", *to: str, content: Any = None, **order: Any
    ) -> int:
        """Queue a broadcast and give its number."""
        composition = Composition(text, **(content or {}))
        wanted = queueing.Order(composition, to or ("all",), **order)
        return queueing.queue(self.context, wanted).id

    def fail(self, action: str, *chats: int, times: int | None = None, **parameters: Any) -> None:
        """Let Telegram fail calls for these chats (none: for every chat)."""
        match = Match(chats=frozenset(chats) if chats else None)
        self.simulator.add_faults(FaultRule(action, match, times, parameters))

    # --- the worker --------------------------------------------------------------------------

    def worker(self, on_progress: Callable[[Progress], None] | None = None) -> Worker:
        return Worker(self.context, on_progress)

    def run(self) -> None:
        """One sweep, to its end, in this thread."""
        self.worker().run(once=True)

    @contextmanager
    def running(self, worker: Worker | None = None) -> Iterator[Worker]:
        """A worker in its own thread, ended in order."""
        worker = worker or self.worker()
        worker.start()
        try:
            yield worker
        finally:
            worker.stop()
            assert worker.join(PATIENCE)

    # --- after -------------------------------------------------------------------------------

    def show(self, broadcast_id: int) -> BroadcastView:
        """The broadcast; its counters have been held against its rows."""
        return builders.broadcast(self.context.database, broadcast_id)

    def counts(self, broadcast_id: int) -> dict[str, int]:
        """How many deliveries have each status, without the zeros."""
        counts = self.show(broadcast_id).counts
        return {status.value: number for status, number in counts.items() if number}

    def deliveries(self, broadcast_id: int) -> dict[int, DeliveryView]:
        """By chat."""
        ledger = builders.ledger_of(self.context.database, broadcast_id)
        return {delivery.chat_id: delivery for delivery in ledger}

    def delivery(self, broadcast_id: int, chat_id: int = 1) -> DeliveryView:
        return self.deliveries(broadcast_id)[chat_id]

    def recipient(self, chat_id: int) -> RecipientView:
        return next(one for one in recipients.every(self.context) if one.chat_id == chat_id)

    def received(self) -> Counter[int]:
        """How many messages Telegram has accepted for each chat."""
        return Counter(message.chat_id for message in self.simulator.accepted())

    def actions(self, prefix: str = "") -> list[str]:
        """The audit log's words, oldest first; the log is verified on the way."""
        audit.verify(self.context)
        entries = audit.latest(self.context, limit=1000)
        return [entry.action for entry in reversed(entries) if entry.action.startswith(prefix)]

    def wait_for(self, broadcast_id: int, state: str = "finished") -> None:
        until(lambda: self.show(broadcast_id).state == state)


def until(happened: Callable[[], object]) -> None:
    """Wait for something to have happened; fail when it does not."""
    woken = threading.Condition()
    with woken:
        looks = iter(range(int(PATIENCE / 0.01)))
        while not happened():
            assert next(looks, None) is not None, "it did not happen"
            woken.wait(0.01)


class Gate:
    """Holds back Telegram's answers to messages, until it is opened.

    Args:
        refusal: what the answer to those that it holds back is; None when the messages are
            accepted, before the wait.
    """

    def __init__(self, simulator: SimulatorThread, refusal: Refusal | None = None) -> None:
        self._simulator = simulator
        self._refusal = refusal
        self._opened: asyncio.Event | None = None
        simulator.call(self._install)

    def _install(self, running: Any) -> None:
        opened = self._opened = asyncio.Event()
        methods = running._api.methods
        for name in ("sendmessage", "sendphoto"):
            methods[name] = self._held_back(methods[name], opened)

    def _held_back(self, method: Any, opened: asyncio.Event) -> Any:
        async def answer(call: Call) -> Any:
            if self._refusal is None or opened.is_set():
                result = await method(call)
                await opened.wait()
                return result
            await opened.wait()
            raise self._refusal

        return answer

    def wait_until_holding(self, number: int) -> None:
        """Wait until so many messages were accepted."""
        until(lambda: len(self._simulator.accepted()) >= number)

    def open(self) -> None:
        """Let all answers go, now and later."""
        opened = self._opened
        assert opened is not None
        self._simulator.call(lambda _: opened.set())


def chats(messages: Sequence[Any]) -> list[int]:
    return [message.chat_id for message in messages]
