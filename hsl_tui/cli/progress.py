"""Progress of long work, drawn on standard error where that is a terminal."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

OnProgress = Callable[[int, int], None]
"""Told how much is done, and how much there is."""

OnCounted = Callable[[int, int, int], None]
"""Told in the third place how many were counted so far."""

_SOON: Final = 0.5
"""Seconds before there is a rate to speak of."""


@contextmanager
def progress_bar(on: str) -> Iterator[OnProgress]:
    """Draw a bar until the end of the block, at most four times a second."""
    with counting_bar(on) as draw:
        yield lambda done, total: draw(done, total, 0)


@contextmanager
def counting_bar(on: str, counted: str = "") -> Iterator[OnCounted]:
    """Draw a bar, with the time left and how many of what are counted a second."""
    if not sys.stderr.isatty():
        yield lambda _done, _total, _counted: None
        return
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        Progress,
        TaskProgressColumn,
        TextColumn,
        TimeRemainingColumn,
    )

    columns = (
        TextColumn(on),
        BarColumn(),
        TaskProgressColumn(),
        TimeRemainingColumn(),
        TextColumn("{task.fields[rate]}"),
    )
    console = Console(stderr=True)
    with Progress(*columns, console=console, transient=True, refresh_per_second=4) as progress:
        task = progress.add_task(on, total=None, rate="")
        begun = time.monotonic()

        def draw(done: int, total: int, count: int) -> None:
            spent = time.monotonic() - begun
            rate = f"{count / spent:,.0f} {counted} a second" if count and spent > _SOON else ""
            progress.update(task, completed=done, total=total, rate=rate)

        yield draw
