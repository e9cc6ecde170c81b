"""What the list of deliveries is narrowed to: a status, a search, a reason."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import tzinfo
from typing import ClassVar, Final

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import Input, Static

from hsl_tui.console.terminal_text import terminal_text
from hsl_tui.console.widgets.choice_bar import ChoiceBar
from hsl_tui.console.widgets.fields import LineField
from hsl_tui.console.wording import DELIVERY_SIGNS, full_moment, number, short_number
from hsl_tui.models.delivery_criteria import (
    Cause,
    DeliveryCriteria,
    DeliveryPlace,
    place_behind,
)
from hsl_tui.models.enums import Act, DeliveryStatus
from hsl_tui.models.views import BroadcastView

WITH_REASONS: Final = (DeliveryStatus.FAILED, DeliveryStatus.UNCERTAIN)
_ALL: Final = "all"


class DeliveryFilter(Vertical):
    """A line of statuses with their counts, and below it a line that is there when it is needed."""

    BINDINGS: ClassVar[list[BindingType]] = []

    class Changed(Message):
        """Something else is asked for."""

    def __init__(self, broadcast: BroadcastView) -> None:
        super().__init__(id="filter")
        self.broadcast = broadcast
        self._cause: Cause | None = None
        self._seen: set[DeliveryStatus] = set()

    def compose(self) -> ComposeResult:
        yield ChoiceBar([*self._options()], id="status")
        with Horizontal(id="narrow"):
            yield LineField(id="search", compact=True, placeholder="name, @username or chat id")
            yield Static(id="cause", markup=False)

    def on_mount(self) -> None:
        self._show_line()

    @property
    def bar(self) -> ChoiceBar:
        """The statuses."""
        return self.query_one("#status", ChoiceBar)

    @property
    def _field(self) -> LineField:
        return self.query_one("#search", LineField)

    @property
    def criteria(self) -> DeliveryCriteria:
        """What is asked for."""
        value = self.bar.value
        status = None if value == _ALL else DeliveryStatus(value)
        return DeliveryCriteria(status, self._cause, self._field.value.strip())

    @property
    def narrows(self) -> bool:
        """Whether more than a status is asked for, or about to be."""
        return bool(self._field.value or self._field.has_focus or self._cause)

    @property
    def total(self) -> int | None:
        """How many that is, where the broadcast's counters tell."""
        criteria = self.criteria
        if self.broadcast.pruned_at is not None:
            return 0
        if criteria.cause is not None or criteria.search:
            return None
        if criteria.status is None:
            return self.broadcast.total_recipients
        return self.broadcast.counts[criteria.status]

    def said_of_nobody(self, zone: tzinfo) -> str:
        """What stands in place of a list without lines."""
        criteria = self.criteria
        if (pruned_at := self.broadcast.pruned_at) is not None:
            when = full_moment(pruned_at, zone)
            return f"Its deliveries were pruned, {when}.\nTheir totals are left, above."
        if criteria.search or criteria.cause:
            return "Nobody is found like that.\nPress escape to see the others again."
        if criteria.status is not None:
            return f"None is {criteria.status}."
        return "This broadcast has no recipients yet."

    def place_before(self, place: int) -> DeliveryPlace:
        """Behind whom the one at a place stands: exactly, where all are shown, else about."""
        one, status, length = self.broadcast, self.criteria.status, self.total or 1
        everyone, waiting = one.total_recipients, one.counts[DeliveryStatus.PENDING]
        if status in {None, DeliveryStatus.PENDING, DeliveryStatus.CANCELLED}:
            # Those who were not written to stand behind those who were.
            return place_behind(everyone - length + place)
        return place_behind(place * (everyone - waiting) // length)

    def show(self, broadcast: BroadcastView) -> None:
        """Bring the counts up to date."""
        self.broadcast = broadcast
        self.bar.offer([*self._options()])

    def search(self) -> None:
        """Let a search be written."""
        self.query_one("#narrow").display = True
        self._field.focus()

    def narrow_to(self, cause: Cause | None, status: DeliveryStatus) -> None:
        """Ask for one reason, or for any."""
        self._cause = cause
        self.bar.choose(status.value)
        self._tell()

    def clear(self) -> None:
        """Ask for no more than a status."""
        self._cause = None
        self._field.value = ""
        self._tell()

    def _options(self) -> Iterable[tuple[str, ...]]:
        one = self.broadcast
        done = DeliveryStatus.DELETED if one.act is Act.RECALL else DeliveryStatus.SENT
        # What was there once stays: a choice must not vanish while one looks at it.
        self._seen |= {status for status, count in one.counts.items() if count}
        everyone = one.total_recipients
        short = f"all {short_number(everyone)}"
        yield _ALL, f"all {number(everyone)}", short, short
        for status in (done, *(status for status in DeliveryStatus if status is not done)):
            if status in self._seen or status in {done, *WITH_REASONS}:
                count, glyph = one.counts[status], DELIVERY_SIGNS[status].glyph
                long, short = number(count), short_number(count)
                yield status.value, f"{status} {long}", f"{status} {short}", f"{glyph} {short}"

    @on(ChoiceBar.Changed)
    @on(Input.Changed)
    def _tell(self) -> None:
        if self.criteria.status not in WITH_REASONS:
            self._cause = None
        self._show_line()
        self.post_message(self.Changed())

    @on(Input.Blurred)
    def _show_line(self) -> None:
        self.query_one("#narrow").display = self.narrows
        said = Content("")
        if self._cause is not None:
            why = terminal_text(self._cause.description or self._cause.kind)
            said = Content.assemble(("why  ", "$text-muted"), why)
        self.query_one("#cause", Static).update(said)
