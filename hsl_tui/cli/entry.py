"""Where the program begins."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import Final

from hsl_tui.cli import failures
from hsl_tui.cli.starting import INTERRUPTED, Loading, is_worker
from hsl_tui.cli.streams import make_usable, write_error
from hsl_tui.errors import HslTuiError

_COMPLETION: Final = "_HSL_TUI_COMPLETE"
"""Is set where a shell asks what could follow, which it does without arguments."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status.

    Args:
        arguments: those of the process by default, without the program's name.
    """
    make_usable()
    failures.catch_bugs()
    given = sys.argv[1:] if arguments is None else list(arguments)
    if (foreign := failures.find_foreign(given)) is not None:
        return failures.explain(foreign)
    try:
        status = _run(given)
    except HslTuiError as error:
        status = failures.explain(error)
    # What could not be logged still waits there, and would fail at the interpreter's end.
    write_error("")
    return status


def _run(given: Sequence[str]) -> int:
    worker = is_worker(given)
    if worker or (not given and _COMPLETION not in os.environ):
        # They stay for long. Started from among the commands they would keep those in memory, and
        # what reads a command line: 3 MB.
        from hsl_tui.cli import running

        try:
            running.run(scheduler_only=worker, once="--once" in given)
        except KeyboardInterrupt:
            return INTERRUPTED
        return 0
    with Loading():
        from hsl_tui.cli import commands
    return commands.run(given)
