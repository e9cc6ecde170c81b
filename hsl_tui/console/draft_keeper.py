"""Keeps what is being composed, so that a lost line loses nothing."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import TYPE_CHECKING, Final, cast

from textual.screen import Screen
from textual.timer import Timer

from hsl_tui.console.background import ask
from hsl_tui.errors import HslTuiError
from hsl_tui.services import drafts
from hsl_tui.services.context import Context
from hsl_tui.services.drafts import Draft, Form

if TYPE_CHECKING:
    from hsl_tui.console.app import HslTuiApp

KEEP_EVERY: Final = 2.0
"""Seconds between two writes while someone types."""

_GROUP: Final = "draft"

logger = logging.getLogger(__name__)


class DraftKeeper:
    """Writes a form down in threads: no key waits for the database.

    Args:
        screen: whose form it is.
    """

    def __init__(self, screen: Screen[None], context: Context) -> None:
        self._screen = screen
        self._context = context
        self._form = self._kept = Form()
        """As it is now, and as it is on record."""
        self._timer: Timer | None = None
        self._told = False

    def restore(self, show: Callable[[Draft], None]) -> None:
        """Look for what was being composed, and show it unless something is written by then."""

        def found(draft: Draft | None) -> None:
            if draft is not None and self._form == Form():
                self._form = self._kept = draft.form
                show(draft)

        ask(self._screen, lambda: drafts.load(self._context), found, group="restore")

    def note(self, form: Form) -> None:
        """Take what the form says now; it is written down soon."""
        self._form = form
        if form != self._kept and self._timer is None:
            self._timer = self._screen.set_timer(KEEP_EVERY, self.keep)

    def keep(self) -> None:
        """Write down at once what is not on record yet."""
        if self._timer is not None:
            self._timer.stop()
            self._timer = None
        form = self._form
        if form == self._kept:
            return

        def done(_: None) -> None:
            self._kept, self._told = form, False

        ask(self._screen, lambda: self._write(form), done, refused=self._tell, group=_GROUP)

    async def end(self) -> None:
        """Write down what is not on record yet, before the console ends."""
        form = self._form
        if form == self._kept:
            return
        app = cast("HslTuiApp", self._screen.app)
        try:
            await app.threads.run(self._screen, _GROUP, lambda: self._write(form))
        except HslTuiError as error:  # nobody is there any more to be told
            logger.warning("What was being composed is not kept: %s", error)

    def _write(self, form: Form) -> None:
        if form == Form():
            drafts.clear(self._context)
        else:
            drafts.save(self._context, form)

    def _tell(self, error: HslTuiError) -> None:
        # Once: the next key tries again, and whoever types knows by now.
        if not self._told:
            self._told = True
            cast("HslTuiApp", self._screen.app).tell_error(error)
