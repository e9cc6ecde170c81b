"""From an order to a broadcast: the review, and what is queued when it is agreed to."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, cast

from textual.screen import Screen

from hsl_tui.console.background import ask
from hsl_tui.console.dialogs.review import ReviewDialog
from hsl_tui.models.views import BroadcastView
from hsl_tui.services import queueing, reviewing
from hsl_tui.services.context import Context
from hsl_tui.services.queueing import Order
from hsl_tui.services.reviewing import Review

if TYPE_CHECKING:
    from hsl_tui.console.app import HslTuiApp


class Ordering:
    """What a screen on which messages are written does to send one."""

    def __init__(self, screen: Screen[None], context: Context) -> None:
        self._screen = screen
        self._context = context

    def review(self, order: Order, queued: Callable[[BroadcastView], None]) -> None:
        """Check everything, show what would be sent to whom, and queue it when that is agreed to.

        What cannot be queued is told, and nothing comes of it.
        """
        ask(
            self._screen,
            lambda: reviewing.review(self._context, order),
            lambda review: self._show(order, review, queued),
            group="review",
        )

    def _show(self, order: Order, review: Review, queued: Callable[[BroadcastView], None]) -> None:
        # The dialog names those who are left out, and asks.
        order = replace(order, leave_out_unfit=bool(review.check.unfit))

        def answered(agreed: bool | None) -> None:
            if agreed:
                ask(
                    self._screen,
                    lambda: queueing.queue(self._context, order),
                    queued,
                    group="queue",
                    exclusive=False,
                )

        dialog = ReviewDialog(self._context, order, review)
        cast("HslTuiApp", self._screen.app).open(dialog, answered)
