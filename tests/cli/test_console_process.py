"""The console on a terminal of its own: how it ends, whatever ends it."""

from __future__ import annotations

import os
import signal
import sys

import pytest

from hsl_tui import paths
from hsl_tui.cli.failures import LOG_FILE
from hsl_tui.clock import SystemClock
from hsl_tui.services import drafts
from hsl_tui.services.context import Context, current_actor
from hsl_tui.settings import load_settings
from hsl_tui.store.database import Database
from tests.terminal import terminal

HSL_TUI = (sys.executable, "-m", "hsl_tui")
CRASH = """
import sys
from hsl_tui.cli import main
from hsl_tui.console.app import HslTuiApp
def crash(self):
    raise ZeroDivisionError("not foreseen")
HslTuiApp.on_mount = crash
sys.exit(main([]))
"""
F3 = b"\x1bOR"
LEFT = b"\x1b[?1049l"
"""What a terminal is told when its own screen is to come back."""

pytestmark = pytest.mark.usefixtures("telegram", "cli")


@pytest.mark.parametrize("how", [b"\x11", signal.SIGTERM, signal.SIGHUP])
def test_it_ends_in_order_on_its_key_and_on_signals(how: bytes | signal.Signals) -> None:
    with terminal(HSL_TUI) as shown:
        shown.wait_for(b"Broadcasts")
        if isinstance(how, bytes):
            os.write(shown.end, how)
        else:
            shown.process.send_signal(how)

        # What it says last tells why, where it ends otherwise.
        assert shown.ended() == 0, bytes(shown.drawn[-2000:]).decode(errors="replace")
        assert LEFT in shown.drawn
        assert b"Traceback" not in shown.drawn


def test_it_ends_when_its_terminal_goes_away_and_no_signal_tells() -> None:
    with terminal(HSL_TUI) as shown:
        shown.wait_for(b"Broadcasts")
        shown.hang_up()

        assert shown.ended() == 0


@pytest.mark.parametrize("how", [b"\x11", signal.SIGTERM, signal.SIGHUP, None])
def test_what_was_being_written_is_kept_however_it_ends(
    sqlite: Database, how: bytes | signal.Signals | None
) -> None:
    with terminal(HSL_TUI) as shown:
        shown.wait_until("Broadcasts")
        shown.press(F3, "Nothing yet")
        shown.press(b"Hello", "5 of 4,096")
        if how is None:
            shown.hang_up()
        elif isinstance(how, bytes):
            os.write(shown.end, how)
        else:
            shown.process.send_signal(how)
        assert shown.ended() == 0

    kept = drafts.load(Context(sqlite, SystemClock(), current_actor(), load_settings()))
    assert kept is not None
    assert kept.form.composition.text == "Hello"


def test_what_nobody_foresaw_leaves_one_line_and_the_terminal_as_it_was() -> None:
    with terminal((sys.executable, "-c", CRASH)) as shown:
        assert shown.ended() == 1

    log = paths.log_dir() / LOG_FILE
    after = shown.drawn.rpartition(LEFT)[2].decode()
    assert "Something unexpected went wrong (ZeroDivisionError)" in after
    assert "Traceback" not in shown.drawn.decode()
    assert "not foreseen" in log.read_text()
