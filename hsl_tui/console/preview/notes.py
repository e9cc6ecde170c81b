"""Where the links of a message lead, as numbered lines beneath it: what an operator must check."""

from __future__ import annotations

from typing import Final

from textual.content import Content

from hsl_tui.console.terminal_text import terminal_text

_RAISED: Final = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")


class Notes:
    """Numbers addresses in the order in which they are met, each once."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}

    def mark(self, address: str) -> str:
        """The raised number that stands behind what leads to the address."""
        return _raised(self._numbers.setdefault(address, len(self._numbers) + 1))

    def lines(self, width: int) -> list[Content]:
        """All addresses in full, one after the other."""
        lines = []
        for address, number in self._numbers.items():
            mark = _raised(number)
            wrapped = Content(terminal_text(address)).wrap(width - len(mark) - 1)
            for at, line in enumerate(wrapped):
                head = mark if at == 0 else " " * len(mark)
                lines.append(Content.assemble(head, " ", line).stylize_before("$text-muted"))
        return lines


def _raised(number: int) -> str:
    return str(number).translate(_RAISED)
