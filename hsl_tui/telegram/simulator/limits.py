"""Telegram's flood control: at most so many sends in any sliding second."""

from __future__ import annotations

from collections import deque
from math import ceil
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hsl_tui.telegram.simulator.config import SimulatorConfig

_WINDOW = 1.0


class _Gate:
    """The sliding second of one bot, or of one chat."""

    __slots__ = ("halted_until", "passed")

    def __init__(self) -> None:
        self.passed: deque[float] = deque()
        self.halted_until = 0.0

    def is_open(self, limit: int, now: float, messages: int) -> bool:
        while self.passed and self.passed[0] <= now - _WINDOW:
            self.passed.popleft()
        # An album that is larger than the limit passes alone.
        return now >= self.halted_until and len(self.passed) + messages <= max(limit, messages)


class FloodControl:
    """Lets sends pass or tells how long to wait; times are monotonic seconds."""

    def __init__(self) -> None:
        self._gates: dict[tuple[int, int | None], _Gate] = {}

    def check(
        self,
        bot_id: int,
        chat_id: int,
        now: float,
        config: SimulatorConfig,
        *,
        paid: bool,
        messages: int = 1,
    ) -> int | None:
        """Count a send as passed and return None, or return its ``retry_after`` in seconds.

        Every message of an album counts.
        """
        limits: list[tuple[_Gate, int]] = []
        if config.rate:
            limit = max(config.rate, config.paid_rate) if paid else config.rate
            limits.append((self._gates.setdefault((bot_id, None), _Gate()), limit))
        if config.chat_rate:
            gate = self._gates.setdefault((bot_id, chat_id), _Gate())
            limits.append((gate, config.chat_rate))
        for gate, limit in limits:
            if not gate.is_open(limit, now, messages):
                return self._refuse(gate, now, config)
        for gate, _ in limits:
            gate.passed.extend([now] * messages)
        return None

    def clear(self) -> None:
        self._gates.clear()

    @staticmethod
    def _refuse(gate: _Gate, now: float, config: SimulatorConfig) -> int:
        if now < gate.halted_until:
            return max(1, ceil(gate.halted_until - now))
        if config.halt_after_429:
            gate.halted_until = now + config.retry_after
        return config.retry_after
