"""Dates in a message, as Telegram writes them for who reads it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final

from hsl_tui.console.wording import plural

_UNITS: Final = (
    (timedelta(days=365), "year"),
    (timedelta(days=30), "month"),
    (timedelta(days=1), "day"),
    (timedelta(hours=1), "hour"),
    (timedelta(minutes=1), "minute"),
    (timedelta(seconds=1), "second"),
)


def written_date(unix_time: int, letters: str, now: datetime) -> str | None:
    """A moment in the Bot API's format ``r|w?[dD]?[tT]?``, in the zone of ``now``.

    Returns:
        None for a format without letters, where the text stays, and for what no calendar holds.
    """
    try:
        moment = datetime.fromtimestamp(unix_time, UTC).astimezone(now.tzinfo)
    except (ValueError, OverflowError, OSError):
        return None
    if "r" in letters:
        return _relative(moment - now)
    parts = [
        word
        for letter, word in (
            ("w", f"{moment:%A}"),
            ("t", f"{moment:%H:%M}"),
            ("T", f"{moment:%H:%M:%S}"),
            ("d", f"{moment:%d.%m.%y}"),
            ("D", f"{moment:%B} {moment.day}, {moment.year}"),
        )
        if letter in letters
    ]
    return ", ".join(parts) or None


def _relative(span: timedelta) -> str:
    for unit, noun in _UNITS:
        if abs(span) >= unit:
            count = plural(abs(span) // unit, noun)
            return f"in {count}" if span > timedelta(0) else f"{count} ago"
    return "now"
