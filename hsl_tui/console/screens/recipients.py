"""Whom the bot can write to: search and filter."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Final

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, VerticalScroll
from textual.content import Content
from textual.widgets import Input, Label, Static

from hsl_tui.console.screens.base import ConsoleScreen
from hsl_tui.console.terminal_text import named, terminal_text
from hsl_tui.console.widgets.choice_bar import ChoiceBar
from hsl_tui.console.widgets.columns import Cell, Column
from hsl_tui.console.widgets.fields import LineField
from hsl_tui.console.widgets.paged_table import PagedTable
from hsl_tui.console.wording import (
    RECIPIENT_SIGNS,
    TONE_STYLES,
    full_moment,
    full_name,
    handle,
)
from hsl_tui.models.criteria import EVERYONE, Criteria, Found
from hsl_tui.models.enums import RecipientState
from hsl_tui.models.views import RecipientView
from hsl_tui.services import recipients
from hsl_tui.services.context import Context

_COLUMNS: Final = (
    Column("Chat", 14),
    Column("Name", 14, flex=3),
    Column("Username", 12, flex=2),
    Column("Lang", 4, least=76),
    Column("State", 14),
    Column("Tags", 8, flex=2, least=66),
)

_NONE_YET: Final = (
    "No recipients yet.\nTake them in from a CSV file with a chat_id column:\n"
    "hsl-tui recipients import FILE.csv"
)
_NONE_FOUND: Final = "Nobody is found like that.\nPress escape to see all recipients again."

_ALL: Final = "all"


class RecipientsScreen(ConsoleScreen):
    """The list, narrowed by the beginning of a name, a tag and a state."""

    CSS_PATH = "recipients.tcss"
    MODE = "recipients"
    HELP_TITLE = "Recipients"
    HELP_TEXT = (
        "Everyone whom the bot can or could write to. Only active ones are written to; Telegram's"
        " answers move a recipient to another state, and /start moves it back.\n"
        "Search finds the beginning of a first name, a last name or a @username, or a whole chat"
        " id. Tag narrows to one tag. Enter or the down key leads from a field to the list."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("slash", "search", "Search", key_display="/"),
        Binding("t", "tag", "Tag"),
        Binding("s", "next_state", "State"),
        Binding("S", "previous_state", "Previous state", show=False),
        Binding("escape", "clear", "Show all"),
        Binding("ctrl+r", "reread", "Read anew", show=False),
    ]

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._asked: tuple[str, str, str] | None = None

    def compose_body(self) -> ComposeResult:
        with Horizontal(id="search-line"):
            yield Label("Search", classes="field-name")
            yield LineField(id="search", compact=True, placeholder="name, @username or chat id")
            yield Label("Tag", classes="field-name")
            yield LineField(id="tag", compact=True, placeholder="any")
        yield ChoiceBar(
            [(_ALL, _ALL), *((state.value, state.value) for state in RecipientState)], id="state"
        )
        yield PagedTable[Found](
            _COLUMNS, cells=self._cells, key=lambda one: one.place, empty=_NONE_YET, id="recipients"
        )
        with VerticalScroll(id="detail-pane", can_focus=False):
            yield Static(id="detail", markup=False)

    def on_mount(self) -> None:
        self.detail_pane.display = False
        self.table.focus()
        self._search()

    @property
    def table(self) -> PagedTable[Found]:
        """The list."""
        return self.query_one("#recipients", PagedTable)

    @staticmethod
    def _cells(found: Found) -> Sequence[Cell]:
        one = found.recipient
        sign = RECIPIENT_SIGNS[one.state]
        return (
            Cell(str(one.chat_id), "muted"),
            Cell(full_name(one.first_name, one.last_name)),
            Cell(handle(one.username)),
            Cell(one.language_code or "", "muted"),
            Cell(f"{sign.glyph} {one.state}", sign.tone),
            Cell(" ".join(one.tags), "muted"),
        )

    # --- reading --------------------------------------------------------------------------------

    def reread(self) -> None:
        self.table.reread()

    @on(Input.Changed)
    @on(ChoiceBar.Changed)
    def _search(self) -> None:
        search = self.query_one("#search", Input).value.strip()
        tag = self.query_one("#tag", Input).value.strip()
        state = self.query_one("#state", ChoiceBar).value
        if self._asked == (search, tag, state):
            return
        self._asked = (search, tag, state)

        criteria = Criteria(
            search=search, tag=tag or None, state=None if state == _ALL else RecipientState(state)
        )
        self.table.read_from(
            lambda after, limit: recipients.window(
                self.context, criteria, limit=limit, after=after
            ),
            before=lambda before, limit: recipients.window_before(
                self.context, criteria, limit=limit, before=before
            ),
            empty=_NONE_YET if criteria == EVERYONE else _NONE_FOUND,
        )

    # --- the chosen one -------------------------------------------------------------------------

    @on(PagedTable.Highlighted, "#recipients")
    def _show_detail(self) -> None:
        found = self.table.row
        one = None if found is None else found.recipient
        self.query_one("#detail", Static).update(Content("") if one is None else self._told(one))
        self.detail_pane.display = one is not None

    def _told(self, one: RecipientView) -> Content:
        sign = RECIPIENT_SIGNS[one.state]
        name = full_name(one.first_name, one.last_name)
        facts = [handle(one.username), f"chat {one.chat_id}", one.language_code or ""]
        lines = [
            Content.assemble(
                (f"{name}  " if name else "", "bold"),
                (f"{sign.glyph} {one.state}", TONE_STYLES[sign.tone]),
                (f"  {terminal_text(' · '.join(fact for fact in facts if fact))}", "$text-muted"),
            )
        ]
        if one.state_changed_at is not None:
            why = f": {terminal_text(one.state_reason)}" if one.state_reason else ""
            since = full_moment(one.state_changed_at, self.context.settings.zone)
            lines.append(Content.styled(f"since {since}{why}", "$text-muted"))
        said = [("tags", " ".join(one.tags)), *one.attributes.items()]
        if details := named(said):
            lines.append(details)
        return Content("\n").join(lines)

    # --- acts -----------------------------------------------------------------------------------

    @on(Input.Submitted)
    def _to_list(self) -> None:
        self.table.focus()

    def key_down(self) -> None:
        """From a field to the list."""
        if isinstance(self.focused, Input | ChoiceBar):
            self.table.focus()

    def action_search(self) -> None:
        """Write what to search for."""
        self.query_one("#search", Input).focus()

    def action_tag(self) -> None:
        """Write which tag to narrow to."""
        self.query_one("#tag", Input).focus()

    def action_next_state(self) -> None:
        """Narrow to the next state."""
        self.query_one("#state", ChoiceBar).action_step(1)

    def action_previous_state(self) -> None:
        """Narrow to the state before."""
        self.query_one("#state", ChoiceBar).action_step(-1)

    def action_clear(self) -> None:
        """Show all recipients again."""
        self.query_one("#search", Input).value = ""
        self.query_one("#tag", Input).value = ""
        self.query_one("#state", ChoiceBar).index = 0
        self.table.focus()

    def action_reread(self) -> None:
        """Read the list anew."""
        self.reread()
