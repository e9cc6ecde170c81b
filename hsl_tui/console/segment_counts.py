"""Live counts of saved segments, one after the other, told as they come."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from textual.widget import Widget

from hsl_tui.console.background import ask
from hsl_tui.console.wording import number
from hsl_tui.errors import DatabaseUnavailableError, HslTuiError
from hsl_tui.services import segments
from hsl_tui.services.context import Context

UNKNOWN = "…"
"""In place of a count that is on its way."""


class SegmentCounts:
    """What is to be said of each segment: how many it picks, once that is known.

    Args:
        owner: the dialog that shows them; when it is gone, nobody is counted any more.
        told: called with the name of a segment whose count has come.
    """

    def __init__(self, owner: Widget, context: Context, told: Callable[[str], None]) -> None:
        self._owner = owner
        self._context = context
        self._told = told
        self._said: dict[str, str] = {}
        self._waiting: list[str] = []

    def begin(self, names: Iterable[str]) -> None:
        """Count these, in their order; what was known of others is dropped."""
        idle = not self._waiting
        names = list(names)
        self._said = {name: self._said.get(name, UNKNOWN) for name in names}
        self._waiting = names
        if idle:
            self._count_next()

    @property
    def said(self) -> dict[str, str]:
        """A word for each segment, in their order."""
        return self._said

    def _count_next(self) -> None:
        if not self._waiting:
            return
        name = self._waiting[0]

        def end(said: str) -> None:
            if name in self._said:
                self._said[name] = said
                self._told(name)
            # Others may have been asked for meanwhile.
            self._waiting = [one for one in self._waiting if one != name]
            self._count_next()

        def refuse(error: HslTuiError) -> None:
            if isinstance(error, DatabaseUnavailableError):
                self._waiting = []
            end("?")

        ask(
            self._owner,
            lambda: segments.count(self._context, name),
            lambda count: end(number(count)),
            refused=refuse,
            group="segment",
            exclusive=False,
        )
