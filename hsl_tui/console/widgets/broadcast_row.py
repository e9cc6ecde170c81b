"""A broadcast as one line of the list."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, tzinfo
from typing import Final

from hsl_tui.console.widgets.columns import Cell, Column
from hsl_tui.console.wording import (
    BROADCAST_SIGNS,
    headline,
    moment,
    per_second,
    percent,
    short_moment,
    short_number,
)
from hsl_tui.models.enums import DeliveryStatus, Priority
from hsl_tui.services.throughput import Going

_BAR: Final = 10

COLUMNS: Final = (
    Column("#", 4, right=True),
    Column("State", 11),
    Column("Text", 12, flex=1),
    Column("When", 11, least=96),
    Column("Progress", _BAR, least=108),
    Column("Done", 4, right=True),
    Column("✓", 4, right=True),
    Column("✗", 4, right=True),
    Column("?", 4, right=True, least=66),
    Column("Rate, end", 13, right=True, least=72),
)


def cells(going: Going, zone: tzinfo, now: datetime) -> Sequence[Cell]:
    """What stands in its columns."""
    one = going.broadcast
    sign = BROADCAST_SIGNS[one.state]
    mark = "! " if one.priority is Priority.URGENT else ""
    failed, uncertain = one.counts[DeliveryStatus.FAILED], one.counts[DeliveryStatus.UNCERTAIN]
    when = one.scheduled_at or one.started_at or one.created_at
    return (
        Cell(str(one.id), "muted"),
        Cell(f"{sign.glyph} {one.state}", sign.tone),
        Cell(mark + headline(one)),
        Cell(moment(when, zone, now), "muted"),
        Cell(bar(percent(one), _BAR) if one.total_recipients else "", "muted"),
        Cell(f"{percent(one)}%" if one.total_recipients else ""),
        Cell(short_number(one.successful_deliveries)),
        Cell(short_number(failed), "bad" if failed else "muted"),
        Cell(short_number(uncertain), "warn" if uncertain else "muted"),
        Cell(_rate_and_end(going, zone, now), "plain" if going.rate else "muted"),
    )


def _rate_and_end(going: Going, zone: tzinfo, now: datetime) -> str:
    """How fast it goes and about when it will end, or when it ended, in at most 13 cells."""
    about = "" if going.ends_at is None else "≈"
    end = short_moment(going.ends_at or going.broadcast.finished_at, zone, now)
    return f"{per_second(going.rate)} {about}{end}".strip()


def bar(share: int, width: int) -> str:
    """So many percent of a line."""
    full = width * share // 100
    return "━" * full + "─" * (width - full)
