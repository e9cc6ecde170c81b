"""Failures in a row that tell of something wrong with the broadcast rather than its recipients."""

from __future__ import annotations

from collections import Counter
from typing import Final

from hsl_tui.models.enums import ErrorKind
from hsl_tui.telegram.outcomes import Outcome, Verdict

PATIENCE: Final = 20
"""Recipients in a row that may fail for the same permanent reason."""

UPLOAD_PATIENCE: Final = 3
"""Uploads in a row that may end uncertain: nobody else's message is on its way meanwhile, so that
each of them costs one recipient."""


class Streaks:
    """For each broadcast, what its last outcomes share, and their number."""

    def __init__(self) -> None:
        self._running: dict[int, tuple[ErrorKind | None, int]] = {}
        """Permanent failures."""
        self._cut_off: Counter[int] = Counter()
        """Uploads that ended uncertain."""

    def note(self, broadcast_id: int, outcome: Outcome, *, uploaded: bool) -> str | None:
        """Take in an outcome; why the broadcast should pause, if it should.

        Args:
            uploaded: the call brought files along.
        """
        why = self._note_upload(broadcast_id, outcome) if uploaded else None
        return self._note(broadcast_id, outcome) or why

    def _note_upload(self, broadcast_id: int, outcome: Outcome) -> str | None:
        if outcome.verdict is not Verdict.UNCERTAIN:
            del self._cut_off[broadcast_id]
            return None
        self._cut_off[broadcast_id] += 1
        if self._cut_off[broadcast_id] < UPLOAD_PATIENCE:
            return None
        del self._cut_off[broadcast_id]
        return (
            f"{UPLOAD_PATIENCE} uploads of its file in a row got no clear answer"
            f" ({outcome.description}): check the file and the line, then resume;"
            " `broadcasts resolve` settles those that are uncertain."
        )

    def _note(self, broadcast_id: int, outcome: Outcome) -> str | None:
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
