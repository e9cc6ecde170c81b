"""Running until it is told to end: the console, and the worker without one."""

from __future__ import annotations

import logging
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from hsl_tui.cli.composition import open_context, open_settings
from hsl_tui.cli.output import note
from hsl_tui.errors import RefusedError

_PATIENCE = 0.5
"""Seconds that ending may take before somebody who waits is told what for."""


def run_scheduler(*, once: bool) -> None:
    """Send what is due, until SIGTERM or SIGINT, or once.

    Raises:
        RefusedError: this process is not to send, or the bot was stopped.
    """
    from hsl_tui.services.doctor import why_stopped
    from hsl_tui.worker import Worker, why_off

    settings = open_settings(level=logging.INFO)
    reason = why_off(settings)
    if reason is not None:
        raise RefusedError(reason)
    with open_context(settings) as context:
        worker = Worker(context)
        with _on_signals(worker.stop, signal.SIGTERM, signal.SIGINT):
            worker.run(once=once)
        if once and (stopped := why_stopped(context)) is not None:
            raise RefusedError(f"Nothing is sent: {stopped}")


def run_console() -> None:
    """Open the console, with a worker beside it unless this process is not to send.

    Raises:
        RefusedError: there is no terminal.
    """
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        msg = "The console needs a terminal; see `hsl-tui --help` for what works without."
        raise RefusedError(msg)
    from hsl_tui import paths
    from hsl_tui.console.app import HslTuiApp
    from hsl_tui.worker import Worker, why_off

    settings = open_settings(level=logging.INFO, log_file=paths.log_dir() / "hsl-tui.log")
    with open_context(settings) as context:
        reason = why_off(settings)
        worker = Worker(context) if reason is None else None
        if worker is not None:
            worker.start()
        try:
            HslTuiApp(context, worker, reason).run()
        finally:
            if worker is not None:
                _end(worker)


def _end(worker: Any) -> None:
    worker.stop()
    if not worker.join(_PATIENCE):
        note("Waiting for the calls that are on the way.")
        worker.join()


@contextmanager
def _on_signals(act: Callable[[], None], *numbers: signal.Signals) -> Iterator[None]:
    """Do this on these signals, instead of what they did before."""
    before = {number: signal.signal(number, lambda *_: act()) for number in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
