"""The dialog that asks before something is done."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Button, Input, Static

from hsl_tui.console.preview.message import Message
from hsl_tui.console.widgets.message_preview import REVEAL_KEY, MessagePreview
from hsl_tui.console.widgets.typed_count import TypedCount


@dataclass(frozen=True, slots=True)
class Answer:
    """One way to go on.

    Attributes:
        value: what the dialog ends with.
        label: the words on its button (ours, never people's).
        danger: cannot be undone: the button is marked, and does not have the focus at first.
    """

    value: str
    label: str
    danger: bool = False


class Question(ModalScreen[str | None]):
    """Says what will happen to how many, and ends with the answer, or None for «leave it».

    Args:
        body: may hold what people wrote, as content that was made safe.
        message: is shown below, as its reader will see it.
        to_type: a number, or a chat id, without which no answer can be chosen.
        wide: as wide as the screen allows, for text to read.
    """

    AUTO_FOCUS = None
    HELP_TITLE = "A question"
    HELP_TEXT = "Nothing is done before you choose an answer: tab leads to it, enter takes it."
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,n", "dismiss(None)", "Leave it", id="question.leave"),
        Binding("left,h", "app.focus_previous", "The answer before", id="question.previous"),
        Binding("right,l", "app.focus_next", "The next answer", id="question.next"),
        Binding("up,k", "scroll_body(-1)", "Scroll up", id="question.up"),
        Binding("down,j", "scroll_body(1)", "Scroll down", id="question.down"),
        Binding("pageup,ctrl+b,ctrl+u", "scroll_body(-8)", "Page up", id="question.page-up"),
        Binding("pagedown,ctrl+f,ctrl+d", "scroll_body(8)", "Page down", id="question.page-down"),
        Binding(REVEAL_KEY, "reveal", "Show what is hidden", id="question.reveal"),
    ]

    def __init__(
        self,
        title: str,
        body: Content,
        answers: Sequence[Answer],
        *,
        message: Message | None = None,
        to_type: int | str | None = None,
        wide: bool = False,
    ) -> None:
        super().__init__(classes="-wide-dialog" if wide else None)
        self._title = title
        self._body = body
        self._answers = answers
        self._message = message
        self._to_type = to_type

    def compose(self) -> ComposeResult:
        with Vertical(id="dialog"):
            yield Static(Content.styled(self._title, "bold"), id="title", markup=False)
            with VerticalScroll(id="dialog-body", can_focus=False):
                yield Static(self._body, markup=False)
                if self._message is not None:
                    yield MessagePreview(self._message)
            if self._to_type is not None:
                yield TypedCount(self._to_type)
            with Horizontal(id="answers"):
                for at, answer in enumerate(self._answers):
                    yield Button(
                        Content(answer.label),
                        variant="error" if answer.danger else "primary",
                        id=f"answer-{at}",
                        compact=True,
                        disabled=self._to_type is not None,
                    )
                yield Button(Content("Leave it"), id="leave", compact=True)

    def on_mount(self) -> None:
        for field in self.query("#typed").results(Input):
            field.cursor_blink = False
            field.focus()
            return
        # Return must not do what cannot be undone.
        first = "#leave" if self._answers[0].danger else "#answer-0"
        self.query_one(first).focus()

    def action_scroll_body(self, by: int) -> None:
        """Scroll the text."""
        self.query_one("#dialog-body").scroll_relative(y=by, animate=False)

    def action_reveal(self) -> None:
        """Show what the message hides, or hide it again."""
        for preview in self.query(MessagePreview):
            preview.reveal()

    @on(TypedCount.Matched)
    def _compare(self, typed: TypedCount.Matched) -> None:
        for at in range(len(self._answers)):
            self.query_one(f"#answer-{at}", Button).disabled = not typed.matches

    @on(Button.Pressed)
    def _answer(self, event: Button.Pressed) -> None:
        answers = {f"answer-{at}": answer.value for at, answer in enumerate(self._answers)}
        self.dismiss(answers.get(event.button.id or ""))  # type: ignore[unused-awaitable] # a handler of the screen itself must not wait for its end
