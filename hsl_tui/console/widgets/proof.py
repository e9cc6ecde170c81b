"""A draft as its recipients will read it, one after the other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.content import Content
from textual.message import Message as Event
from textual.widgets import Static

from hsl_tui.console.background import ask
from hsl_tui.console.preview.message import Message, message_of
from hsl_tui.console.widgets.message_preview import MessagePreview
from hsl_tui.console.widgets.verdict import Problem
from hsl_tui.console.wording import name_of, number
from hsl_tui.errors import HslTuiError, TextRefusedError
from hsl_tui.services import reviewing
from hsl_tui.services.composing import Composition
from hsl_tui.services.context import Context
from hsl_tui.services.previewing import Appearance, appearance
from hsl_tui.services.reviewing import Reading

_HINT: Final = (
    "Write the message in Telegram's HTML: <b>bold</b>, <i>italic</i>, <code>code</code>,"
    ' <a href="https://…">link</a>. {{ first_name }} becomes the recipient\'s.'
    "\n\nctrl+t begins from a template."
)


@dataclass(frozen=True, slots=True)
class _Draft:
    """What is read, by whom and when."""

    composition: Composition
    to: Sequence[str]
    at: datetime


class Proof(VerticalScroll, can_focus=False):
    """The pane that shows what Telegram will show, to one recipient at a time."""

    class Judged(Event):
        """The draft has been read.

        Attributes:
            length: how long it is, of how much Telegram takes; empty where it would be refused.
            problems: why and where it would be refused, or what of it will be shown otherwise
                than was meant.
            taken: whether Telegram will take it.
        """

        def __init__(self, length: str, problems: Sequence[Problem], *, taken: bool) -> None:
            super().__init__()
            self.length = length
            self.problems = tuple(problems)
            self.taken = taken

    def __init__(self, context: Context) -> None:
        super().__init__(id="preview-pane")
        self.context = context
        self._draft: _Draft | None = None
        self._reader = 0
        """Place in the audience of who reads it, from 0."""
        self._known: int | None = None
        """How many are in it, so that not every key counts them."""

    def compose(self) -> ComposeResult:
        yield Static(id="reader", markup=False)
        yield MessagePreview(id="preview")

    def show(self, composition: Composition, to: Sequence[str], at: datetime) -> None:
        """Read a draft anew, as its recipients will at a moment; what comes of it is told later."""
        if not (composition.text.strip() or composition.attachments):
            # Also drops what an earlier reading comes back with.
            self.workers.cancel_group(self, "text")
            self._draft = None
            self._put(Content.styled(_HINT, "$text-muted"), Content(""))
            self.post_message(self.Judged("", (), taken=False))
            return
        if self._draft is None or list(to) != list(self._draft.to):
            self._reader, self._known = 0, None
        self._draft = _Draft(composition, to, at)
        self._read()

    def count_anew(self) -> None:
        """Count the recipients with the next reading: there may be others by now."""
        self._known = None

    def step(self, by: int) -> None:
        """Show it as a recipient further on, or further back, will read it."""
        if self._draft is not None:
            self._reader = max(0, self._reader + by)
            self._read()

    def reveal(self) -> None:
        """Show what spoilers hide, or hide it again."""
        self.query_one(MessagePreview).reveal()

    def _read(self) -> None:
        draft, reader, known = self._draft, self._reader, self._known
        if draft is None:
            return

        def read() -> tuple[Reading, Appearance]:
            reading = reviewing.read_text(
                self.context, draft.composition, draft.to, at=reader, recipients_known=known
            )
            return reading, appearance(reading.text, draft.composition)

        ask(
            self,
            read,
            lambda found: self._show_reading(draft, *found),
            refused=self._show_refusal,
            group="text",
        )

    def _show_reading(self, draft: _Draft, reading: Reading, seen: Appearance) -> None:
        self._reader = reading.at
        if draft is self._draft:
            self._known = reading.recipients or None
        self._put(message_of(seen, draft.composition, draft.at), _said_of(reading))
        length = f"{number(seen.length)} of {number(seen.limit)}"
        problems = [Problem(one.message, one.line, one.column) for one in reading.warnings]
        self.post_message(self.Judged(length, problems, taken=True))

    def _show_refusal(self, error: HslTuiError) -> None:
        problem = Problem(str(error))
        if isinstance(error, TextRefusedError):
            problem = Problem(str(error), error.line, error.column)
        self.post_message(self.Judged("", [problem], taken=False))
        nothing = "Nothing to show: this text would be refused."
        self._put(Content.styled(nothing, "$text-muted"), Content(""))

    def _put(self, message: Message | Content, reader: Content) -> None:
        self.query_one(MessagePreview).message = message
        line = self.query_one("#reader", Static)
        line.display = bool(reader)
        if line.content != reader:
            line.update(reader)


def _said_of(reading: Reading) -> Content:
    place = ""
    if reading.recipients:
        place = f" ({number(reading.at + 1)} of {number(reading.recipients)})"
    return Content.assemble(
        ("as ", "$text-muted"), name_of(reading.person), (f"{place} will read it", "$text-muted")
    )
