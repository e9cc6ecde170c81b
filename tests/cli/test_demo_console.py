"""The demo's console on a real terminal, as `make demo` opens it, from first to last."""

from __future__ import annotations

import re
import sys

import pytest

from tests.terminal import terminal

COMMAND = (sys.executable, "-m", "hsl_tui", "demo")
F1, F2, F3, F4, F5 = b"\x1bOP", b"\x1bOQ", b"\x1bOR", b"\x1bOS", b"\x1b[15~"
ESCAPE, ENTER, QUIT = b"\x1b", b"\r", b"\x11"
STATES = ("· draft", "○ scheduled", "◐ sending", "‖ paused", "✓ finished", "✗ cancelled")
LEFT = b"\x1b[?1049l"

pytestmark = pytest.mark.usefixtures("cli")


@pytest.mark.parametrize("size", [(24, 80), (36, 120), (20, 60)], ids=["80x24", "120x36", "60x20"])
def test_the_demo_shows_life_and_every_screen_and_ends_in_order(size: tuple[int, int]) -> None:
    with terminal(COMMAND, size=size) as shown:
        shown.wait_until("Broadcasts", "sending")
        shown.press(ENTER, "pending")
        shown.press(ESCAPE, "scheduled")
        shown.press(F1, "esc closes")
        shown.press(ESCAPE, "scheduled", without="esc closes")
        shown.press(F4, "Search")
        shown.press(F5, "broadcast.")
        shown.press(F3, "Nothing yet")
        shown.press(b"<b>Hi</b>", "2 of 4,096")
        shown.press(F2, "sending")
        shown.press(QUIT)
        assert shown.ended() == 0

    assert LEFT in shown.drawn
    assert b"Traceback" not in shown.drawn


def test_the_demo_shows_a_broadcast_in_each_state_and_one_goes_on() -> None:
    with terminal(COMMAND, size=(36, 120)) as shown:
        shown.wait_until(*STATES)
        first = done(shown.lines)
        while done(shown.lines) <= first:
            shown.read()
        shown.press(QUIT)
        assert shown.ended() == 0


def done(lines: list[str]) -> int:
    """How many the broadcast that is being sent has reached."""
    found = next(filter(None, (re.search(r"sending .*% +(\d+)", line) for line in lines)))
    return int(found[1])
