"""What an operator sets and chooses, in a console on a terminal of its own, from run to run."""

from __future__ import annotations

import json
import sys

import pytest

from hsl_tui import paths
from hsl_tui.console.preferences import default_file
from hsl_tui.telegram.simulator import SimulatorThread
from tests.cli.conftest import Run
from tests.terminal import terminal

HSL_TUI = (sys.executable, "-m", "hsl_tui")


@pytest.fixture(autouse=True)
def _as_wide_as_its_terminal(cli: Run, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: ARG001 - it sets the width that is taken away here
    monkeypatch.delenv("COLUMNS")


def set_keys(*lines: str) -> None:
    file = paths.config_file()
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("\n".join(["[keys]", *lines]), encoding="utf-8")


@pytest.mark.usefixtures("telegram")
def test_the_bots_name_keys_and_theme_are_there_the_next_time() -> None:
    set_keys('"app.theme" = "ctrl+y"', '"app.recipients" = "9"')
    with terminal(HSL_TUI, size=(24, 100)) as shown:
        shown.wait_until("● Ready to send", "@simulated_", "0/30 a second", "sweep ")
        shown.press(b"\x19", "The theme is light.")
        shown.press(b"9", "Search")
        shown.press(b"\x11")
        assert shown.ended() == 0
    assert json.loads(default_file().read_text()) == {"theme": "light"}
    assert default_file().stat().st_mode & 0o777 == 0o600
    with terminal(HSL_TUI, size=(24, 100)) as shown:
        shown.wait_until("● Ready to send")
        shown.press(b"\x19", "The theme is high contrast.")
        shown.press(b"\x11")
        assert shown.ended() == 0


@pytest.mark.usefixtures("telegram")
def test_keys_that_cannot_be_bound_are_one_line_and_nothing_is_opened() -> None:
    set_keys('"broadcasts.pasue" = "p"')
    with terminal(HSL_TUI) as shown:
        assert shown.ended() == 2
    said = shown.drawn.decode()
    assert said.count("\n") == 1
    assert "nothing in the console has the id 'broadcasts.pasue'; did you mean" in said


def test_without_a_token_the_head_says_so(
    monkeypatch: pytest.MonkeyPatch, simulator: SimulatorThread
) -> None:
    monkeypatch.setenv("HSL_TUI_API_URL", simulator.url)
    monkeypatch.delenv("BOT_TOKEN", raising=False)
    with terminal(HSL_TUI, size=(24, 100)) as shown:
        shown.wait_until("○ BOT_TOKEN is not set: nothing is sent. No worker elsewhere.")
        shown.press(b"\x11")
        assert shown.ended() == 0
