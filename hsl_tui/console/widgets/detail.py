"""What is told of the chosen row, which changes with each key."""

from __future__ import annotations

from rich.cells import cell_len
from textual.content import Content
from textual.widgets import Static


class Detail(Static):
    """A text below a list.

    To lay a screen out anew takes longer than all else that a key does, so that is done only where
    the text takes up other room.
    """

    def __init__(self) -> None:
        super().__init__(id="detail", markup=False)
        self._said = Content("")

    def tell(self, said: Content) -> None:
        """Say this now."""
        if said != self._said:
            before, self._said = self._said.plain.split("\n"), said
            now = said.plain.split("\n")
            # Where a line wraps, how many there are is not plain to see.
            wraps = any(cell_len(line) > self.content_size.width for line in (*before, *now))
            self.update(said, layout=wraps or len(before) != len(now))
