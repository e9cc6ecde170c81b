"""What is said of a text below it: its length, and its problems one after the other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from textual.content import Content
from textual.widgets import Static

from hsl_tui.console.terminal_text import terminal_text
from hsl_tui.console.wording import number

NEXT_KEY: Final = "f7"

_SHOWN: Final = 3
"""Problems at a time; there may be a hundred."""


@dataclass(frozen=True, slots=True)
class Problem:
    """Why Telegram would refuse a text, or what it would show otherwise than was meant.

    Attributes:
        line: from 1, where there is one place to mend.
        column: in characters, likewise.
    """

    message: str
    line: int | None = None
    column: int | None = None


class Verdict(Static):
    """Shows the problems from the chosen one on."""

    def __init__(
        self,
        *,
        id: str | None = None,  # noqa: A002 - the name that every widget has for it
    ) -> None:
        super().__init__(id=id, markup=False)
        self._length = Content("")
        self._problems: Sequence[Problem] = ()
        self._taken = False
        self._at: int | None = None
        """Which of the problems the caret was led to."""

    def tell(self, length: str, problems: Sequence[Problem], *, taken: bool) -> None:
        """Say what came of reading the text.

        Args:
            taken: whether Telegram will take it, and the problems are only to be warned of.
        """
        if tuple(problems) != self._problems:
            self._at = None
        self._problems, self._taken = tuple(problems), taken
        self._length = Content("")
        if taken:
            self._length = Content.assemble(("✓ ", "$text-success"), length)
        elif not problems:
            self._length = Content.styled("Nothing yet", "$text-muted")
        self._draw()

    def note(self, said: str) -> None:
        """Add something to the length, until the text is read anew."""
        self.update(Content.assemble(self._said(), (f"  {said}", "$text-muted")))

    def next(self) -> Problem | None:
        """Choose the problem after the one that is chosen, round the end; None without any."""
        if not self._problems:
            return None
        self._at = 0 if self._at is None else (self._at + 1) % len(self._problems)
        self._draw()
        return self._problems[self._at]

    def _draw(self) -> None:
        if self.content != (said := self._said()):
            self.update(said)

    def _said(self) -> Content:
        first = self._at or 0
        shown = range(first, min(first + _SHOWN, len(self._problems)))
        lines = [*map(self._line, shown)]
        if self._length:
            # What one was led to comes first: what is below may find no room.
            lines.insert(0 if self._at is None else 1, self._length)
        if any(one.line is not None for one in self._problems):
            lines[0] = Content.assemble(lines[0], (f"  {self._hint()}", "$text-muted"))
        return Content("\n").join(lines)

    def _hint(self) -> str:
        key, problems = NEXT_KEY.upper(), len(self._problems)
        return f"{key} goes there" if problems == 1 else f"{key}: {number(problems)} problems"

    def _line(self, at: int) -> Content:
        problem = self._problems[at]
        glyph, tone = ("!", "$text-warning") if self._taken else ("✗", "$text-error")
        if at == self._at:
            glyph = "▸"
        place = ""
        if problem.line is not None:
            place = f"line {problem.line}, column {problem.column}: "
        return Content.styled(f"{glyph} {place}{terminal_text(problem.message)}", tone)
