"""Calls to services, off the thread that draws."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar, cast
from weakref import WeakKeyDictionary

from textual.widget import Widget
from textual.worker import Worker

from hsl_tui.errors import HslTuiError

if TYPE_CHECKING:
    from hsl_tui.console.app import HslTuiApp

Result = TypeVar("Result")


class Threads:
    """The calls that run in threads now: for each asker and group the one started last."""

    def __init__(self) -> None:
        self._running: WeakKeyDictionary[Widget, dict[str, asyncio.Future[Any]]] = (
            WeakKeyDictionary()
        )

    async def run(self, asker: Widget, group: str, call: Callable[[], Result]) -> Result:
        """Run a call in a thread, when the one before it has ended."""
        groups = self._running.setdefault(asker, {})
        while (before := groups.get(group)) is not None and not before.done():
            # A thread cannot be stopped: whoever types fast must not have dozens search at once.
            await asyncio.wait([before])
        future = asyncio.ensure_future(asyncio.to_thread(call))
        groups[group] = future
        return await asyncio.shield(future)

    async def end(self) -> None:
        """Wait for all that still run, and drop what they bring."""
        running = [future for groups in self._running.values() for future in groups.values()]
        await asyncio.gather(*running, return_exceptions=True)


def ask(
    asker: Widget,
    call: Callable[[], Result],
    then: Callable[[Result], None],
    *,
    group: str,
    refused: Callable[[HslTuiError], None] | None = None,
    exclusive: bool = True,
) -> None:
    """Run ``call`` in a thread, and ``then`` with what it returned back among the widgets.

    Args:
        asker: when it is gone, what comes back is dropped.
        group: a newer call of the same asker and group replaces an older one, whose result is
            dropped; not so with ``exclusive`` off, for acts that must each be answered. Of one
            group one call runs at a time.
        refused: is told of an error that was foreseen; without it that becomes a notice.
    """
    app = cast("HslTuiApp", asker.app)

    async def run() -> None:
        running = app.threads.run(asker, group, call)
        (result,) = await asyncio.gather(running, return_exceptions=True)
        if isinstance(result, HslTuiError):
            (refused or app.tell_error)(result)
        elif isinstance(result, Exception):
            app.tell_trouble(result)
        elif not isinstance(result, BaseException):
            then(result)

    # Its own errors have been told; they must not end the console.
    _: Worker[None] = asker.run_worker(run, group=group, exclusive=exclusive, exit_on_error=False)
