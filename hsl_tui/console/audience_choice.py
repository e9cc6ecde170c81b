"""An audience while it is put together: which selectors add and which take away."""

from __future__ import annotations

from dataclasses import replace
from typing import Final, Literal

from hsl_tui.errors import InvalidInputError
from hsl_tui.models.selector import (
    Selector,
    SelectorKind,
    join_selectors,
    parse_selector,
    split_selectors,
)

Sign = Literal["+", "-", " "]

EVERYONE: Final = Selector(SelectorKind.ALL)


class AudienceChoice:
    """Begins with what stands in the form.

    Attributes:
        selectors: in the order in which they were chosen.
        unread: words of the form that are no selectors.
    """

    def __init__(self, line: str) -> None:
        self.selectors: list[Selector] = []
        self.unread: list[str] = []
        for word in split_selectors(line):
            try:
                one = parse_selector(word)
            except InvalidInputError:
                self.unread.append(word)
            else:
                if one not in self.selectors:
                    self.selectors.append(one)

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
        if EVERYONE in self.selectors and of.kind is not SelectorKind.ALL:
            order = [None, taken, added]
        elif of.kind is SelectorKind.ALL:
            order = [None, added]
        now = {"+": added, "-": taken, " ": None}[self.sign(of)]
        following = order[(order.index(now) + 1) % len(order)] if now in order else None
        self.selectors = [one for one in self.selectors if one not in {added, taken}]
        if following is not None:
            self.selectors.append(following)
