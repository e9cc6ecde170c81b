"""What is in view of a list of any length: it is read as it is scrolled to, and nothing else."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final, Generic, TypeVar

from rich.style import Style
from textual.geometry import Region, Size
from textual.scroll_view import ScrollView
from textual.strip import Strip

from hsl_tui.console.background import ask
from hsl_tui.console.terminal_text import terminal_text
from hsl_tui.console.widgets.columns import Cell, Column
from hsl_tui.console.widgets.stretch import PAGE, Stretch
from hsl_tui.console.widgets.table_lines import draw_row, draw_titles, draw_words
from hsl_tui.console.widgets.table_reads import Read, Reads
from hsl_tui.console.widgets.table_source import Load, source
from hsl_tui.console.wording import Tone
from hsl_tui.errors import DatabaseUnavailableError, HslTuiError

Row = TypeVar("Row")

_HEIGHT_OF_WORDS: Final = 8
_AHEAD: Final = 2
"""Screenfuls in memory beyond the view, so that scrolling seldom meets rows that are not there."""


class RowWindow(ScrollView, Generic[Row]):
    """Lines of a list, drawn from the rows that are in memory.

    Args:
        columns: from left to right.
        cells: one row's cells, as many as there are columns. Their text is shown as text.
        key: any value that orders the rows; the source reads on after it.
        empty: what to say where there are no rows, and what to do about it.
    """

    def __init__(
        self,
        columns: Sequence[Column],
        *,
        cells: Callable[[Row], Sequence[Cell]],
        key: Callable[[Row], Any],
        empty: str,
        id: str | None = None,  # noqa: A002 - the name that every widget has for it
    ) -> None:
        super().__init__(id=id)
        self._columns = columns
        self._cells = cells
        self._key = key
        self._stretch: Stretch[Row] = Stretch(key)
        self._reads: Reads[Row] | None = None
        self._leap: Read[Row] | None = None
        self._loading = False
        self._stale = False
        self._empty = empty
        self._trouble: str | None = None

    @property
    def length(self) -> int:
        """How many rows there are, as far as is known."""
        return self._stretch.length

    @property
    def total(self) -> int | None:
        """How many rows there are to be, for a scrollbar that is true; None where nobody knows."""
        return self._stretch.total

    @total.setter
    def total(self, total: int | None) -> None:
        if total != self._stretch.total:
            self._stretch.total = total
            self._fit_scrollbar()
            self._read_missing()

    # --- what the cursor does; a list without one does nothing ----------------------------------

    def _list_changed(self) -> None:
        """Another list is shown, from its beginning."""

    def _places_moved(self, by: int) -> None:
        """Rows have kept their order, but their places were an estimate."""

    def _land(self, place: int) -> None:
        """A leap has ended here."""

    def _rows_came(self, followed: Any) -> None:
        """Rows were read; ``followed`` is what :meth:`_followed` gave before that."""

    def _followed(self) -> Any:
        return None

    def _look_of(self, place: int, row: Row) -> tuple[Style, bool]:
        """The style of a row, and whether it is marked."""
        return self.rich_style, False

    # --- reading --------------------------------------------------------------------------------

    def read_from(
        self,
        window: Load[Row],
        *,
        before: Load[Row] | None = None,
        place: Callable[[int], Any] | None = None,
        total: int | None = None,
        empty: str | None = None,
    ) -> None:
        """Show another list, from its beginning. What is given is called in a thread.

        Args:
            window: up to so many rows after a key, or from the beginning for None.
            before: up to so many rows before a key, or at the end for None, in the list's order.
                Without it the end is found by reading on.
            place: the key after which the row at a place stands, exactly or about, to leap there.
                It is called where widgets live, so it must not read.
            total: how many rows there are, where that is known; see :attr:`total`.
        """
        self._empty = empty or self._empty
        self._stretch = Stretch(self._key)
        self._reads = Reads(source(window, before, place, self._key), self._stretch)
        self._stretch.total = total
        self._leap, self._loading, self._trouble = None, False, None
        self._list_changed()
        self._fit_scrollbar()
        self.scroll_to(y=0, animate=False, immediate=True)
        self._read_missing()

    def reread(self) -> None:
        """Read what is in view anew; the cursor stays on its row."""
        if self._loading:
            self._stale = True
            return
        self._stale = False
        if self._reads is None:
            return
        rows, (first, last) = self._stretch, self._view()
        if not rows.rows:
            self._run(self._reads.beginning(self._limit))
        elif not rows.lies_outside(first, last) and (place := rows.from_here(first)) is not None:
            self._run(self._reads.again(place, self._limit))

    def _read_missing(self) -> None:
        if self._loading or self._reads is None:
            return
        ahead = _AHEAD * self._height
        wanted = self._reads.missing(*self._view(), ahead=ahead, limit=self._limit)
        read, self._leap = self._leap or wanted, None
        if read is not None:
            self._run(read)

    def _run(self, read: Read[Row]) -> None:
        stretch = self._stretch
        self._loading = True
        ask(
            self,
            read.load,
            lambda rows: self._take(stretch, read, rows),
            refused=lambda error: self._refuse(stretch, error),
            group="rows",
        )

    def _take(self, stretch: Stretch[Row], read: Read[Row], rows: Sequence[Row]) -> None:
        if stretch is not self._stretch:
            return
        before = self._drawn()
        followed = None if read.land else self._followed()
        self._trouble = None
        moved = read.put(rows)
        self._fit_scrollbar()
        if read.land is not None:
            self._land(read.land())
        elif moved:
            self._places_moved(moved)
            self.scroll_to(y=self.scroll_y + moved, animate=False, immediate=True)
        self._rows_came(followed)
        stretch.trim(*self._view())
        self._redraw(before)
        self._loading = False
        if self._stale and self._leap is None:
            self.reread()
        self._read_missing()

    def _refuse(self, stretch: Stretch[Row], error: HslTuiError) -> None:
        if stretch is self._stretch:
            self._loading = False
            fresh = self._trouble != str(error)
            self._trouble = str(error)
            self.refresh()
            # Without rows the table says it in their place; that the database is away, the banner.
            told = isinstance(error, DatabaseUnavailableError) or not stretch.length
            if fresh and not told:
                self.app.notify(terminal_text(str(error)), severity="error", markup=False)

    # --- the view -------------------------------------------------------------------------------

    @property
    def _height(self) -> int:
        return max(1, self.scrollable_content_region.height - 1)

    def _view(self) -> tuple[int, int]:
        first = int(self.scroll_y)
        return first, first + self._height - 1

    @property
    def _limit(self) -> int:
        return max(PAGE, (_AHEAD + 1) * self._height + 1)

    def _fit_scrollbar(self) -> None:
        self.virtual_size = Size(0, self._stretch.length + 1)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        # Without rows there is something to say, and maybe at length.
        return self._stretch.length + 1 if self._stretch.length else _HEIGHT_OF_WORDS

    def on_resize(self) -> None:
        self._fit_scrollbar()
        self._read_missing()

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        super().watch_scroll_y(old_value, new_value)
        self._read_missing()

    # --- drawing --------------------------------------------------------------------------------

    def _drawn(self) -> tuple[object, list[Row | None]]:
        first, last = self._view()
        around = (first, self._stretch.complete, self._trouble)
        return around, [self._stretch.row(place) for place in range(first, last + 1)]

    def _redraw(self, before: tuple[object, list[Row | None]]) -> None:
        """Draw what differs: on a slow line each row that is not drawn is felt."""
        around, rows = self._drawn()
        if around != before[0] or not self.length:
            self.refresh()
            return
        first, _ = self._view()
        for place, (old, new) in enumerate(zip(before[1], rows, strict=True), first):
            if old != new:
                self._refresh_row(place)

    def _refresh_row(self, place: int) -> None:
        self.refresh(Region(0, place + 1 - int(self.scroll_y), self.size.width, 1))

    def render_line(self, y: int) -> Strip:
        width = self.scrollable_content_region.width
        if y == 0:
            style = self.get_component_rich_style("paged-table--header")
            return draw_titles(self._columns, width, style)
        if not self._stretch.length:
            return self._draw_words(y, width)
        place = int(self.scroll_y) + y - 1
        row = self._stretch.row(place)
        if row is None:
            return Strip.blank(width, self.rich_style)
        base, marked = self._look_of(place, row)

        def style_of(tone: Tone) -> Style:
            if tone == "plain":
                return base
            return base + self.get_component_rich_style(f"paged-table--{tone}", partial=True)

        return draw_row(self._columns, self._cells(row), width, style_of, marked=marked)

    def _draw_words(self, y: int, width: int) -> Strip:
        if self._trouble is None and not self._stretch.complete:
            return Strip.blank(width, self.rich_style)
        name = "paged-table--empty" if self._trouble is None else "paged-table--bad"
        style = self.get_component_rich_style(name)
        return draw_words(self._trouble or self._empty, y, width, style, self.rich_style)
