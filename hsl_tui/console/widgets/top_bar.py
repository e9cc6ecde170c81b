"""The head of every screen: where one can go, and what is true of this process."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from rich.cells import cell_len
from textual import events
from textual.content import Content
from textual.reactive import reactive
from textual.widget import Widget

from hsl_tui.console.terminal_text import terminal_text
from hsl_tui.console.widgets.columns import fit
from hsl_tui.console.wording import TONE_STYLES, Tone

TABS: Final = (
    ("broadcasts", "1", "Broadcasts"),
    ("compose", "2", "Compose"),
    ("recipients", "3", "Recipients"),
    ("audit", "4", "Audit log"),
)
"""Mode, key and title of the four screens."""


@dataclass(frozen=True, slots=True)
class Standing:
    """What is true of this process at a moment.

    Attributes:
        sending: whether messages leave from here, and if not, why not.
        database: its label, without a password.
        clock: the time of day with its zone, to the minute.
    """

    sending: str
    tone: Tone
    database: str
    clock: str


class TopBar(Widget, can_focus=False):
    """Two lines: the screens with their keys and the clock; the worker and the database."""

    standing: reactive[Standing | None] = reactive(None)

    def __init__(self, mode: str) -> None:
        super().__init__()
        self._mode = mode

    def render(self) -> Content:
        standing = self.standing
        if standing is None:
            return self._tabs("")
        return Content("\n").join([self._tabs(standing.clock), self._truth(standing)])

    def _labels(self) -> list[tuple[str, str]]:
        """Each mode with what stands for it; on a short line only the one in front has a title."""
        roomy = self.content_size.width >= sum(len(title) + 4 for _, _, title in TABS)
        return [
            (mode, f" {key} {title} " if roomy or mode == self._mode else f" {key} ")
            for mode, key, title in TABS
        ]

    def _tabs(self, clock: str) -> Content:
        tabs = Content("").join(
            Content.styled(label, "bold $accent on $boost" if mode == self._mode else "$text-muted")
            for mode, label in self._labels()
        )
        space = self.content_size.width - tabs.cell_length - cell_len(clock) - 1
        if space < 1:
            return tabs
        return Content.assemble(tabs, " " * space, (clock, "$text-muted"))

    async def on_click(self, event: events.Click) -> None:
        end = 0
        for mode, label in self._labels():
            end += len(label)
            if event.y == 0 and event.x < end:
                await self.run_action(f"app.go({mode!r})")
                return

    def _truth(self, standing: Standing) -> Content:
        width = max(0, self.content_size.width - 2)
        sending = terminal_text(standing.sending)
        database = terminal_text(standing.database)
        room = width - cell_len(sending) - 2
        if room < cell_len(database):
            # The end of a path or an address says most.
            tail = database[-max(0, room - 1) :] if room > len("…/x") else ""
            database = f"…{tail}" if tail else ""
        sending = fit(sending, width - (cell_len(database) + 2 if database else 0))
        gap = "  " if database else ""
        return Content.assemble(
            " ", (sending, TONE_STYLES[standing.tone]), gap, (database, "$text-muted")
        )
