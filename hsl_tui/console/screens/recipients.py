"""Whom the bot can write to: searched, narrowed, chosen, and acted upon."""

from __future__ import annotations

from typing import Final

from textual import on
from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from hsl_tui.console.background import ask
from hsl_tui.console.dialogs.moved_lately import MovedLately
from hsl_tui.console.dialogs.segments import PickedSegment, Segments
from hsl_tui.console.dialogs.tag_picker import PickedTag, TagPicker
from hsl_tui.console.recipient_acts import RecipientActs
from hsl_tui.console.recipient_choice import Choice, mark_of
from hsl_tui.console.screens.base import ConsoleScreen
from hsl_tui.console.screens.recipient import RecipientScreen
from hsl_tui.console.screens.recipients_keys import HELP_TEXT, KEYS
from hsl_tui.console.segment_acts import save as save_segment
from hsl_tui.console.widgets.paged_table import PagedTable
from hsl_tui.console.widgets.recipient_facts import COLUMNS, brief, cells
from hsl_tui.console.widgets.recipient_filter import RecipientFilter
from hsl_tui.models.criteria import EVERYONE, Criteria, Found
from hsl_tui.models.enums import RecipientState
from hsl_tui.models.selector import Selector, SelectorKind, parse_selectors
from hsl_tui.models.views import RecipientView
from hsl_tui.services import recipients
from hsl_tui.services.context import Context

_NONE_YET: Final = (
    "No recipients yet.\nPress i to take them in from a CSV file with a chat_id column, or say\n"
    "hsl-tui recipients import FILE.csv"
)
_NONE_FOUND: Final = "Nobody is found like that.\nPress escape to see all recipients again."


