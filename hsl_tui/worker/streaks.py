"""Failures in a row that tell of something wrong with the broadcast rather than its recipients."""

from __future__ import annotations

from typing import Final

from hsl_tui.models.enums import ErrorKind
from hsl_tui.telegram.outcomes import Outcome, Verdict

PATIENCE: Final = 20
"""Recipients in a row that may fail for the same permanent reason."""


class Streaks:
    """For each broadcast, the permanent failure that its last outcomes share, and their number."""

    def __init__(self) -> None:
        self._running: dict[int, tuple[ErrorKind | None, int]] = {}

    def note(self, broadcast_id: int, outcome: Outcome) -> str | None:
        """Take in an outcome; why the broadcast should pause, if it should."""
        if outcome.verdict is Verdict.CONTENT_REFUSED:
            return f"Telegram refuses its content: {outcome.description}"
        if outcome.verdict is not Verdict.RECIPIENT_GONE:
            if outcome.verdict is Verdict.SENT:
                self._running.pop(broadcast_id, None)
            return None
        kind, length = self._running.get(broadcast_id, (outcome.kind, 0))
        length = length + 1 if kind is outcome.kind else 1
        self._running[broadcast_id] = (outcome.kind, length)
        if length < PATIENCE:
            return None
        del self._running[broadcast_id]
        return (
            f"{PATIENCE} recipients in a row failed alike ({outcome.description}):"
            " check that the token is of the right bot, and whom this goes to."
        )
