"""An audience while it is put together: which selectors add and which take away."""

from __future__ import annotations

from dataclasses import replace
from typing import Final, Literal

from hsl_tui.errors import SelectorError
from hsl_tui.models.selector import Selector, SelectorKind, join_selectors, read_line

Sign = Literal["+", "-", " "]

EVERYONE: Final = Selector.of(SelectorKind.ALL)


class AudienceChoice:
    """Begins with what stands in the form.

    Attributes:
        selectors: in the order in which they were chosen.
        met: all that were ever chosen here, as ones that add: none vanishes when it is neither.
        unread: words of the form that are no selectors.
    """

    def __init__(self, line: str) -> None:
        self.selectors: list[Selector] = []
        self.met: list[Selector] = []
        self.unread: list[str] = []
        for word, one in read_line(line):
            if isinstance(one, SelectorError):
                self.unread.append(word)
            elif one not in self.selectors:
                self._choose(one)

    @property
    def line(self) -> str:
        """As the form takes it."""
        return join_selectors(self.selectors)

    @property
    def words(self) -> list[str]:
        """As services take them."""
        return [str(one) for one in self.selectors]

    def sign(self, of: Selector) -> Sign:
        """Whether what it picks is added or taken away, or neither."""
        if replace(of, exclude=True) in self.selectors:
            return "-"
        return "+" if replace(of, exclude=False) in self.selectors else " "

    def step(self, of: Selector) -> None:
        """Add what it picks, then take it away, then neither; from everyone first take away."""
        added, taken = replace(of, exclude=False), replace(of, exclude=True)
        order: list[Selector | None] = [None, added, taken]
        if added == EVERYONE:
            order = [None, added]
        elif EVERYONE in self.selectors:
            order = [None, taken, added]
        now = {"+": added, "-": taken, " ": None}[self.sign(of)]
        following = order[(order.index(now) + 1) % len(order)] if now in order else None
        self.selectors = [one for one in self.selectors if one not in {added, taken}]
        if following is not None:
            self._choose(following)

    def _choose(self, one: Selector) -> None:
        self.selectors.append(one)
        if (plain := replace(one, exclude=False)) not in self.met:
            self.met.append(plain)
