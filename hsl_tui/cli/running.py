"""Running until it is told to end: the console, and the worker without one."""

from __future__ import annotations

import gc
import logging
import os
import select
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from hsl_tui.cli.composition import open_context, open_settings
from hsl_tui.cli.failures import LOG_FILE
from hsl_tui.cli.streams import note
from hsl_tui.errors import RefusedError

if TYPE_CHECKING:
    from hsl_tui.console.preferences import Preferences
    from hsl_tui.services.context import Context
    from hsl_tui.worker import Progress, Worker

_PATIENCE = 0.5
"""Seconds that ending may take before somebody who waits is told what for."""


def run(*, scheduler_only: bool, once: bool) -> None:
    """Run the console, or the worker without one.

    Raises:
        HslTuiError: it cannot be run.
    """
    if scheduler_only:
        run_scheduler(once=once)
    else:
        run_console()


def run_scheduler(*, once: bool) -> None:
    """Send what is due, until SIGTERM or SIGINT, or once.

    Raises:
        RefusedError: this process is not to send, or the bot was stopped.
        DatabaseError: it cannot be used; a worker that runs on waits for it instead.
    """
    from hsl_tui.services.doctor import why_stopped
    from hsl_tui.worker import Worker, why_off

    settings = open_settings(level=logging.INFO)
    reason = why_off(settings)
    if reason is not None:
        raise RefusedError(reason)
    with open_context(settings) as context:
        worker = Worker(context, takes_in=settings.intake)
        make_steady()
        with on_signals(worker.stop, signal.SIGTERM, signal.SIGINT):
            worker.run(once=once)
        if once and (stopped := why_stopped(context)) is not None:
            raise RefusedError(f"Nothing is sent: {stopped}")


def make_steady() -> None:
    """Have the interpreter keep a worker's event loop waiting for less."""
    # What is loaded by now stays: a busy worker would look it through again and again.
    gc.freeze()
    gc.enable()
    # Each look takes time, and a delivery leaves little that only such a look can free.
    gc.set_threshold(2_000, 20, 10)
    # Beside a thread that builds a transaction, the loop would wait 5 ms for its turn.
    sys.setswitchinterval(0.001)


def run_console() -> None:
    """Open the console, with a worker beside it unless this process is not to send.

    Raises:
        RefusedError: there is no terminal.
    """
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        msg = "The console needs a terminal; see `hsl-tui --help` for what works without."
        raise RefusedError(msg)
    # A fifth of the time until the first screen went into looking for garbage among modules.
    gc.disable()
    from hsl_tui import paths
    from hsl_tui.console.preferences import Preferences, default_file

    settings = open_settings(level=logging.INFO, log_file=paths.log_dir() / LOG_FILE)
    with open_context(settings) as context:
        show_console(context, Preferences(default_file()))


def show_console(context: Context, preferences: Preferences | None = None) -> None:
    """Show the console until the operator leaves it, a signal says so, or the line is lost.

    Args:
        preferences: where what is chosen is remembered; nowhere by default.

    Raises:
        SettingsError: the settings bind keys that cannot be bound.
    """
    from hsl_tui.console.app import HslTuiApp
    from hsl_tui.worker import Worker, why_off

    def report(moved: Progress) -> None:
        app.take_progress(moved)

    reason = why_off(context.settings)
    worker = Worker(context, report) if reason is None else None

    def begin() -> None:
        make_steady()
        # Screens that are drawn leave what only such looks free: 5 MB by the time all were shown.
        gc.set_threshold(2_000, 10, 3)
        if worker is not None:
            worker.start()

    app = HslTuiApp(context, worker, reason, preferences=preferences, begin=begin)

    def leave() -> None:
        if worker is not None:
            worker.stop()
        # A signal comes between any two instructions; only from a thread is the console's loop
        # told in a way that wakes it.
        threading.Thread(target=app.exit, name="hsl-tui-leaving").start()

    with on_signals(leave, signal.SIGTERM, signal.SIGINT, signal.SIGHUP), on_hangup(leave):
        try:
            app.run()
        finally:
            if worker is not None:
                _end(worker)
    if app.farewell is not None:
        note(app.farewell)
    if app.failure is not None:
        raise app.failure


def _end(worker: Worker) -> None:
    worker.stop()
    if not worker.join(_PATIENCE):
        note("Waiting for the calls that are on the way.")
        worker.join()


@contextmanager
def on_signals(act: Callable[[], None], *numbers: signal.Signals) -> Iterator[None]:
    """Do this on these signals, instead of what they did before."""
    before = {number: signal.signal(number, lambda *_: act()) for number in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def on_hangup(act: Callable[[], None]) -> Iterator[None]:
    """Do this when the terminal goes away, in a thread.

    SIGHUP tells only who leads the session, such as a shell, and not what runs under make or the
    like. Without its terminal the console would read its end for ever, and wait to draw.
    """
    ended, end = os.pipe()
    terminal = sys.stdin.fileno()

    def watch() -> None:
        events = select.poll()
        events.register(terminal, 0)
        events.register(ended, select.POLLIN)
        if any(one == terminal and what & select.POLLHUP for one, what in events.poll()):
            act()

    watching = threading.Thread(target=watch, name="hsl-tui-terminal")
    watching.start()
    try:
        yield
    finally:
        os.write(end, b".")
        watching.join()
        os.close(end)
        os.close(ended)
