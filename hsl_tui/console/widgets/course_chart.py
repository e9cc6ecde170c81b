"""How a broadcast went over time, drawn in blocks of an eighth of a line."""

from __future__ import annotations

from datetime import tzinfo
from typing import Final

from textual.content import Content

from hsl_tui.console.wording import per_second
from hsl_tui.services.throughput import Course

HEIGHT: Final = 2
"""Lines of bars."""

_EIGHTHS: Final = " ▁▂▃▄▅▆▇█"
_WIDEST: Final = 3
"""Cells of a bar at most: a broadcast of a minute need not fill the line."""


def chart(course: Course, width: int, zone: tzinfo) -> list[Content]:
    """Bars of outcomes a second, and below them from when to when and the highest.

    Args:
        width: cells; at least as many as there are stretches.
    """
    seconds = course.width.total_seconds()
    rates = [(one.sent + one.failed + one.uncertain) / seconds for one in course.stretches]
    highest = max(rates)
    wide = max(1, min(_WIDEST, width // len(rates)))
    bars = [_bar(rate / highest if highest else 0) for rate in rates]
    lines = ["".join(bar[line] * wide for bar in bars) for line in range(HEIGHT)]
    return [
        *(Content.styled(line, "$accent") for line in lines),
        Content.styled(_axis(course, highest, min(width, wide * len(rates)), width, zone), _MUTED),
    ]


_MUTED: Final = "$text-muted"


def _bar(share: float) -> tuple[str, ...]:
    """One bar, from its top line to its lowest; what is not nothing shows."""
    steps = len(_EIGHTHS) - 1
    height = round(share * steps * HEIGHT) or int(share > 0)
    return tuple(
        _EIGHTHS[max(0, min(steps, height - steps * line))] for line in reversed(range(HEIGHT))
    )


def _axis(course: Course, highest: float, bars: int, width: int, zone: tzinfo) -> str:
    begins, ends = (
        f"{at.astimezone(zone):%H:%M}" for at in (course.stretches[0].at, course.ends_at)
    )
    peak = f"at most {per_second(highest)}"
    room = max(bars, len(begins) + len(ends) + 1)
    middle = room - len(begins) - len(ends)
    if middle >= len(peak) + 2:
        return f"{begins}{peak:^{middle}}{ends}"
    axis = f"{begins}{' ' * middle}{ends}"
    return f"{axis}  {peak}" if len(axis) + 2 + len(peak) <= width else axis
