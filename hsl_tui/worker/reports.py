"""What is said between a worker and who runs it."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Progress:
    """Counts of these broadcasts have moved."""

    broadcast_ids: frozenset[int]


@dataclass(frozen=True, slots=True)
class WorkerStatus:
    """How the worker is doing, for the header of the console and the log."""

    alive: bool
    """Whether it is at work, or about to be."""
    starting: bool = False
    """Whether it is still about to be: nothing is sent before."""
    ending: bool = False
    """Whether it was asked to end: nothing new is sent any more."""
    bot: str | None = None
    """The bot's @username without its @, once it was asked for and answered."""
    in_flight: int = 0
    unsettled: int = 0
    """Calls that are on their way, or whose outcomes are not recorded yet."""
    next_sweep: datetime | None = None
    halted_for: float = 0.0
    """Seconds until Telegram takes messages again."""
    stopped_reason: str | None = None
    """Why nothing is sent until someone mends it (a refused token)."""
    trouble: str | None = None
    """What keeps it from working at the moment (the database is away)."""


@dataclass(frozen=True, slots=True)
class Orders:
    """What a worker is asked to do, whether it is at work yet or not."""

    stop: threading.Event = field(default_factory=threading.Event)
    """To claim nothing more, and to end when the calls in flight have."""
    cut_off: threading.Event = field(default_factory=threading.Event)
    """To wait for no answers either."""
