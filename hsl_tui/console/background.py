"""Calls to services, off the thread that draws."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final, TypeVar, cast
from weakref import WeakKeyDictionary

from textual.widget import Widget
from textual.worker import Worker

from hsl_tui.errors import DatabaseUnavailableError, HslTuiError

if TYPE_CHECKING:
    from hsl_tui.console.app import HslTuiApp

Result = TypeVar("Result")

SLOW_AFTER: Final = 1.0
"""Seconds after which whoever waits for an answer is told so."""


class Threads:
    """The calls that run in threads now: for each asker and group the one started last.

    Args:
        told: called when the first of them becomes slow, and when none is any more.
    """

    def __init__(self, told: Callable[[], None]) -> None:
        self._running: WeakKeyDictionary[Widget, dict[str, asyncio.Future[Any]]] = (
            WeakKeyDictionary()
        )
        self._told = told
        self._slow: set[asyncio.Future[Any]] = set()

    @property
    def slow(self) -> bool:
        """Whether somebody has been waiting for a while."""
        return bool(self._slow)

    async def run(self, asker: Widget, group: str, call: Callable[[], Result]) -> Result:
        """Run a call in a thread, when the one before it has ended."""
        groups = self._running.setdefault(asker, {})
        while (before := groups.get(group)) is not None and not before.done():
            # A thread cannot be stopped: whoever types fast must not have dozens search at once.
            await asyncio.wait([before])
        future = asyncio.ensure_future(asyncio.to_thread(call))
        groups[group] = future
        self._watch(future)

        def forget(_: asyncio.Future[Any]) -> None:
            # A call that has ended still knows its asker, and would keep a closed screen for ever.
            if groups.get(group) is future:
                del groups[group]

        future.add_done_callback(forget)
        return await asyncio.shield(future)

    def _watch(self, future: asyncio.Future[Any]) -> None:
        def note() -> None:
            self._slow.add(future)
            if len(self._slow) == 1:
                self._told()

        def done(_: asyncio.Future[Any]) -> None:
            timer.cancel()
            if future in self._slow:
                self._slow.remove(future)
                if not self._slow:
                    self._told()

        timer = asyncio.get_running_loop().call_later(SLOW_AFTER, note)
        future.add_done_callback(done)

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
        refused: is told of an error that was foreseen; without it that becomes a notice. That the
            database is away is told by the screen's banner instead, but to those who acted.
    """
    app = cast("HslTuiApp", asker.app)

    async def run() -> None:
        running = app.threads.run(asker, group, call)
        (result,) = await asyncio.gather(running, return_exceptions=True)
        if isinstance(result, HslTuiError):
            away = isinstance(result, DatabaseUnavailableError)
            if away:
                app.watch_out.note_lost(str(result))
            if refused is not None:
                refused(result)
            elif not (away and exclusive):
                app.tell_error(result)
        elif isinstance(result, Exception):
            app.tell_trouble(result)
        elif not isinstance(result, BaseException):
            app.watch_out.note_answer()
            then(result)

    # Its own errors have been told; they must not end the console.
    _: Worker[None] = asker.run_worker(run, group=group, exclusive=exclusive, exit_on_error=False)
