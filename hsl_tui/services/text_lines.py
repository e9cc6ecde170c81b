"""A text's lines, each of bounded length, wherever its pieces end."""

from __future__ import annotations

import io
from collections import deque
from collections.abc import Iterator
from itertools import islice
from typing import Final

LONGEST_LINE: Final = 100_000
"""Characters. Below the limit of Python's csv."""


class Lines:
    r"""Lines with their ends (``\n``, ``\r\n`` or ``\r``), numbered from 1.

    One that is too long is cut, and still too long. A few pieces are in memory at a time.
    """

    def __init__(self, pieces: Iterator[str]) -> None:
        self._pieces = pieces
        self._rest = ""
        self._waiting: deque[str] = deque()
        self._ended = False
        self.number = 0
        """That of the last line that was taken; how many were, therefore."""

    def take(self) -> str | None:
        """The next line; None behind the last one."""
        if not self._waiting and not self._refill():
            return None
        self.number += 1
        return self._waiting.popleft()

    def give_back(self, lines: list[str]) -> None:
        """Have lines that were taken come again."""
        self._waiting.extendleft(reversed(lines))
        self.number -= len(lines)

    def peek(self, count: int) -> list[str]:
        """So many of the next lines, without taking them; fewer at the end."""
        while len(self._waiting) < count and self._refill():
            pass
        return list(islice(self._waiting, count))

    def skip(self, count: int) -> None:
        """Take so many lines that were looked at."""
        for _ in range(count):
            self._waiting.popleft()
        self.number += count

    def _refill(self) -> bool:
        """Read on until there is another line; whether there is."""
        before = len(self._waiting)
        while len(self._waiting) == before and not self._ended:
            piece = next(self._pieces, "")
            self._ended = not piece
            lines = io.StringIO(self._rest + piece, newline="").readlines()
            # Its end may be in the next piece; so may be the second half of its end.
            self._rest = lines.pop() if lines and not self._ended else ""
            if len(self._rest) > LONGEST_LINE and not self._rest.endswith("\r"):
                self._rest = self._rest[: LONGEST_LINE + 1]
            self._waiting.extend(lines)
        return len(self._waiting) > before
