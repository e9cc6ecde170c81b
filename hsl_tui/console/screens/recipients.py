"""Whom the bot can write to: searched, narrowed, chosen, and acted upon."""

from __future__ import annotations

from typing import ClassVar, Final

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from hsl_tui.console.dialogs.import_file import ImportDialog
from hsl_tui.console.dialogs.tag_picker import PickedTag, TagPicker
from hsl_tui.console.recipient_acts import RecipientActs
from hsl_tui.console.recipient_choice import Choice, mark_of
from hsl_tui.console.screens.base import ConsoleScreen
from hsl_tui.console.screens.recipient import RecipientScreen
from hsl_tui.console.widgets.paged_table import PagedTable
from hsl_tui.console.widgets.recipient_facts import COLUMNS, brief, cells
from hsl_tui.console.widgets.recipient_filter import RecipientFilter
from hsl_tui.models.criteria import EVERYONE, Criteria, Found
from hsl_tui.services import recipients
from hsl_tui.services.context import Context

_NONE_YET: Final = (
    "No recipients yet.\nPress i to take them in from a CSV file with a chat_id column, or say\n"
    "hsl-tui recipients import FILE.csv"
)
_NONE_FOUND: Final = "Nobody is found like that.\nPress escape to see all recipients again."


class RecipientsScreen(ConsoleScreen):
    """The list, narrowed by a search, a tag and a state."""

    CSS_PATH = "recipients.tcss"
    MODE = "recipients"
    HELP_TITLE = "Recipients"
    HELP_TEXT = (
        "Everyone whom the bot can or could write to. Only active ones are written to; Telegram's"
        " answers move a recipient to another state, and /start moves it back.\n"
        "Search finds the beginning of a name, of a @username or of a chat id, whatever case and"
        " accents: ibr finds İbrahim, and ada lov Ada Lovelace. Enter or the down key leads to the"
        " list.\n"
        "Acts are for the marked rows (space, v, shift with ↑ ↓); after a, for all that match; else"
        " for the row under the cursor. Each asks first, with the number.\n"
        "A message can be addressed to a tag or to single chats. Whoever a search finds is tagged"
        " first.\n"
        "Enter opens one recipient's card, with all that was ever sent there."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("slash", "search", "Search", id="recipients.search"),
        Binding(
            "enter", "open", "Card", tooltip="Open the card of the recipient", id="recipients.open"
        ),
        Binding(
            "a", "choose_all", "All", tooltip="Choose all that match", id="recipients.choose-all"
        ),
        Binding("plus", "tag", "Tag", tooltip="Tag those who are chosen", id="recipients.tag"),
        Binding(
            "minus",
            "untag",
            "Untag",
            tooltip="Take a tag off those who are chosen",
            id="recipients.untag",
        ),
        Binding(
            "w",
            "write",
            "Write",
            tooltip="Compose a message to those who are chosen",
            id="recipients.write",
        ),
        Binding(
            "i",
            "import",
            "Import",
            tooltip="Take recipients in from a file",
            id="recipients.import",
        ),
        Binding(
            "u",
            "move",
            "Unsubscribe",
            show=False,
            tooltip="Unsubscribe the recipient under the cursor, or make active again",
            id="recipients.move",
        ),
        Binding("t", "narrow", "By tag", tooltip="Narrow to a tag", id="recipients.by-tag"),
        Binding(
            "s", "next_state", "State", tooltip="Narrow to the next state", id="recipients.state"
        ),
        Binding(
            "S",
            "previous_state",
            "Narrow to the state before",
            show=False,
            id="recipients.state-before",
        ),
        Binding("escape", "clear", "Show all", show=False, id="recipients.clear"),
        Binding("ctrl+r", "reread", "Read anew", show=False, id="recipients.reread"),
    ]

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._shown = EVERYONE
        self._chose_all = False
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
        self._narrow()
        if (row := self.table.row) is None:
            self.notify("There is nobody to move.", severity="warning", markup=False)
        else:
            self._acts.move(row.recipient)

    def action_import(self) -> None:
        """Take recipients in from a file."""

        def ended(changed: bool | None) -> None:
            if changed:
                self.reread()

        self.console_app.open(ImportDialog(self.context), ended)

    @on(PagedTable.Selected, "#recipients")
    def action_open(self) -> None:
        """Open the card of the one under the cursor."""
        row = self.table.row
        if row is None:
            self.notify("There is nobody to show.", severity="warning", markup=False)
        else:
            self.console_app.open(RecipientScreen(self.context, row.recipient))

    def action_to_list(self) -> None:
        """Lead from the search to the list."""
        self.set_focus(self.table)

    def key_down(self) -> None:
        """From a field to the list."""
        if self.focused is not self.table:
            self.set_focus(self.table)

    def action_search(self) -> None:
        """Write what to search for."""
        self.filter.focus_search()

    def action_narrow(self) -> None:
        """Choose which tag to narrow to."""

        def picked(tag: PickedTag | None) -> None:
            if tag is not None:
                self.filter.narrow_to(tag.name)

        hint = "enter shows only who bears it"
        picker = TagPicker(self.context, "Narrow to a tag", hint=hint, takes_any=True)
        self.console_app.open(picker, picked)

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
