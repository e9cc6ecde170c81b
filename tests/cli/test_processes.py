"""The command line as a process of its own: exit statuses, signals, pipes, and no traceback."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys

import pytest

from hsl_tui import paths
from hsl_tui.telegram.simulator import SimulatorThread
from tests.cli.conftest import Run

HSL_TUI = (sys.executable, "-m", "hsl_tui")


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        (*HSL_TUI, *arguments), check=False, capture_output=True, text=True, timeout=60
    )


@pytest.mark.usefixtures("cli")
def test_exit_statuses_reach_the_shell() -> None:
    assert run("--version").returncode == 0
    assert run("audit", "verify").returncode == 0
    assert run("--scheduler-only", "--once").returncode == 1
    assert run("broadcasts", "show", "1").returncode == 2


@pytest.mark.usefixtures("recipients", "telegram")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_worker_ends_in_order_on_signals(cli: Run, number: signal.Signals) -> None:
    queued = cli("broadcasts", "send", "--text", "x", "--to", "all", "--json")
    assert queued.status == 0
    with subprocess.Popen((*HSL_TUI, "--scheduler-only"), stderr=subprocess.PIPE) as process:
        while cli("broadcasts", "show", 1, "--json").json["state"] != "finished":
            assert process.poll() is None
        process.send_signal(number)
        _, written = process.communicate(timeout=30)

    assert process.returncode == 0
    assert b"Traceback" not in written
    assert cli("broadcasts", "show", 1, "--json").json["successful_deliveries"] == 3


@pytest.mark.usefixtures("recipients", "telegram")
def test_once_sends_what_is_due_and_logs_as_it_is_told(
    cli: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HSL_TUI_LOG_FORMAT", "json")
    cli("broadcasts", "send", "--text", "x", "--to", "all")

    done = run("--scheduler-only", "--once")

    assert (done.returncode, done.stdout) == (0, "")
    assert all(json.loads(line)["message"] for line in done.stderr.splitlines())
    assert cli("broadcasts", "show", 1, "--json").json["state"] == "finished"


@pytest.mark.usefixtures("cli", "telegram")
@pytest.mark.parametrize(
    ("number", "arguments", "status", "loading"),
    [
        (signal.SIGINT, ("recipients", "list"), 130, "typer"),
        (signal.SIGINT, ("recipients", "list"), 130, "sqlalchemy"),
        (signal.SIGINT, ("--scheduler-only",), 0, "hsl_tui.errors"),
        (signal.SIGINT, ("--scheduler-only",), 0, "sqlalchemy"),
        (signal.SIGTERM, ("--scheduler-only",), 0, "hsl_tui.errors"),
        (signal.SIGTERM, ("--scheduler-only",), 0, "sqlalchemy"),
    ],
)
def test_a_signal_while_modules_are_loaded_ends_quietly(
    number: int, arguments: tuple[str, ...], status: int, loading: str
) -> None:
    script = (
        "import os, signal, sys\n"
        # What is run in the background is begun with Ctrl-C ignored, and keeps it so.
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        "class Signalling:\n"
        "    def find_spec(self, name, *_):\n"
        f"        if name == {loading!r}:\n"
        f"            os.kill(os.getpid(), {int(number)})\n"
        "sys.meta_path.insert(0, Signalling())\n"
        "from hsl_tui.cli import main\n"
        "sys.exit(main())\n"
    )

    done = subprocess.run(
        (sys.executable, "-c", script, *arguments), check=False, capture_output=True, timeout=60
    )

    assert (done.returncode, done.stdout, done.stderr) == (status, b"", b"")


def test_a_simulator_prints_its_address_and_ends_on_signals() -> None:
    command = (*HSL_TUI, "simulator", "--fault", "blocked=0.5")
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline().startswith(b"http://127.0.0.1:")
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=30) == 0


@pytest.mark.usefixtures("recipients")
def test_a_reader_that_goes_away_is_no_trouble(cli: Run) -> None:
    for _ in range(3):
        cli("broadcasts", "send", "--text", "x" * 4000, "--to", "all")
    reader, writer = os.pipe()
    os.close(reader)
    try:
        done = subprocess.run(
            (*HSL_TUI, "broadcasts", "list", "--json"),
            check=False,
            stdout=writer,
            stderr=subprocess.PIPE,
            timeout=60,
        )
    finally:
        os.close(writer)

    assert done.stderr == b""
    assert done.returncode == 141


@pytest.mark.usefixtures("cli")
def test_a_bug_is_one_line_and_its_traceback_is_in_the_log() -> None:
    secret = "123456:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
    script = (
        "import sys\n"
        "from hsl_tui.cli import composition, main\n"
        "def broken(*_, **__):\n"
        f"    raise ZeroDivisionError('no {secret} here')\n"
        "composition.open_database = broken\n"
        "sys.exit(main(['audit', 'verify']))\n"
    )

    done = subprocess.run(
        (sys.executable, "-c", script), check=False, capture_output=True, text=True, timeout=60
    )

    log = paths.log_dir() / "hsl-tui.log"
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == (
        f"hsl-tui: Something unexpected went wrong (ZeroDivisionError); the details are in {log}.\n"
    )
    logged = log.read_text()
    assert "Traceback" in logged
    assert secret not in logged


def test_fault_options_are_read_before_anything_starts(bare_cli: Run) -> None:
    unknown = bare_cli("simulator", "--fault", "bad_luck")
    assert unknown.status == 2
    assert "There is no fault 'bad_luck'" in unknown.stderr
    assert bare_cli("simulator", "--fault", "blocked=2").status == 2
    assert bare_cli("simulator", "--port", "70000").status == 2


def test_a_taken_port_is_refused(bare_cli: Run, simulator: SimulatorThread) -> None:
    result = bare_cli("simulator", "--port", simulator.url.rpartition(":")[2])

    assert result.status == 1
    assert "cannot be had" in result.stderr


def test_another_program_may_load_it_in_any_thread() -> None:
    program = (
        "import threading, importlib\n"
        "one = threading.Thread(target=importlib.import_module, args=('hsl_tui.cli',))\n"
        "one.start(); one.join()\n"
    )
    done = subprocess.run(
        (sys.executable, "-c", program), check=False, capture_output=True, text=True, timeout=60
    )
    assert (done.returncode, done.stderr) == (0, "")
