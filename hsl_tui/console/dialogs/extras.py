"""The dialog for what goes with a text: media, buttons, and options that few messages need."""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar, Final

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Button, Input, Label, Static, TextArea

from hsl_tui.console.background import ask
from hsl_tui.console.terminal_text import terminal_text
from hsl_tui.console.widgets.choice_bar import ChoiceBar
from hsl_tui.console.widgets.fields import LineField, MessageArea
from hsl_tui.console.widgets.tick_box import TickBox
from hsl_tui.errors import HslTuiError, InvalidInputError
from hsl_tui.models.enums import PreviewSize
from hsl_tui.services import composing, extras
from hsl_tui.services.composing import Composition
from hsl_tui.services.context import Context
from hsl_tui.services.describing import button_words

_SIZES: Final = (
    ("", "as Telegram likes"),
    (PreviewSize.SMALL.value, "small"),
    (PreviewSize.LARGE.value, "large"),
)
_MEDIA_HINT: Final = "picture.jpg, video film.mp4, https://…/a.png or a file_id; several: an album"
_BUTTONS_HINT: Final = "Read more=https://example.org | [primary] Join=https://…"


class Extras(ModalScreen[Composition | None]):
    """Ends with the composition and what goes with it, its files kept, or None for «leave it»."""

    AUTO_FOCUS = "#media"
    CSS_PATH = "extras.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", "Leave it", id="extras.leave"),
        Binding("ctrl+r", "take", "Take it", id="extras.take"),
    ]

    def __init__(self, context: Context, composition: Composition) -> None:
        super().__init__(classes="-wide-dialog")
        self.context = context
        self._before = composition
        self._warned = False
        """Whether it was said that leaving throws something away, and nothing was typed since."""

    def compose(self) -> ComposeResult:
        before = self._before
        with Vertical(id="dialog"):
            title = Content.styled("Media, buttons and options", "bold")
            yield Static(title, id="title", markup=False)
            yield Label("Media, one a line", classes="area-name")
            yield _area("media", extras.media_lines(before), _MEDIA_HINT)
            yield Label("Buttons, a row a line", classes="area-name")
            yield _area("buttons", button_words(before), _BUTTONS_HINT)
            with Horizontal(classes="options"):
                yield _tick("covered", any(one.spoiler for one in before.attachments), "spoiler")
                yield _tick("text above media", before.caption_above, "caption-above")
            with Horizontal(classes="options"):
                yield Label("Preview", classes="field-name")
                yield ChoiceBar(_SIZES, id="preview-size")
            with Horizontal(classes="options"):
                yield Label("", classes="field-name")
                yield _tick("above the text", before.preview_above, "preview-above")
                yield Label("of", id="of")
                yield _line("preview-url", before.preview_url, "the first link")
            for name, label, value, hint in (
                ("topic", "Topic", before.message_thread_id, "the number of a forum's topic"),
                ("effect", "Effect", before.message_effect_id, "the id of a message effect"),
            ):
                with Horizontal(classes="options"):
                    yield Label(label, classes="field-name")
                    yield _line(name, value, hint)
            yield Static(id="verdict", markup=False)
            with Horizontal(id="answers"):
                yield Button(Content("Take it"), id="take", variant="primary", compact=True)
                yield Button(Content("Leave it"), id="leave", compact=True)

    def on_mount(self) -> None:
        sizes = [value for value, _ in _SIZES]
        self.query_one(ChoiceBar).index = sizes.index(self._before.preview_size or "")
        for box in self.query(TickBox):
            self.watch(box, "value", self._judge, init=False)

    @on(TextArea.Changed)
    @on(Input.Changed)
    @on(ChoiceBar.Changed)
    def _judge(self) -> None:
        self._warned = False
        try:
            composing.check_parts(self._written())
        except InvalidInputError as error:
            self._refuse(error)
        else:
            self.query_one("#verdict", Static).update("")

    def _written(self) -> Composition:
        """What the fields say.

        Raises:
            InvalidInputError: it makes no message.
        """
        media = extras.read_media(self._lines("media"), self._before)
        return replace(
            self._before,
            attachments=extras.covered(media, spoiler=self._ticked("spoiler")),
            buttons=extras.read_buttons(self._lines("buttons")),
            caption_above=self._ticked("caption-above"),
            preview_size=PreviewSize(size) if (size := self.query_one(ChoiceBar).value) else None,
            preview_above=self._ticked("preview-above"),
            preview_url=self._line("preview-url"),
            message_thread_id=_topic(self._line("topic")),
            message_effect_id=self._line("effect"),
        )

    def _lines(self, area: str) -> list[str]:
        return self.query_one(f"#{area}", MessageArea).text.splitlines()

    def _line(self, field: str) -> str | None:
        return self.query_one(f"#{field}", Input).value.strip() or None

    def _ticked(self, box: str) -> bool:
        return self.query_one(f"#{box}", TickBox).value

    def _refuse(self, error: HslTuiError) -> None:
        said = f"✗ {terminal_text(str(error))}"
        self.query_one("#verdict", Static).update(Content.styled(said, "$text-error"))

    @on(Button.Pressed, "#take")
    @on(Input.Submitted)
    def action_take(self) -> None:
        """Keep the files, and end with all of it."""
        try:
            written = self._written()
        except InvalidInputError as error:
            self._refuse(error)
            return
        ask(
            self,
            lambda: extras.bring_in(self.context, written),
            self.dismiss,  # type: ignore[arg-type] # what it gives is of no use here
            refused=self._refuse,
            group="take",
        )

    def action_leave(self) -> None:
        """Leave it, but not by one key what was just written."""
        try:
            changed = self._written() != self._before
        except InvalidInputError:
            changed = True
        if not changed or self._warned:
            self.dismiss(None)  # type: ignore[unused-awaitable] # this screen's own action must not wait for its end
            return
        self._warned = True
        said = "ctrl+r takes what is written here; esc once more throws it away."
        self.query_one("#verdict", Static).update(Content.styled(said, "$text-warning"))

    @on(Button.Pressed, "#leave")
    def _leave(self) -> None:
        self.dismiss(None)  # type: ignore[unused-awaitable] # a handler of the screen itself must not wait for its end


def _area(name: str, lines: list[str], hint: str) -> MessageArea:
    return MessageArea(
        "\n".join(lines),
        id=name,
        classes="lines",
        compact=True,
        show_line_numbers=False,
        highlight_cursor_line=False,
        # As content: a string would be read as markup.
        placeholder=Content(hint),
        # Tab leads on to the next field.
        tab_behavior="focus",
    )


def _line(name: str, value: str | int | None, hint: str) -> LineField:
    return LineField(str(value or ""), id=name, compact=True, placeholder=hint, max_length=2048)


def _tick(label: str, value: bool, name: str) -> TickBox:
    box = TickBox(label, id=name)
    box.set_reactive(TickBox.value, value)
    return box


def _topic(written: str | None) -> int | None:
    if written is None:
        return None
    if not (written.isascii() and written.isdigit()):
        msg = f"{written!r} is not the number of a topic."
        raise InvalidInputError(msg)
    return int(written)
