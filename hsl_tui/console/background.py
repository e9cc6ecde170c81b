"""Calls to services, off the thread that draws."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar, cast

from textual.widget import Widget
from textual.worker import Worker

from hsl_tui.errors import HslTuiError

if TYPE_CHECKING:
    from hsl_tui.console.app import HslTuiApp

Result = TypeVar("Result")


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
            dropped; not so with ``exclusive`` off, for acts that must each be answered.
        refused: is told of an error that was foreseen; without it that becomes a notice.
    """
    app = cast("HslTuiApp", asker.app)

    async def run() -> None:
        try:
            result = await asyncio.to_thread(call)
        except HslTuiError as error:
            (refused or app.tell_error)(error)
        except Exception as error:
            app.tell_trouble(error)
            raise
        else:
            then(result)

    # Its own errors have been told; they must not end the console.
    _: Worker[None] = asker.run_worker(run, group=group, exclusive=exclusive, exit_on_error=False)
