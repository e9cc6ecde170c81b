"""What can be done with saved segments, from wherever selectors are written."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, cast

from textual.widget import Widget

from hsl_tui.console.background import ask
from hsl_tui.console.dialogs.naming import SaveSegment
from hsl_tui.console.terminal_text import terminal_text
from hsl_tui.models.segments import SegmentView
from hsl_tui.models.selector import Selector, join_selectors
from hsl_tui.services import segments
from hsl_tui.services.context import Context

if TYPE_CHECKING:
    from hsl_tui.console.app import HslTuiApp


def save(
    owner: Widget,
    context: Context,
    selectors: Iterable[Selector],
    saved: Callable[[SegmentView], None] | None = None,
    *,
    name: str = "",
) -> None:
    """Ask for a name, and keep selectors under it.

    Args:
        owner: what is acted from.
        saved: called when that is done.
        name: what is proposed.
    """
    app = cast("HslTuiApp", owner.app)
    chosen = list(selectors)
    dialog = SaveSegment(context, name, join_selectors(chosen))

    def done(segment: SegmentView) -> None:
        shown = terminal_text(segment.name)
        app.notify(f"The segment {shown} is saved.", markup=False)
        if saved is not None:
            saved(segment)

    def named(answer: str | None) -> None:
        if answer is not None:
            replace = dialog.replaces(answer)
            ask(
                owner,
                lambda: segments.save(context, answer, [*map(str, chosen)], replace=replace),
                done,
                group="act",
                exclusive=False,
            )

    app.open(dialog, named)
