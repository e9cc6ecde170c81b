"""What keeps a bot from sending at this moment, as this worker knows it."""

from __future__ import annotations

import time
from dataclasses import dataclass


@dataclass(slots=True)
class Hold:
    """A halt that ends by itself (after a 429), or a stop that does not (a refused token)."""

    stopped_reason: str | None = None
    _until: float = 0.0

    def halt(self, seconds: float) -> None:
        """Keep from sending for so long; never shortens an earlier halt."""
        self._until = max(self._until, time.monotonic() + seconds)

    @property
    def halted_for(self) -> float:
        """Seconds until Telegram takes messages again; 0 when it does."""
        return max(0.0, self._until - time.monotonic())

    @property
    def is_on(self) -> bool:
        """Whether nothing may be sent now."""
        return self.stopped_reason is not None or self.halted_for > 0
