"""A table over a list of any length: what is in view is read, and nothing else."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import ClassVar, Generic, TypeVar

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Region, Size
from textual.message import Message
from textual.reactive import reactive
from textual.scroll_view import ScrollView
from textual.strip import Strip

from hsl_tui.console.background import ask
from hsl_tui.console.terminal_text import terminal_text
from hsl_tui.console.widgets.columns import GAP, Cell, Column, fit, widths, wrap
from hsl_tui.console.widgets.pages import PAGE, Pages
from hsl_tui.console.wording import Tone
from hsl_tui.errors import HslTuiError

Row = TypeVar("Row")

_HEIGHT_OF_WORDS = 8


Load = Callable[[int | None, int], Sequence[Row]]
"""Called in a thread: up to so many rows after a key, or from the beginning."""


class PagedTable(ScrollView, Generic[Row], can_focus=True):
    """Rows of a list that is read page by page.

    Args:
        columns: from left to right.
        cells: one row's cells, as many as there are columns. Their text is shown as text.
        key: the number of a row that ``load`` goes on after.
        empty: what to say where there are no rows, and what to do about it.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "move(-1)", "Up", show=False),
        Binding("down", "move(1)", "Down", show=False),
        Binding("pageup", "page(-1)", "Page up", show=False),
        Binding("pagedown", "page(1)", "Page down", show=False),
        Binding("home", "home", "First", show=False),
        Binding("end", "end", "Last read", show=False),
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

    def __init__(
        self,
        columns: Sequence[Column],
        *,
        cells: Callable[[Row], Sequence[Cell]],
        key: Callable[[Row], int],
        empty: str,
        id: str | None = None,  # noqa: A002 - the name that every widget has for it
    ) -> None:
        super().__init__(id=id)
        self._columns = columns
        self._cells = cells
        self._key = key
        self._pages: Pages[Row] = Pages(key)
        self._load: Load[Row] | None = None
        self._loading = False
        self._stale = False
        self._empty = empty
        self._trouble: str | None = None
        self._told: Row | None = None

    @property
    def row(self) -> Row | None:
        """The row under the cursor, or None."""
        return self._pages.row(self.cursor)

    @property
    def length(self) -> int:
        """How many rows are known so far."""
        return self._pages.length

    # --- reading --------------------------------------------------------------------------------

    def read_from(self, load: Load[Row], *, empty: str | None = None) -> None:
        """Show another list, from its beginning."""
        self._load = load
        self._empty = empty or self._empty
        self._pages = Pages(self._key)
        self._loading = False
        self.cursor = 0
        self.scroll_to(y=0, animate=False, immediate=True)
        self._read(0)

    def reread(self) -> None:
        """Read what is in view anew; the cursor stays on its row."""
        if self._loading:
            self._stale = True
            return
        self._stale = False
        first, last = self._view()
        in_view = range(first // PAGE, last // PAGE + 1)
        self._pages.keep(in_view)
        for number in in_view:
            if number == 0 or self._pages.row(number * PAGE) is not None:
                self._read(number)

    def _read(self, number: int) -> None:
        load, pages = self._load, self._pages
        if load is None:
            return
        after = pages.after(number)
        self._loading = True
        ask(
            self,
            lambda: load(after, PAGE),
            lambda rows: self._take(pages, number, rows),
            refused=lambda error: self._refuse(pages, error),
            group=f"page {number}",
        )

    def _take(self, pages: Pages[Row], number: int, rows: Sequence[Row]) -> None:
        if pages is not self._pages:
            return
        on = None if (row := self.row) is None else self._key(row)
        before, shape = pages.page(number), (pages.length, pages.complete, self._trouble)
        self._loading, self._trouble = False, None
        if pages.put(number, rows):
            moved = None if on is None else pages.index_of(on)
            self.set_reactive(PagedTable.cursor, min(self.cursor, max(0, pages.length - 1)))
            if moved is not None and moved != self.cursor:
                self.cursor = moved
            self._resize()
        if len(before) != len(rows) or shape != (pages.length, pages.complete, None):
            self.refresh()
        else:
            for at, (old, new) in enumerate(zip(before, rows, strict=True), number * PAGE):
                if old != new:
                    self._refresh_row(at)
        self._tell()
        if self._stale:
            self.reread()
        self._read_missing()

    def _refuse(self, pages: Pages[Row], error: HslTuiError) -> None:
        if pages is self._pages:
            self._loading = False
            fresh = self._trouble != str(error)
            self._trouble = str(error)
            self.refresh()
            # Without rows the table says it in their place.
            if fresh and pages.length:
                self.app.notify(terminal_text(str(error)), severity="error", markup=False)

    def _read_missing(self) -> None:
        if self._loading:
            return
        first, last = self._view()
        # A screenful ahead, so that scrolling seldom meets rows that are not there yet.
        missing = self._pages.missing(first, last + self._height)
        if missing is not None:
            self._read(missing)

    # --- the view -------------------------------------------------------------------------------

    @property
    def _height(self) -> int:
        return max(1, self.scrollable_content_region.height - 1)

    def _view(self) -> tuple[int, int]:
        first = int(self.scroll_y)
        return first, first + self._height - 1

    def _resize(self) -> None:
        self.virtual_size = Size(0, self._pages.length + 1)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        # Without rows there is something to say, and maybe at length.
        return self._pages.length + 1 if self._pages.length else _HEIGHT_OF_WORDS

    def on_resize(self) -> None:
        self._resize()
        self._show_cursor()
        self._read_missing()

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        super().watch_scroll_y(old_value, new_value)
        self._read_missing()

    def watch_cursor(self, old: int, new: int) -> None:
        self._refresh_row(old)
        self._refresh_row(new)
        self._show_cursor()
        self._tell()

    def _refresh_row(self, index: int) -> None:
        """Draw one row anew: on a slow line each that is not drawn is felt."""
        self.refresh(Region(0, index + 1 - int(self.scroll_y), self.size.width, 1))

    def _show_cursor(self) -> None:
        first, last = self._view()
        if self.cursor < first:
            self.scroll_to(y=self.cursor, animate=False, immediate=True)
        elif self.cursor > last:
            self.scroll_to(y=self.cursor - self._height + 1, animate=False, immediate=True)

    def _tell(self) -> None:
        row = self.row
        if row != self._told:
            self._told = row
            self.post_message(self.Highlighted(self, row))  # type: ignore[arg-type] # invariance

    # --- keys and clicks ------------------------------------------------------------------------

    def _move_to(self, index: int) -> None:
        self.cursor = max(0, min(index, self._pages.length - 1))

    def action_move(self, by: int) -> None:
        """Go up or down by rows."""
        self._move_to(self.cursor + by)

    def action_page(self, by: int) -> None:
        """Go up or down by screenfuls."""
        self._move_to(self.cursor + by * self._height)

    def action_home(self) -> None:
        """Go to the first row."""
        self._move_to(0)

    def action_end(self) -> None:
        """Go to the last row that was read so far; what is behind it is read on the way."""
        self._move_to(self._pages.length - 1)

    def on_click(self, event: events.Click) -> None:
        index = int(self.scroll_y) + event.y - 1
        if event.y < 1 or not 0 <= index < self._pages.length:
            return
        if index == self.cursor and (row := self.row) is not None:
            self.post_message(self.Selected(self, row))  # type: ignore[arg-type] # invariance
        else:
            self._move_to(index)

    # --- drawing --------------------------------------------------------------------------------

    def render_line(self, y: int) -> Strip:
        width = self.scrollable_content_region.width
        plain = self.rich_style
        if y == 0:
            return self._draw_header(width)
        index = int(self.scroll_y) + y - 1
        if not self._pages.length:
            return self._draw_message(y, width)
        row = self._pages.row(index)
        if row is None:
            return Strip.blank(width, plain)
        return self._draw_row(row, width, on_cursor=index == self.cursor)

    def _draw_header(self, width: int) -> Strip:
        style = self.get_component_rich_style("paged-table--header")
        titles = [Cell(column.title) for column in self._columns]
        return self._join(titles, width, style, lambda _: style)

    def _draw_row(self, row: Row, width: int, *, on_cursor: bool) -> Strip:
        base = self.rich_style
        if on_cursor:
            name = "paged-table--cursor" if self.has_focus else "paged-table--cursor-blurred"
            base = self.get_component_rich_style(name)

        def style_of(tone: Tone) -> Style:
            if tone == "plain":
                return base
            toned = self.get_component_rich_style(f"paged-table--{tone}", partial=True)
            return base + toned

        return self._join(self._cells(row), width, base, style_of)

    def _join(
        self, cells: Sequence[Cell], width: int, base: Style, style_of: Callable[[Tone], Style]
    ) -> Strip:
        segments = [Segment(" ", base)]
        for column, cell, room in zip(
            self._columns, cells, widths(self._columns, width), strict=True
        ):
            if not room:
                continue
            gap = " " * GAP if len(segments) > 1 else ""
            # In one piece, and with its like beside it: each piece costs its styles on the line.
            text = gap + fit(cell.text, room, right=column.right)
            segments.append(Segment(text, style_of(cell.tone)))
        return Strip(segments).adjust_cell_length(width, base).simplify()

    def _draw_message(self, y: int, width: int) -> Strip:
        if self._trouble is None and not self._pages.complete:
            return Strip.blank(width, self.rich_style)
        style = self.get_component_rich_style(
            "paged-table--empty" if self._trouble is None else "paged-table--bad"
        )
        lines = wrap(terminal_text(self._trouble or self._empty, newlines=True), max(10, width - 4))
        line = lines[y - 2] if 0 <= y - 2 < len(lines) else ""
        return Strip([Segment(f"  {line}", style)]).adjust_cell_length(width, self.rich_style)
