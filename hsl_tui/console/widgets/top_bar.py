"""The head of every screen: where one can go, and what is true of sending and of the database."""

from __future__ import annotations

from typing import Final

from rich.cells import cell_len
from textual import events
from textual.content import Content
from textual.reactive import reactive
from textual.widget import Widget

from hsl_tui.console.standing import Standing
from hsl_tui.console.terminal_text import terminal_text
from hsl_tui.console.widgets.columns import fit
from hsl_tui.console.wording import TONE_STYLES

TABS: Final = (
    ("broadcasts", "1", "Broadcasts"),
    ("compose", "2", "Compose"),
    ("recipients", "3", "Recipients"),
    ("audit", "4", "Audit log"),
)
"""Mode, key and title of the four screens."""

_WAITING: Final = "… waiting for the database"
_GAP: Final = 2
_LEAST_NAME: Final = 8
"""Cells; less of a bot's name or a database's says nothing."""


class TopBar(Widget, can_focus=False):
    """Two lines: the screens, the bot and the clock; who sends, how fast, and the database."""

    standing: reactive[Standing | None] = reactive(None)

    def __init__(self, mode: str) -> None:
        super().__init__()
        self._mode = mode

    def render(self) -> Content:
        standing = self.standing
        if standing is None:
            return self._tabs(self._labels(""), "", "")
        labels = self._labels(standing.clock)
        return Content("\n").join(
            [self._tabs(labels, terminal_text(standing.bot), standing.clock), self._truth(standing)]
        )

    # --- where one can go -----------------------------------------------------------------------

    def _labels(self, clock: str) -> list[tuple[str, str]]:
        """Each mode with what stands for it; on a short line only the one in front has a title."""
        needed = sum(len(title) + 4 for _, _, title in TABS) + cell_len(clock) + 2
        roomy = self.content_size.width >= needed
        return [
            (mode, f" {key} {title} " if roomy or mode == self._mode else f" {key} ")
            for mode, key, title in TABS
        ]

    def _tabs(self, labels: list[tuple[str, str]], bot: str, clock: str) -> Content:
        tabs = Content("").join(
            Content.styled(label, "bold $accent on $boost" if mode == self._mode else "$text-muted")
            for mode, label in labels
        )
        space = self.content_size.width - tabs.cell_length - cell_len(clock) - 1
        if space < 1:
            return tabs
        room = space - 2 * _GAP
        named = ""
        if bot and room >= min(_LEAST_NAME, cell_len(bot)):
            named = fit(bot, min(room, cell_len(bot))) + " " * _GAP
        return Content.assemble(
            tabs,
            " " * (space - cell_len(named)),
            (named, "$foreground"),
            (clock, "$text-muted"),
        )

    async def on_click(self, event: events.Click) -> None:
        end = 0
        for mode, label in self._labels("" if self.standing is None else self.standing.clock):
            end += len(label)
            if event.y == 0 and event.x < end:
                await self.run_action(f"app.go({mode!r})")
                return

    # --- what is true ---------------------------------------------------------------------------

    def _truth(self, standing: Standing) -> Content:
        """Who sends, and then what there is room for, the most telling first."""
        width = max(0, self.content_size.width - 2)
        sending = terminal_text(standing.sending)
        parts = [Content.styled(sending, TONE_STYLES[standing.tone])]
        further = [
            (_WAITING if standing.waiting else "", "$text-warning"),
            (standing.pace, "$foreground"),
            (standing.sweep, "$text-muted"),
        ]
        used = cell_len(sending)
        if used > width:
            return Content.assemble(" ", (fit(sending, width), TONE_STYLES[standing.tone]))
        for said, style in further:
            if said and used + _GAP + cell_len(said) <= width:
                parts.append(Content.styled(said, style))
                used += _GAP + cell_len(said)
        database = _tail(terminal_text(standing.database), width - used - _GAP)
        gap = " " * (width - used - cell_len(database))
        return Content.assemble(
            " ", Content(" " * _GAP).join(parts), gap, (database, "$text-muted")
        )


def _tail(label: str, room: int) -> str:
    """A database's name in so many cells: the end of a path or an address says most."""
    if cell_len(label) <= room:
        return label
    return f"…{label[-(room - 1) :]}" if room >= _LEAST_NAME else ""