class RecipientsScreen(ConsoleScreen):
    """The list, narrowed by a search, by selectors and by a state."""

    CSS_PATH = "recipients.tcss"
    MODE = "recipients"
    HELP_TITLE = "Recipients"
    HELP_TEXT = HELP_TEXT
    BINDINGS = KEYS

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._shown = EVERYONE
        self._chose_all = False
        self._segment = ""
        """The segment whose selectors are being changed."""
        self._acts = RecipientActs(self, context, self.reread)

    def compose_body(self) -> ComposeResult:
        yield RecipientFilter(self.context)
        yield PagedTable[Found](
            COLUMNS,
            cells=cells,
            key=lambda one: one.place,
            empty=_NONE_YET,
            markable=True,
            mark_by=mark_of,
            id="recipients",
        )
        with VerticalScroll(id="detail-pane", can_focus=False):
            yield Static(id="detail", markup=False)

    def on_mount(self) -> None:
        self.detail_pane.display = False
        self.set_focus(self.table)
        self._read(EVERYONE)

    @property
    def table(self) -> PagedTable[Found]:
        """The list."""
        return self.query_one("#recipients", PagedTable)

    @property
    def filter(self) -> RecipientFilter:
        """What the list is narrowed by."""
        return self.query_one(RecipientFilter)

    def copyable(self) -> str | None:
        """The chat id under the cursor, or those of the marked rows, a line each."""
        if self.table.marked:
            chats = sorted(mark.chat_id for mark in Choice.of_marks(self.table.marked).marks)
            return "\n".join(map(str, chats))
        row = self.table.row
        return None if row is None else str(row.recipient.chat_id)

    # --- reading --------------------------------------------------------------------------------

    def reread(self) -> None:
        self.table.reread()
        self.filter.count()

    def follow_others(self) -> None:
        self.table.reread()
        self.filter.count_if_cheap()

    @on(RecipientFilter.Changed)
    def _narrow(self) -> None:
        """Show what the fields say, where that is not shown yet."""
        criteria = self.filter.read()
        if criteria != self._shown:
            self._chose_all = False
            self._read(criteria)

    def _read(self, criteria: Criteria) -> None:
        self._shown = criteria
        self.table.read_from(
            lambda after, limit: recipients.window(
                self.context, criteria, limit=limit, after=after
            ),
            before=lambda before, limit: recipients.window_before(
                self.context, criteria, limit=limit, before=before
            ),
            empty=_NONE_YET if criteria == EVERYONE else _NONE_FOUND,
        )
        self._say_choice()

    @on(RecipientFilter.Counted)
    def _take_count(self, event: RecipientFilter.Counted) -> None:
        if event.criteria == self._shown:
            self.table.total = event.number

    @on(PagedTable.Highlighted, "#recipients")
    def _show_detail(self) -> None:
        row = self.table.row
        zone = self.context.settings.zone
        told = Content("") if row is None else brief(row.recipient, zone)
        self.query_one("#detail", Static).update(told)
        self.detail_pane.display = row is not None

    # --- who is chosen --------------------------------------------------------------------------

    @on(PagedTable.MarksChanged, "#recipients")
    def _take_marks(self) -> None:
        self._chose_all = False
        self._say_choice()

    def _say_choice(self) -> None:
        self.filter.say_choice(marked=len(self.table.marked), chose_all=self._chose_all)

    def action_choose_all(self) -> None:
        """Choose all that match, or no longer."""
        self._narrow()
        all_now = not self._chose_all
        self.table.clear_marks()
        self._chose_all = all_now
        self._say_choice()

    def _choice(self) -> Choice | None:
        # Keys that arrive at once overtake the fields' messages: nobody may be meant who is not
        # shown.
        self._narrow()
        if self._chose_all:
            return Choice(self._shown)
        if self.table.marked:
            return Choice.of_marks(self.table.marked)
        row = self.table.row
        if row is None:
            self.notify("There is nobody to choose.", severity="warning", markup=False)
            return None
        return Choice.of_one(row)

    # --- acts -----------------------------------------------------------------------------------

    def action_tag(self) -> None:
        """Tag those who are chosen."""
        if (choice := self._choice()) is not None:
            self._acts.tag(choice)

    def action_untag(self) -> None:
        """Take a tag off those who are chosen."""
        if (choice := self._choice()) is not None:
            self._acts.untag(choice)

    def action_write(self) -> None:
        """Compose a message to those who are chosen."""
        if (choice := self._choice()) is not None:
            self._acts.write_to(choice)

    def action_move(self) -> None:
        """Unsubscribe the one under the cursor, or make active again."""
        if (one := self._in_front("move")) is not None:
            self._acts.move(one)

    def action_forget(self) -> None:
        """Forget the one under the cursor, for good."""
        if (one := self._in_front("forget")) is not None:
            self._acts.forget(one)

    def _in_front(self, to: str) -> RecipientView | None:
        self._narrow()
        if (row := self.table.row) is not None:
            return row.recipient
        self.notify(f"There is nobody to {to}.", severity="warning", markup=False)
        return None

    def action_import(self) -> None:
        """Take recipients in from a file."""
        # Here, since all that reads files takes a megabyte, and is rarely wanted.
        from hsl_tui.console.dialogs.import_file import ImportDialog  # noqa: PLC0415 - as it says

        def ended(changed: bool | None) -> None:
            if changed:
                self.reread()

        self.console_app.open(ImportDialog(self.context), ended)

    @on(PagedTable.Selected, "#recipients")
    def action_open(self) -> None:
        """Open the card of the one under the cursor."""
        if (one := self._in_front("show")) is not None:
            self.console_app.open(RecipientScreen(self.context, one))

    def action_to_list(self) -> None:
        """Lead from the search to the list."""
        self.set_focus(self.table)

    def key_down(self) -> None:
        """From a field to the list."""
        if self.focused is not self.table:
            self.set_focus(self.table)

    def action_search(self) -> None:
        """Write what to search for."""
        # At once: Input.focus() would let a key that follows pass by first.
        self.set_focus(self.filter.search_field)

    def action_pick(self) -> None:
        """Write selectors to narrow by."""
        self.set_focus(self.filter.whom_field)

    def action_narrow(self) -> None:
        """Choose which tag to narrow to."""

        def picked(tag: PickedTag | None) -> None:
            if tag is not None:
                tags = [] if tag.name is None else [Selector.of(SelectorKind.TAG, tag.name)]
                self.filter.narrow_to(*tags)

        hint = "enter shows only who bears it"
        picker = TagPicker(self.context, "Narrow to a tag", hint=hint, takes_any=True)
        self.console_app.open(picker, picked)

    def action_segments(self) -> None:
        """List saved segments, to show whom one picks or to write to them."""

        def picked(chosen: PickedSegment | None) -> None:
            if chosen is None:
                return
            selector = Selector.of(SelectorKind.SAVED, chosen.segment.name)
            if chosen.use == "write":
                self._acts.write_to(Choice(Criteria(selectors=(selector,))))
                return
            changes = chosen.use == "change"
            self._segment = chosen.segment.name if changes else ""
            selectors = parse_selectors(chosen.segment.selectors) if changes else (selector,)
            self.filter.clear()
            self.filter.narrow_to(*selectors)
            # Whom a segment picks for a message, so that the numbers are the same.
            self.filter.show_state(RecipientState.ACTIVE)
            self.set_focus(self.filter.whom_field if changes else self.table)

        self.console_app.open(Segments(self.context), picked)

    def action_save_segment(self) -> None:
        """Save the selectors of the filter under a name."""
        self._narrow()
        if self.filter.fault is not None:
            self.console_app.tell_error(self.filter.fault)
        elif not self.filter.whom:
            said = "Write selectors to narrow by first: they are what is saved."
            self.notify(said, severity="warning", markup=False)
        elif (selectors := Choice(self._shown).selectors()) is None:
            said = "Selectors alone are saved: clear the search and the state first."
            self.notify(said, severity="warning", markup=False)
        else:
            save_segment(self, self.context, selectors, name=self._segment)

    def action_moved_lately(self) -> None:
        """Report who moved from state to state lately."""

        def show(one: RecipientView | None) -> None:
            if one is not None:
                self.console_app.open(RecipientScreen(self.context, one))

        def closed(number: int | None) -> None:
            if number is not None:
                ask(self, lambda: recipients.get(self.context, number), show, group="card")

        self.console_app.open(MovedLately(self.context), closed)

    def action_next_state(self) -> None:
        """Narrow to the next state."""
        self.filter.step_state(1)

    def action_previous_state(self) -> None:
        """Narrow to the state before."""
        self.filter.step_state(-1)

    def action_clear(self) -> None:
        """Choose nobody; then show all recipients again."""
        self.set_focus(self.table)
        if self._chose_all:
            self.action_choose_all()
        else:
            self.filter.clear()

    def action_reread(self) -> None:
        """Read the list anew."""
        self.reread()
