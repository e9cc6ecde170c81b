"""Signals that come while the program is being loaded, when there is nothing to put in order.

What is imported here is loaded before they are looked after, so it is little.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Sequence

INTERRUPTED = 130
"""What a shell reports of a program that was interrupted."""

_OF_WORKERS = {"--scheduler-only", "--once"}


def is_worker(given: Sequence[str]) -> bool:
    """Whether these arguments start a worker without a console."""
    return "--scheduler-only" in given and _OF_WORKERS.issuperset(given)


class Loading:
    """Has Ctrl-C end the process quietly, instead of telling where among the modules it was.

    A worker that is told to end before it began ends with 0, as later. For it this lasts until it
    takes the signals itself.
    """

    def __enter__(self) -> None:
        self._interrupted = signal.getsignal(signal.SIGINT)
        if threading.current_thread() is not threading.main_thread():
            # Imported by another program: its signals are its own business.
            return
        if is_worker(sys.argv[1:]):
            self._end_on(signal.SIGTERM, 0)
            self._end_on(signal.SIGINT, 0)
            self._interrupted = signal.getsignal(signal.SIGINT)
        else:
            self._end_on(signal.SIGINT, INTERRUPTED)

    def __exit__(self, *_: object) -> None:
        if threading.current_thread() is threading.main_thread():
            signal.signal(signal.SIGINT, self._interrupted)

    def _end_on(self, number: signal.Signals, status: int) -> None:
        # Not where a shell has it ignored, as for what runs in the background.
        if signal.getsignal(number) in {signal.SIG_DFL, signal.default_int_handler}:
            # An exception could be caught, or told of, by whatever is just being loaded.
            signal.signal(number, lambda *_: os._exit(status))
