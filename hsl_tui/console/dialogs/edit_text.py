"""The dialog in which the text of what was sent is changed."""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Button, Input, Static, TextArea

from hsl_tui.console.background import ask
from hsl_tui.console.explaining import Explained
from hsl_tui.console.widgets.message_editor import MessageEditor
from hsl_tui.console.widgets.message_preview import REVEAL_KEY
from hsl_tui.console.widgets.proof import Proof
from hsl_tui.console.widgets.typed_count import TypedCount, to_type
from hsl_tui.console.widgets.verdict import NEXT_KEY, Verdict
from hsl_tui.models.selector import Selector, SelectorKind
from hsl_tui.models.views import BroadcastView
from hsl_tui.services import previewing
from hsl_tui.services.composing import Composition
from hsl_tui.services.context import Context


class EditText(ModalScreen[str | None]):
    """Ends with the new text, which Telegram takes, or None for «leave it».

    More messages than the settings allow at a key have their number typed first.

    Args:
        explained: what the messages say by now, and what becomes of how many.
    """

    AUTO_FOCUS = "#text"
    CSS_PATH = "edit_text.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss(None)", "Leave it", id="edit.leave"),
        Binding("ctrl+r", "change", "Change", id="edit.change"),
        Binding(NEXT_KEY, "next_problem", "Problem", id="edit.problem", priority=True),
        Binding("f8", "step(-1)", "Reader before", id="edit.reader-before", priority=True),
        Binding("f9", "step(1)", "Next reader", id="edit.reader", priority=True),
        Binding(REVEAL_KEY, "reveal", "Show what is hidden", id="edit.reveal", priority=True),
    ]

    def __init__(self, context: Context, broadcast: BroadcastView, explained: Explained) -> None:
        super().__init__(classes="-wide-dialog")
        self.context = context
        self._broadcast = broadcast
        self._before = explained.text
        self._note = explained.note
        self._to_type = to_type(context.settings, explained.reach)
        self._is_taken = False
        """Whether Telegram takes the text as it is now, and it is another."""
        self._composition: Composition | None = None

    def compose(self) -> ComposeResult:
        with Vertical(id="dialog"):
            title = Content.styled(f"Edit: broadcast {self._broadcast.id}", "bold")
            yield Static(title, id="title", markup=False)
            with Horizontal(id="message"):
                yield MessageEditor(self._before, id="text")
                yield Proof(self.context)
            yield Verdict(id="verdict")
            yield Static(Content(self._note), id="said", markup=False)
            if self._to_type is not None:
                yield TypedCount(self._to_type)
            with Horizontal(id="answers"):
                yield Button(Content("Change them"), id="change", variant="primary", compact=True)
                yield Button(Content("Leave it"), id="leave", compact=True)

    def on_mount(self) -> None:
        for field in self.query("#typed").results(Input):
            field.cursor_blink = False
        content = self._broadcast.content
        ask(
            self,
            lambda: previewing.composition_of(self.context, content),
            self._begin,
            group="begin",
        )

    def _begin(self, composition: Composition) -> None:
        self._composition = composition
        self._read()

    @property
    def _text(self) -> str:
        return self.query_one("#text", MessageEditor).text

    @on(TextArea.Changed, "#text")
    def _read(self) -> None:
        # Until it has been read, what was said of the one before holds no more.
        self._is_taken = False
        self._offer()
        if self._composition is not None:
            reached = Selector.of(SelectorKind.REACHED_BY, self._broadcast.id)
            at = self._broadcast.started_at or self._broadcast.created_at
            self.query_one(Proof).show(
                replace(self._composition, text=self._text),
                [str(reached)],
                at.astimezone(self.context.settings.zone),
            )

    @on(Proof.Judged)
    def _judge(self, event: Proof.Judged) -> None:
        is_same = self._text == self._before
        self._is_taken = event.taken and not is_same
        self._offer()
        verdict = self.query_one(Verdict)
        verdict.tell(event.length, event.problems, taken=event.taken)
        if is_same and event.taken:
            verdict.note("as it is now")

    @on(TypedCount.Matched)
    def _offer(self) -> None:
        """Let it be changed when the text can be, and the number was typed where it must be."""
        is_typed = all(typed.matches for typed in self.query(TypedCount))
        self.query_one("#change", Button).disabled = not (self._is_taken and is_typed)

    @on(Input.Submitted, "#typed")
    @on(Button.Pressed, "#change")
    def action_change(self) -> None:
        """End with the text, if it has been read and is another one."""
        if not self.query_one("#change", Button).disabled:
            self.dismiss(self._text)  # type: ignore[unused-awaitable] # a handler of the screen itself must not wait for its end

    @on(Button.Pressed, "#leave")
    def _leave(self) -> None:
        self.dismiss(None)  # type: ignore[unused-awaitable] # likewise

    def action_next_problem(self) -> None:
        """Move the caret to the next problem."""
        problem = self.query_one(Verdict).next()
        if problem is not None and problem.line is not None:
            editor = self.query_one("#text", MessageEditor)
            editor.show_place(problem.line, problem.column or 1)

    def action_step(self, by: int) -> None:
        """Show it as another of its readers will read it."""
        self.query_one(Proof).step(by)

    def action_reveal(self) -> None:
        """Show what spoilers hide, or hide it again."""
        self.query_one(Proof).reveal()
