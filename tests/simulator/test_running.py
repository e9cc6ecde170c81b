from __future__ import annotations

import json
import signal
import subprocess
import sys
import threading
import urllib.request

import pytest

from hsl_tui.errors import RefusedError
from hsl_tui.telegram.simulator import Simulator, SimulatorThread

SERVE = """
import sys
from hsl_tui.telegram.simulator import SimulatorConfig, run_simulator
run_simulator(SimulatorConfig(), on_ready=lambda url: print(url, flush=True))
print("ended")
"""


def send(url: str) -> int:
    call = f"{url}/bot1:secret-token/sendMessage?chat_id=5&text=x"
    with urllib.request.urlopen(call) as answer:  # noqa: S310 — loopback
        message_id: int = json.load(answer)["result"]["message_id"]
    return message_id


def test_a_thread_serves_while_its_context_lasts_and_is_readable_after() -> None:
    with SimulatorThread() as simulator:
        assert simulator.url.startswith("http://127.0.0.1:")
        assert send(simulator.url) == 1

    assert "simulator" not in [thread.name for thread in threading.enumerate()]
    assert [each.chat_id for each in simulator.accepted()] == [5]
    assert simulator.stats.accepted == 1
    with pytest.raises(OSError, match="refused"):
        send(simulator.url)


def test_a_taken_port_is_refused_in_one_sentence() -> None:
    with SimulatorThread() as simulator:
        port = int(simulator.url.rpartition(":")[2])
        with (
            pytest.raises(RefusedError, match=f"Port {port} on 127.0.0.1 cannot be had"),
            SimulatorThread(port=port),
        ):
            pass


async def test_it_runs_in_a_loop_that_is_there() -> None:
    simulator = Simulator()
    await simulator.start()
    assert simulator.url.startswith("http://127.0.0.1:")
    await simulator.stop()

    with pytest.raises(RefusedError):
        _ = simulator.url


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_cleanly_and_nothing_is_logged(number: signal.Signals) -> None:
    process = subprocess.Popen(
        [sys.executable, "-W", "error", "-X", "dev", "-c", SERVE],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    with process:
        assert process.stdout is not None
        url = process.stdout.readline().strip()
        send(url)
        process.send_signal(number)
        output, errors = process.communicate(timeout=20)

    assert (process.returncode, output, errors) == (0, "ended\n", "")
