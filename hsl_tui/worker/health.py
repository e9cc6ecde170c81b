"""How Telegram is doing, judged by its answers: how many calls may be open, and when to stop.

An uncertain outcome costs a recipient their message, so an outage must not turn a whole broadcast
into such outcomes. After a few in a row the bot stops and asks `getMe` at growing intervals. When
it goes on, after that or after a 429, it begins with one call at a time and doubles with each
answer.
"""

from __future__ import annotations

import math
from typing import Final

from hsl_tui.telegram.outcomes import Verdict

PATIENCE: Final = 5
"""Uncertain outcomes in a row after which the bot stops."""

FIRST_PROBE: Final = 1.0
LONGEST_PROBE: Final = 60.0
"""Seconds before the first probe, and between later ones at most."""

_FEWEST: Final = 8
"""Calls that may be open however quick the answers are."""

_SPREAD: Final = 3.0
"""Calls that may be open, in multiples of what the pace and the answers' time call for."""

_OWN_WORK: Final = 0.1
"""Seconds that a delivery is ours beside its call: from its claim to its slot, and from its answer
to its record."""

_SMOOTHING: Final = 0.2
_FIRST_GUESS: Final = 0.25
"""Seconds that an answer is taken to need before the first has come."""


class Health:
    """What one worker has seen of Telegram's answers.

    Args:
        rate: messages a second; 0 for no limit.
        places: most calls that may ever be open.
    """

    def __init__(self, rate: float, places: int) -> None:
        self._rate = rate
        self._places = places
        self._seconds = _FIRST_GUESS
        self._uncertain_in_a_row = 0
        self._ramp = places
        self._probes = 0
        self._noted = False
        self.is_ill = False
        """Nothing is sent until a probe is answered."""

    @property
    def limit(self) -> int:
        """How many calls may be open now."""
        if self._rate == 0:
            return min(self._places, self._ramp)
        # What hangs when Telegram stops answering becomes uncertain: keep open what is needed.
        needed = math.ceil(self._rate * (_SPREAD * self._seconds + _OWN_WORK))
        return min(self._places, self._ramp, max(_FEWEST, needed))

    @property
    def probe_after(self) -> float:
        """Seconds to wait before the next probe."""
        return min(FIRST_PROBE * 2.0 ** min(self._probes, 10), LONGEST_PROBE)

    @property
    def trouble(self) -> str | None:
        """Why nothing is sent, while nothing is."""
        if not self.is_ill:
            return None
        return "Telegram gives no answers; it is asked again until it does."

    def note(self, verdict: Verdict, seconds: float | None) -> None:
        """Take in the outcome of a call that took so long; None where its time says nothing."""
        if verdict is Verdict.UNCERTAIN:
            self._uncertain_in_a_row += 1
            # On the way back a single one is enough.
            if self._uncertain_in_a_row >= min(PATIENCE, self._ramp):
                self.is_ill = True
            return
        if verdict is Verdict.NOT_SENT:
            # Nothing was lost and nothing was learnt: each waits by itself before it tries again.
            return
        self._uncertain_in_a_row = 0
        if seconds is not None:
            self._seconds += _SMOOTHING * (seconds - self._seconds)
        if verdict is Verdict.RATE_LIMITED:
            self._ramp = 1
            return
        self._probes = 0
        self._ramp = min(self._places, 2 * self._ramp)

    def fell_ill(self) -> bool:
        """Whether this is news: the bot stops for the first time since it last went on."""
        news, self._noted = not self._noted, True
        return news

    def note_probe(self, *, answered: bool) -> None:
        """Take in the result of a probe."""
        self._probes += 1
        if answered:
            self.is_ill = self._noted = False
            self._ramp = 1
            self._uncertain_in_a_row = 0
