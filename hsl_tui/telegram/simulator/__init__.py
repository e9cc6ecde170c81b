"""A simulated Telegram: the Bot API over HTTP on loopback, for the demo, for trying and for tests.

It refuses what Telegram refuses in Telegram's own words, holds the rate limit, fails on demand,
and keeps its own record of what it accepted, independent of anything a client believes.
"""

from __future__ import annotations

from hsl_tui.telegram.simulator.config import SimulatorConfig
from hsl_tui.telegram.simulator.faults import FAULTS, Ending, Fault, FaultRule, Match
from hsl_tui.telegram.simulator.record import AcceptedMessage
from hsl_tui.telegram.simulator.running import SimulatorThread, run_simulator
from hsl_tui.telegram.simulator.server import Simulator

__all__ = [
    "FAULTS",
    "AcceptedMessage",
    "Ending",
    "Fault",
    "FaultRule",
    "Match",
    "Simulator",
    "SimulatorConfig",
    "SimulatorThread",
    "run_simulator",
]
