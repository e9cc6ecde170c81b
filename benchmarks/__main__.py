"""`python -m benchmarks [NAME …]`: measures what the project claims, each beside its peer."""

from __future__ import annotations

import argparse
import logging
from collections.abc import Callable
from typing import Final

from benchmarks import (
    adopting,
    audiences,
    calls,
    checking,
    console,
    erasure,
    importing,
    ledger,
    pacing,
    queueing,
    scale,
    throughput,
)
from hsl_tui.cli.running import make_steady

SUITES: Final[dict[str, Callable[[], None]]] = {
    "calls": calls.main,
    "throughput": throughput.main,
    "pacing": pacing.main,
    "ledger": ledger.main,
    "scale": scale.main,
    "importing": importing.main,
    "audiences": audiences.main,
    "queueing": queueing.main,
    "erasure": erasure.main,
    "adopting": adopting.main,
    "checking": checking.main,
    "console": console.main,
}


def main() -> None:
    """Run the suites that are named, or all of them."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("suite", nargs="*", choices=[*SUITES, []], help="which; all by default")
    logging.getLogger().setLevel(logging.ERROR)
    # As the headless command does; the peers gain by it too.
    make_steady()
    for name in parser.parse_args().suite or SUITES:
        print(f"\n== {name} ==", flush=True)
        SUITES[name]()


if __name__ == "__main__":
    main()
