"""The two clocks of the program, as one thing that can be handed down and replaced in tests."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """Tells the time."""

    def now(self) -> datetime:
        """The wall clock: timezone-aware, in UTC."""

    def monotonic(self) -> float:
        """Seconds since some fixed moment; never steps backwards."""


class SystemClock:
    """The clock of this machine."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    def monotonic(self) -> float:
        return time.monotonic()
