"""The dialog in which an audience is put together, with a count of who is in it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import ClassVar, Final

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Button, Input, OptionList, Static
from textual.widgets.option_list import Option

from hsl_tui.console.audience_choice import AudienceChoice
from hsl_tui.console.audience_rows import Offer, Row
from hsl_tui.console.background import ask
from hsl_tui.console.segment_acts import save as save_segment
from hsl_tui.console.segment_counts import SegmentCounts
from hsl_tui.console.terminal_text import terminal_text
from hsl_tui.console.widgets.columns import fit
from hsl_tui.console.widgets.fields import LineField
from hsl_tui.console.wording import RECIPIENT_SIGNS, name_of, number, people
from hsl_tui.errors import HslTuiError
from hsl_tui.models.criteria import Criteria
from hsl_tui.models.segments import SegmentView
from hsl_tui.models.selector import Selector, SelectorKind
from hsl_tui.models.views import RecipientView
from hsl_tui.services import audiences, recipients, segments
from hsl_tui.services.audiences import Survey
from hsl_tui.services.context import Context

_FOUND_SHOWN: Final = 30
_NAMED: Final = 100
"""Single chats of the form whose names are looked up."""
_LABEL: Final = 20
"""Cells."""
_HINT: Final = "enter changes · ctrl+r uses · ctrl+s saves · esc leaves"
_SIGNS: Final = {
    "+": ("[+]", "bold $text-success"),
    "-": ("[-]", "bold $text-error"),
    " ": ("[ ]", "$text-muted"),
}


class AudienceBuilder(ModalScreen[str | None]):
    """Ends with selectors on one line, or None for «leave it».

    Args:
        to: what stands in the form.
    """

    AUTO_FOCUS = "#filter"
    CSS_PATH = "audience.tcss"
    HORIZONTAL_BREAKPOINTS = [(0, "-stacked"), (76, "-beside")]  # noqa: RUF012 - the base types it so
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss(None)", "Leave it", id="audience.leave"),
        Binding("ctrl+r", "take", "Use it", id="audience.take"),
        Binding("ctrl+s", "save", "Save as segment", id="audience.save"),
        Binding("down", "move(1)", "Next", show=False, id="audience.down"),
        Binding("up", "move(-1)", "Previous", show=False, id="audience.up"),
        Binding("pagedown", "scroll_said(4)", "Scroll", show=False, id="audience.page-down"),
        Binding("pageup", "scroll_said(-4)", "Scroll", show=False, id="audience.page-up"),
    ]

    def __init__(self, context: Context, to: str) -> None:
        super().__init__(classes="-wide-dialog")
        self.context = context
        self._choice = AudienceChoice(to)
        self._offer = Offer()
        self._counts = SegmentCounts(self, context, self._show_count)
        self._rows: list[Row] = []

    def compose(self) -> ComposeResult:
        with Vertical(id="dialog"):
            yield Static(Content.styled("Audience", "bold"), id="title", markup=False)
            yield LineField(
                id="filter",
                compact=True,
                placeholder="a tag, a name, @username or chat id; or as in tag:a+lang:de",
            )
            with Horizontal(id="choice"):
                rows = OptionList(id="rows", markup=False, compact=True)
                rows.can_focus = False
                yield rows
                with VerticalScroll(id="about", can_focus=False):
                    yield Static(id="said", markup=False)
            yield Static(id="line", markup=False)
            with Horizontal(id="answers"):
                yield Static(Content.styled(_HINT, "$text-muted"), id="keys", markup=False)
                yield Button(Content("Use it"), id="take", variant="primary", compact=True)

    def on_mount(self) -> None:
        self.query_one("#filter", Input).cursor_blink = False
        ask(self, self._look_up, self._begin, group="tags")
        self._read_segments()
        self._count()

    # --- what there is to choose from -----------------------------------------------------------

    def _look_up(self) -> Offer:
        chats = [one for one in self._choice.met if one.is_single(SelectorKind.CHAT)]
        names = {}
        if chats:
            met = recipients.window(self.context, Criteria(selectors=tuple(chats)), limit=_NAMED)
            names = {one.recipient.chat_id: name_of(one.recipient.person) for one in met}
        return Offer(
            everyone=recipients.count(self.context),
            tags=recipients.tags(self.context),
            languages=recipients.languages(self.context),
            names=names,
        )

    def _begin(self, offer: Offer) -> None:
        offer.found, offer.saved = self._offer.found, self._counts.said
        self._offer = offer
        self._list()

    def _read_segments(self) -> None:
        def take(found: Sequence[SegmentView]) -> None:
            self._counts.begin(one.name for one in found)
            self._offer.saved = self._counts.said
            self._list()

        ask(self, lambda: segments.every(self.context), take, group="segments")

    def _show_count(self, name: str) -> None:
        # Of a list that is a hundred rows long, the one that has changed.
        selector = Selector.of(SelectorKind.SAVED, name)
        for at, row in enumerate(self._rows):
            if row.selector == selector:
                self._rows[at] = replace(row, said=self._counts.said[name])
                listed = self.query_one("#rows", OptionList)
                listed.replace_option_prompt_at_index(at, self._prompt(self._rows[at]))

    @on(Input.Changed, "#filter")
    def _search(self) -> None:
        wanted = self._wanted
        if not wanted:
            self.workers.cancel_group(self, "search")
            self._show_found(())
            return
        ask(
            self,
            lambda: [
                one.recipient
                for one in recipients.window(
                    self.context, Criteria(search=wanted), limit=_FOUND_SHOWN
                )
            ],
            self._show_found,
            group="search",
        )

    def _show_found(self, found: Sequence[RecipientView]) -> None:
        self._offer.found = found
        self._offer.names.update({one.chat_id: name_of(one.person) for one in found})
        self._list(highlighted=0)

    def _list(self, highlighted: int | None = None) -> None:
        listed = self.query_one("#rows", OptionList)
        at = listed.highlighted if highlighted is None else highlighted
        self._rows = list(self._offer.rows(self._choice, self._wanted))
        listed.clear_options()
        listed.add_options(Option(self._prompt(row)) for row in self._rows)
        listed.highlighted = min(at or 0, len(self._rows) - 1) if self._rows else None

    def _prompt(self, row: Row) -> Content:
        box, style = _SIGNS[self._choice.sign(row.selector)]
        label = fit(row.label, _LABEL)
        return Content.assemble((box, style), f" {label} ", (row.said, "$text-muted"))

    @property
    def _wanted(self) -> str:
        return self.query_one("#filter", Input).value.strip()

    # --- what is chosen -------------------------------------------------------------------------

    @on(Input.Submitted, "#filter")
    @on(OptionList.OptionSelected)
    def _step(self) -> None:
        at = self.query_one("#rows", OptionList).highlighted
        if at is None or at >= len(self._rows):
            return
        self._choice.step(self._rows[at].selector)
        self._list()
        self._count()

    def _count(self) -> None:
        self._show_line()
        words = self._choice.words
        ask(
            self,
            lambda: audiences.survey(self.context, words),
            self._show_survey,
            refused=self._show_refusal,
            group="survey",
        )

    def _show_line(self) -> None:
        line = Content.assemble(("To  ", "$text-muted"), terminal_text(self._choice.line))
        if unread := self._choice.unread:
            words = terminal_text(" ".join(unread))
            line = Content.assemble(line, (f"  ! without {words}: no selector", "$text-warning"))
        self.query_one("#line", Static).update(line)

    def _show_survey(self, survey: Survey) -> None:
        self.query_one("#said", Static).update(said_of(survey))

    def _show_refusal(self, error: HslTuiError) -> None:
        said = Content.styled(f"✗ {terminal_text(str(error))}", "$text-error")
        self.query_one("#said", Static).update(said)

    # --- keys -----------------------------------------------------------------------------------

    def action_move(self, by: int) -> None:
        """Go to the next row, or the one before."""
        rows = self.query_one("#rows", OptionList)
        (rows.action_cursor_down if by > 0 else rows.action_cursor_up)()

    def action_scroll_said(self, by: int) -> None:
        """Scroll what is said of the audience."""
        self.query_one("#about").scroll_relative(y=by, animate=False)

    def action_save(self) -> None:
        """Save what is chosen as a segment."""
        if self._choice.selectors:
            chosen = self._choice.selectors
            save_segment(self, self.context, chosen, lambda _: self._read_segments())
        else:
            said = "Choose somebody first: nobody cannot be saved."
            self.notify(said, severity="warning", markup=False)

    @on(Button.Pressed, "#take")
    def action_take(self) -> None:
        """End with what is chosen."""
        self.dismiss(self._choice.line)  # type: ignore[unused-awaitable] # this screen's own action must not wait for its end


def said_of(survey: Survey) -> Content:
    """Who gets it, who does not, and why."""
    tone, sign = ("$text-success", "✓") if survey.recipients else ("$text-error", "✗")
    lines = [Content.assemble((f"{sign} ", tone), people(survey.recipients))]
    if survey.first:
        names = ", ".join(name_of(one) for one in survey.first)
        more = survey.recipients - len(survey.first)
        lines.append(Content(f"{names} and {number(more)} more" if more else names))
    if survey.left_out:
        lines += [Content(""), Content.styled(f"Left out: {number(survey.left_out)}", "bold")]
    for selector, taken in survey.taken_away.items():
        why = "others" if selector is None else terminal_text(str(selector))
        lines.append(Content.assemble(f"{number(taken)} ", (f"by {why}", "$text-muted")))
    for state, gone in survey.inactive.items():
        glyph = RECIPIENT_SIGNS[state].glyph
        lines.append(Content.assemble(f"{number(gone)} ", (f"{glyph} {state}", "$text-muted")))
    return Content("\n").join(lines)
