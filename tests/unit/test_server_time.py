from __future__ import annotations

import pytest

from hsl_tui.worker.server_time import ServerTime


def test_a_slow_answer_does_not_move_what_a_quick_one_told() -> None:
    clock = ServerTime()
    clock.note(100.0, 5_000_000, 100.001)
    clock.note(110.0, 15_002_000, 110.4)
    assert clock.monotonic(16_000_000) == pytest.approx(111, abs=0.001)


def test_a_clock_that_was_set_is_followed_at_once() -> None:
    clock = ServerTime()
    clock.note(100.0, 5_000_000, 100.001)
    clock.note(101.0, 3_606_000_000, 101.2)
    assert clock.monotonic(3_606_000_000) == pytest.approx(101.1)


def test_what_lies_long_ago_is_forgotten() -> None:
    clock = ServerTime()
    clock.note(0.0, 0, 0.001)
    for second in range(1, 60):
        # This machine's clock runs a tenth of a percent fast.
        clock.note(second * 1.001, second * 1_000_000, second * 1.001 + 0.1)
    assert clock.monotonic(60_000_000) == pytest.approx(60.06, abs=0.08)
