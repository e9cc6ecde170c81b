"""A table over a list of any length, with a cursor and marks."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Generic, TypeVar

from rich.style import Style
from textual import events
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.reactive import reactive

from hsl_tui.console.widgets.columns import Cell, Column
from hsl_tui.console.widgets.marks import Marks
from hsl_tui.console.widgets.row_window import RowWindow
from hsl_tui.console.widgets.table_reads import Read

Row = TypeVar("Row")


class PagedTable(RowWindow[Row], Generic[Row], can_focus=True):
    """Rows of a list that is read where it is looked at, at a cost that its length does not change.

    Args:
        columns: from left to right.
        cells: one row's cells, as many as there are columns. Their text is shown as text.
        key: any value that orders the rows; ``read_from`` is given what reads on after it.
        empty: what to say where there are no rows, and what to do about it.
        markable: rows can be marked, to do something to all of them.
        mark_by: what a marked row is known by in :attr:`marked`; the key unless given.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "move(-1)", "Row up", show=False, id="table.up"),
        Binding("down,j", "move(1)", "Row down", show=False, id="table.down"),
        Binding("pageup,ctrl+b", "page(-1)", "Page up", show=False, id="table.page-up"),
        Binding("pagedown,ctrl+f", "page(1)", "Page down", show=False, id="table.page-down"),
        Binding("ctrl+u", "half_page(-1)", "Half a page up", show=False, id="table.half-up"),
        Binding("ctrl+d", "half_page(1)", "Half a page down", show=False, id="table.half-down"),
        Binding("home,g", "first", "First row", show=False, id="table.first"),
        Binding("end,G", "last", "Last row", show=False, id="table.last"),
        Binding("space", "mark", "Mark the row, or unmark it", show=False, id="table.mark"),
        Binding("shift+up", "mark_move(-1)", "Mark upwards", show=False, id="table.mark-up"),
        Binding("shift+down", "mark_move(1)", "Mark downwards", show=False, id="table.mark-down"),
        Binding("v", "mark_on", "Mark what the cursor passes", show=False, id="table.mark-on"),
        Binding("escape", "clear_marks", "Clear the marks", show=False, id="table.clear-marks"),
    ]
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "paged-table--header",
        "paged-table--cursor",
        "paged-table--cursor-blurred",
        "paged-table--empty",
        "paged-table--muted",
        "paged-table--good",
        "paged-table--busy",
        "paged-table--warn",
        "paged-table--bad",
    }

    cursor: reactive[int] = reactive(0, repaint=False)

    @dataclass
    class Highlighted(Message):
        """Another row is under the cursor, or it has changed; None where there is none."""

        table: PagedTable[object]
        row: object | None

        @property
        def control(self) -> PagedTable[object]:
            return self.table

    @dataclass
    class Selected(Message):
        """The row under the cursor was clicked on."""

        table: PagedTable[object]
        row: object

        @property
        def control(self) -> PagedTable[object]:
            return self.table

    @dataclass
    class MarksChanged(Message):
        """Other rows are marked than before."""

        table: PagedTable[object]
        marked: frozenset[Hashable]

        @property
        def control(self) -> PagedTable[object]:
            return self.table

    def __init__(
        self,
        columns: Sequence[Column],
        *,
        cells: Callable[[Row], Sequence[Cell]],
        key: Callable[[Row], Any],
        empty: str,
        markable: bool = False,
        mark_by: Callable[[Row], Hashable] | None = None,
        id: str | None = None,  # noqa: A002 - the name that every widget has for it
    ) -> None:
        super().__init__(columns, cells=cells, key=key, empty=empty, id=id)
        self._markable = markable
        self._mark_by = mark_by or key
        self._marks = Marks()
        self._kept: Row | None = None
        self._told: Row | None = None

    @property
    def row(self) -> Row | None:
        """The row under the cursor, also where it is scrolled out of view; None where none is."""
        found = self._stretch.row(self.cursor)
        return self._kept if found is None else found

    @property
    def marked(self) -> frozenset[Hashable]:
        """What the marked rows are known by. Marks outlive rereading; another list clears them."""
        return self._marks.all

    def clear_marks(self) -> None:
        """Unmark everything."""
        self._remark(self._marks.clear)

    # --- getting about --------------------------------------------------------------------------

    def go_to(self, place: int, *, after: Any = None) -> None:
        """Put the cursor on a row anywhere in the list.

        Args:
            place: counted from 0; about where it stands, if ``after`` says which one is meant.
            after: the first row behind this key.
        """
        place, reads, rows = max(0, min(place, self.length - 1)), self._reads, self._stretch
        near = after is None and (
            rows.row(place) is not None or reads is None or reads.of.place is None
        )
        if reads is None or near:
            self._move_to(place)
            return
        read = reads.at(place, self._limit, after=after)
        self._leap_to(place, read, lambda: min(rows.start, rows.end - 1))

    def _leap_to(self, place: int, read: Read[Row], land: Callable[[], int]) -> None:
        self._leap = replace(read, land=land)
        self._marks.end()
        self.cursor = place
        self._read_missing()

    def _move_to(self, place: int, *, marking: bool = False) -> None:
        if self._marks.extending and not (marking or self._marks.stays):
            self._marks.end()
        first, last = 0, self.length - 1
        if self._marks.extending:
            # What was never read cannot be marked in passing.
            first, last = self._stretch.start, self._stretch.end - 1
        self.cursor = max(first, min(place, last))
        if self._marks.extending:
            self._remark(lambda: self._marks.extend(self.cursor, self._known_by))

    def action_move(self, by: int) -> None:
        """Go up or down by rows."""
        self._move_to(self.cursor + by)

    def action_page(self, by: int) -> None:
        """Go up or down by screenfuls."""
        self._move_to(self.cursor + by * self._height)

    def action_half_page(self, by: int) -> None:
        """Go up or down by half a screenful."""
        self._move_to(self.cursor + by * max(1, self._height // 2))

    def action_first(self) -> None:
        """Go to the first row."""
        reads = self._reads
        if reads is None or self._stretch.begun or self._marks.extending:
            self._move_to(0)
        else:
            self._leap_to(0, reads.beginning(self._limit), lambda: 0)

    def action_last(self) -> None:
        """Go to the last row; where the end is not known, to the last that was read so far."""
        reads, rows = self._reads, self._stretch
        if reads is None or not reads.of.ends or rows.ended or self._marks.extending:
            self._move_to(self.length - 1)
        else:
            self._leap_to(rows.length - 1, reads.ending(self._limit), lambda: rows.length - 1)

    def on_click(self, event: events.Click) -> None:
        place = int(self.scroll_y) + event.y - 1
        if event.y < 1 or not 0 <= place < self.length:
            return
        if place == self.cursor and (row := self.row) is not None:
            self.post_message(self.Selected(self, row))  # type: ignore[arg-type] # invariance
        else:
            self._move_to(place)

    # --- marking --------------------------------------------------------------------------------

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Leave keys that do nothing here to the screen."""
        if action == "clear_marks":
            return bool(self._marks.all) or self._marks.extending
        if action in {"mark", "mark_move", "mark_on"}:
            return self._markable
        return super().check_action(action, parameters)

    def action_mark(self) -> None:
        """Mark the row under the cursor, or unmark it."""
        if (row := self.row) is not None:
            self._remark(lambda: self._marks.toggle(self._mark_by(row)))

    def action_mark_move(self, by: int) -> None:
        """Mark the row under the cursor and the next."""
        if not self._marks.extending:
            self._marks.begin(self.cursor, stays=False)
        self._move_to(self.cursor + by, marking=True)

    def action_mark_on(self) -> None:
        """Mark what the cursor passes from here on, or no longer."""
        if self._marks.extending:
            self._marks.end()
            return
        self._marks.begin(self.cursor, stays=True)
        self._remark(lambda: self._marks.extend(self.cursor, self._known_by))

    def action_clear_marks(self) -> None:
        """Unmark everything."""
        self.clear_marks()

    def _known_by(self, place: int) -> Hashable | None:
        row = self._stretch.row(place)
        return None if row is None else self._mark_by(row)

    def _remark(self, change: Callable[[], None]) -> None:
        before = self._marks.all
        change()
        if differing := before ^ self._marks.all:
            first, last = self._view()
            for place in range(first, last + 1):
                if self._known_by(place) in differing:
                    self._refresh_row(place)
            self.post_message(self.MarksChanged(self, self._marks.all))  # type: ignore[arg-type] # invariance

    # --- the cursor -----------------------------------------------------------------------------

    def _list_changed(self) -> None:
        self._kept = None
        self.clear_marks()
        self.cursor = 0

    def _places_moved(self, by: int) -> None:
        self.set_reactive(PagedTable.cursor, self.cursor + by)
        self._marks.move(by)

    def _land(self, place: int) -> None:
        self.cursor = max(0, place)
        self.scroll_to(y=max(0, place - self._height // 2), animate=False, immediate=True)

    def _followed(self) -> Any:
        row = self._stretch.row(self.cursor)
        return None if row is None else self._key(row)

    def _rows_came(self, followed: Any) -> None:
        place = None if followed is None else self._stretch.place_of(followed)
        if place is None:
            place = max(0, min(self.cursor, self.length - 1))
        if place != self.cursor:
            self.cursor = place
        self._tell()

    def watch_cursor(self, old: int, new: int) -> None:
        self._kept = None
        self._refresh_row(old)
        self._refresh_row(new)
        self._show_cursor()
        self._tell()

    def on_resize(self) -> None:
        super().on_resize()
        self._show_cursor()

    def _show_cursor(self) -> None:
        first, last = self._view()
        if self.cursor < first:
            self.scroll_to(y=self.cursor, animate=False, immediate=True)
        elif self.cursor > last:
            self.scroll_to(y=self.cursor - self._height + 1, animate=False, immediate=True)

    def _tell(self) -> None:
        row = self._stretch.row(self.cursor)
        if row is None and not self._stretch.complete:
            return  # it is on its way, or scrolled out of view
        self._kept = row
        if row != self._told:
            self._told = row
            self.post_message(self.Highlighted(self, row))  # type: ignore[arg-type] # invariance

    def _look_of(self, place: int, row: Row) -> tuple[Style, bool]:
        marked = bool(self._marks.all) and self._mark_by(row) in self._marks.all
        if place != self.cursor:
            return self.rich_style, marked
        name = "paged-table--cursor" if self.has_focus else "paged-table--cursor-blurred"
        return self.get_component_rich_style(name), marked
