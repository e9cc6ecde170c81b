"""The last look at a broadcast before it is queued."""

from __future__ import annotations

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Button, Input, Label, Static

from hsl_tui.console.background import ask
from hsl_tui.console.dialogs.review_facts import cautions_of, facts_of
from hsl_tui.console.preview.message import Message, message_of
from hsl_tui.console.terminal_text import terminal_text
from hsl_tui.console.widgets.message_preview import REVEAL_KEY, MessagePreview
from hsl_tui.console.widgets.typed_count import TypedCount, to_type
from hsl_tui.console.wording import name_of, number
from hsl_tui.errors import HslTuiError
from hsl_tui.models.views import Person
from hsl_tui.services import reviewing
from hsl_tui.services.context import Context
from hsl_tui.services.previewing import appearance
from hsl_tui.services.queueing import Order
from hsl_tui.services.reviewing import Reading, Review
from hsl_tui.telegram.markup import ParsedText


class ReviewDialog(ModalScreen[bool]):
    """Shows what will be sent to whom, and when; ends with whether it is to be queued.

    More recipients than the settings allow at a key have their number typed first.
    """

    AUTO_FOCUS = None
    CSS_PATH = "review.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss(False)", "Leave it", id="review.leave"),
        Binding("f8", "step(-1)", "Reader before", id="review.reader-before", priority=True),
        Binding("f9", "step(1)", "Next reader", id="review.reader", priority=True),
        Binding(REVEAL_KEY, "reveal", "Show what is hidden", id="review.reveal", priority=True),
        Binding("up", "scroll_body(-1)", "Up", show=False, id="review.up"),
        Binding("down", "scroll_body(1)", "Down", show=False, id="review.down"),
        Binding("pageup", "scroll_body(-8)", "Page up", show=False, id="review.page-up"),
        Binding("pagedown", "scroll_body(8)", "Page down", show=False, id="review.page-down"),
        Binding("left", "app.focus_previous", "Previous", show=False, id="review.previous"),
        Binding("right", "app.focus_next", "Next", show=False, id="review.next"),
    ]

    def __init__(self, context: Context, order: Order, review: Review) -> None:
        super().__init__(classes="-wide-dialog")
        self.context = context
        self._order = order
        self._review = review
        self._everyone = review.recipients + len(review.check.unfit)
        """Whom the selectors pick, also those for whom it comes out wrong."""
        self._to_type = to_type(context.settings, review.recipients)
        self._reader = 0
        """Place in the audience of who reads it, from 0."""

    def compose(self) -> ComposeResult:
        review = self._review
        with Vertical(id="dialog"):
            yield Static(Content.styled("Review", "bold"), id="title", markup=False)
            with VerticalScroll(id="dialog-body", can_focus=False):
                for name, said in facts_of(self.context, self._order, review):
                    with Horizontal(classes="fact"):
                        yield Label(name, classes="fact-name")
                        yield Static(Content(said), classes="fact-said", markup=False)
                if cautions := cautions_of(self.context, review):
                    yield Static(cautions, markup=False)
                yield Static(self._head(review.person, None), id="reader", markup=False)
                yield MessagePreview(self._message(review.text))
            if self._to_type is not None:
                yield TypedCount(self._to_type)
            with Horizontal(id="answers"):
                yield Button(
                    Content(self._label()),
                    id="queue",
                    variant="primary",
                    compact=True,
                    disabled=self._to_type is not None,
                )
                yield Button(Content("Leave it"), id="leave", compact=True)

    def on_mount(self) -> None:
        for field in self.query(Input):
            field.cursor_blink = False
        self.query_one("#queue" if self._to_type is None else "#typed").focus()

    def _label(self) -> str:
        label = "Queue it" if self._order.at is not None else "Send it"
        return f"{label} without them" if self._review.check.unfit else label

    # --- the message for each reader ------------------------------------------------------------

    def _message(self, text: ParsedText) -> Message:
        composition = self._order.composition
        at = self._order.at or self.context.clock.now()
        zone = self.context.settings.zone
        return message_of(appearance(text, composition), composition, at.astimezone(zone))

    def _head(self, person: Person, at: int | None) -> Content:
        place = "" if at is None else f" ({number(at + 1)} of {number(self._everyone)})"
        return Content.styled(
            f"As {name_of(person)}{place} will read it; F8 F9 lead to others:", "$text-muted"
        )

    def action_step(self, by: int) -> None:
        """Show it as another of its recipients will read it."""
        self._reader = max(0, min(self._reader + by, self._everyone - 1))
        reader = self._reader
        ask(
            self,
            lambda: reviewing.read_text(
                self.context,
                self._order.composition,
                self._order.to,
                at=reader,
                recipients_known=self._everyone,
            ),
            self._show_reading,
            refused=self._show_refusal,
            group="reading",
        )

    def _show_reading(self, reading: Reading) -> None:
        self._show(self._head(reading.person, reading.at), self._message(reading.text))

    def _show_refusal(self, error: HslTuiError) -> None:
        place = f"Recipient {number(self._reader + 1)} of {number(self._everyone)} is left out:"
        said = Content.styled(f"✗ {terminal_text(str(error))}", "$text-error")
        self._show(Content.styled(place, "$text-muted"), said)

    def _show(self, head: Content, message: Message | Content) -> None:
        line = self.query_one("#reader", Static)
        line.update(head)
        self.query_one(MessagePreview).message = message
        # Whoever steps on wants to see it, however much stands above.
        line.scroll_visible(top=True, animate=False)

    def action_reveal(self) -> None:
        """Show what the message hides, or hide it again."""
        self.query_one(MessagePreview).reveal()

    def action_scroll_body(self, by: int) -> None:
        """Scroll what is said."""
        self.query_one("#dialog-body").scroll_relative(y=by, animate=False)

    # --- the end --------------------------------------------------------------------------------

    @on(TypedCount.Matched)
    def _compare(self, typed: TypedCount.Matched) -> None:
        self.query_one("#queue", Button).disabled = not typed.matches

    @on(Input.Submitted, "#typed")
    @on(Button.Pressed, "#queue")
    def _queue(self) -> None:
        if not self.query_one("#queue", Button).disabled:
            self.dismiss(result=True)  # type: ignore[unused-awaitable] # a handler of the screen itself must not wait for its end

    @on(Button.Pressed, "#leave")
    def _leave(self) -> None:
        self.dismiss(result=False)  # type: ignore[unused-awaitable] # likewise
