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
TOLD_EARLY = """
import os, signal, sys, threading
from hsl_tui.cli import main
from hsl_tui.console.app import HslTuiApp
from hsl_tui.console.screens.broadcasts import BroadcastsScreen
from hsl_tui.console.screens.compose import ComposeScreen
owner, name = sys.argv[1].split(".")
owner = globals()[owner]
at_its_turn = getattr(owner, name)
def told(self):
    os.kill(os.getpid(), signal.SIGTERM)
    for thread in threading.enumerate():
        if thread.name == "hsl-tui-leaving":
            thread.join()
    return at_its_turn(self)
setattr(owner, name, told)
sys.exit(main([]))
"""
INTERRUPTED = """
import os, signal, sys
class Interrupting:
    def find_spec(self, name, *_):
        if name == sys.argv[1]:
            os.kill(os.getpid(), signal.SIGINT)
sys.meta_path.insert(0, Interrupting())
signal.signal(signal.SIGINT, signal.default_int_handler)
from hsl_tui.cli import main
sys.exit(main([]))
"""
F3 = b"\x1bOR"
LEFT = b"\x1b[?1049l"
"""What a terminal is told when its own screen is to come back."""

pytestmark = pytest.mark.usefixtures("telegram", "cli")


@pytest.mark.parametrize("how", [b"\x11", signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
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
        assert shown.settings == shown.before


@pytest.mark.parametrize(
    "moment",
    [
        "HslTuiApp.on_load",
        "HslTuiApp.on_mount",
        "BroadcastsScreen.compose_body",
        "BroadcastsScreen.on_mount",
        "HslTuiApp.on_ready",
        "ComposeScreen.compose_body",
        "ComposeScreen.on_mount",
    ],
)
def test_it_ends_in_order_when_told_to_while_a_screen_is_being_put_up(moment: str) -> None:
    with terminal((sys.executable, "-c", TOLD_EARLY, moment)) as shown:
        if moment.startswith("Compose"):
            shown.wait_until("Broadcasts")
            os.write(shown.end, F3)

        assert shown.ended() == 0, bytes(shown.drawn[-2000:]).decode(errors="replace")
        assert shown.drawn.rpartition(LEFT)[2].count(b"hsl-tui") == 0
        assert shown.settings == shown.before


@pytest.mark.parametrize("loading", ["sqlalchemy", "textual"])
def test_interrupted_before_it_draws_it_ends_quietly(loading: str) -> None:
    with terminal((sys.executable, "-c", INTERRUPTED, loading)) as shown:
        assert shown.ended() == 130
        assert shown.drawn == b""
        assert shown.settings == shown.before


@pytest.mark.parametrize("number", [signal.SIGTSTP, signal.SIGSTOP])
def test_it_draws_all_of_its_screen_when_it_goes_on_after_it_was_stopped(
    number: signal.Signals,
) -> None:
    with terminal(HSL_TUI) as shown:
        shown.wait_until("Broadcasts", "No broadcasts yet.")
        shown.process.send_signal(number)
        os.waitid(os.P_PID, shown.process.pid, os.WSTOPPED | os.WNOWAIT)
        if number is signal.SIGTSTP:
            assert shown.settings == shown.before
        before = len(shown.drawn)
        shown.process.send_signal(signal.SIGCONT)
        shown.wait_for(b"No broadcasts yet.", since=before)
        shown.press(b"\x11")

        assert shown.ended() == 0, bytes(shown.drawn[-2000:]).decode(errors="replace")
        assert shown.settings == shown.before


@pytest.mark.parametrize("leads", [False, True])
def test_it_ends_when_its_terminal_goes_away(*, leads: bool) -> None:
    with terminal(HSL_TUI, leads=leads) as shown:
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
