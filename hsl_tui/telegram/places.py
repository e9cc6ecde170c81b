"""Where in a text something stands: for errors, which TDLib names without saying their place."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from typing import Final

from hsl_tui.telegram import tdlib

_LINE_END: Final = re.compile(r"\r\n?|\n")
_BYTE_OFFSET: Final = re.compile(r"at byte offset (\d+)")
_UNCLOSED: Final = re.compile(r'corresponding to start tag "([^"]+)"')
_END_TAG: Final = re.compile(r"</[^>]*>")
_CHECKED_LATE: Final = re.compile(r"<(?:tg-emoji|tg-time)(?=[\s>])", re.IGNORECASE)
"""Tags whose attributes TDLib refuses without a place, when it comes to their end."""
_SURROGATE: Final = re.compile(r"&#(?:x0*d[89a-f]..|0*5[5-7]\d\d\d);?", re.IGNORECASE)
_MOST_START_TAGS_TRIED: Final = 50


def line_and_column(source: str, index: int) -> tuple[int, int]:
    """Both from 1, the column in characters."""
    starts = _line_starts(source)
    line = bisect_right(starts, index)
    return line, index - starts[line - 1] + 1


def index_of(source: str, line: int, column: int) -> int:
    """The other way round."""
    return _line_starts(source)[line - 1] + column - 1


def _line_starts(source: str) -> list[int]:
    return [0, *(match.end() for match in _LINE_END.finditer(source))]


def place_of_error(message: str, source: str) -> int | None:
    """Index in ``source`` of what TDLib's message is about, where it can be told."""
    offset = _BYTE_OFFSET.search(message)
    if offset:
        return len(source.encode()[: int(offset[1])].decode(errors="ignore"))
    unclosed = _UNCLOSED.search(message)
    if unclosed is not None:
        tag = re.compile(rf"<{re.escape(unclosed[1])}(?=[\s>])", re.IGNORECASE)
        return _last_start(message, source, tag)
    for reference in _SURROGATE.finditer(source):
        if _fails(message, reference[0]):
            return reference.start()
    # It is met at the end of its tag: the text up to there is the shortest that fails so.
    ends = [match.end() for match in _END_TAG.finditer(source)]
    first = bisect_left(ends, 1, key=lambda end: _fails(message, source[:end]))
    return _last_start(message, source[: ends[first]], _CHECKED_LATE) if ends[first:] else None


def _last_start(message: str, source: str, tag: re.Pattern[str]) -> int | None:
    """The last of the start tags from which on the rest of the text fails in the same way."""
    starts = [match.start() for match in tag.finditer(source)]
    for start in starts[: -_MOST_START_TAGS_TRIED - 1 : -1]:
        if _fails(message, source[start:]):
            return start
    return None


def _fails(message: str, source: str) -> bool:
    return bool(tdlib.parse(source).get("message") == message)
