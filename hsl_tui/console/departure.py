"""Quitting: the worker's calls end first, or are cut off for whoever asks for that."""

from __future__ import annotations

import asyncio
import math
from typing import TYPE_CHECKING, Final

from hsl_tui.console.dialogs.leaving import Leaving
from hsl_tui.console.wording import plural
from hsl_tui.worker import Worker

if TYPE_CHECKING:
    from hsl_tui.console.app import HslTuiApp

_AT_ONCE: Final = 0.3
"""Seconds that ending may take before it is worth a word."""

_TWICE: Final = 1.0
"""Seconds within which a second key is taken for the first one held down."""


class Departure:
    """Ends the console when its worker has ended."""

    def __init__(self, app: HslTuiApp, worker: Worker) -> None:
        self._app = app
        self._worker = worker
        self._clock = app.context.clock
        self._begun_at: float | None = None
        self._pressed_at: float | None = None
        self._cut_off: int | None = None

    @property
    def farewell(self) -> str | None:
        """What is to be known after an end that did not wait; None after one in order."""
        if not self._cut_off:
            return None
        return (
            f"Left before {plural(self._cut_off, 'answer')} came: what was on its way is uncertain"
            " (or is sent again, under resend); see `hsl-tui broadcasts list`."
        )

    def ask(self) -> None:
        """Begin to leave; once it has been told what that waits for, leave without it."""
        if self._begun_at is None:
            self._begun_at = self._clock.monotonic()
            self._worker.stop()
            self._app.run_worker(self._end(), exit_on_error=False)
            if self._worker.status.unsettled:
                self._tell()
            else:
                self._app.set_timer(_AT_ONCE, self._tell)
        elif self._pressed_at is not None and self._cut_off is None:
            # A key that is held down is no second thought.
            now, before = self._clock.monotonic(), self._pressed_at
            self._pressed_at = now
            if now - before >= _TWICE:
                self._cut_off = self._worker.status.unsettled
                self._worker.cut_off()

    async def _end(self) -> None:
        await asyncio.to_thread(self._worker.join)
        self._app.exit()

    def _tell(self) -> None:
        self._pressed_at = self._clock.monotonic()
        self._app.open(Leaving(self._news))

    def _news(self) -> tuple[str, str]:
        """What is waited for, and what can be done about it."""
        status = self._worker.status
        if self._cut_off is not None:
            return "Writing down what is uncertain…", ""
        if not status.unsettled:
            return "The worker is ending…", ""
        if not status.in_flight:
            outcomes = plural(status.unsettled, "outcome")
            why = f" {status.trouble}" if status.trouble else ""
            return f"{outcomes} to be recorded, at most 30 s.{why}", _hint("they")
        calls = plural(status.in_flight, "call")
        they = "it" if status.in_flight == 1 else "they"
        return f"{calls} on the way, {self._how_long()}.", _hint(they)

    def _how_long(self) -> str:
        begun = self._clock.monotonic() if self._begun_at is None else self._begun_at
        passed = self._clock.monotonic() - begun
        left = math.ceil(self._app.context.settings.request_timeout - passed)
        return f"at most {left} s more" if left > 0 else "longer than usual: a file takes its time"


def _hint(they: str) -> str:
    becomes = "becomes" if they == "it" else "become"
    return (
        f"ctrl+q again leaves at once: {they} {becomes} uncertain.\n"
        "What waits is sent when a worker runs again."
    )
