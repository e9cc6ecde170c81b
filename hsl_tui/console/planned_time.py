"""A time that is planned for, as a form and a review show it."""

from __future__ import annotations

from datetime import UTC, datetime, tzinfo

from hsl_tui.console.wording import duration, zone_name


def planned(at: datetime, zone: tzinfo, now: datetime) -> str:
    """In the operator's zone, in UTC, and from now: ``Tue 1 Dec 09:00 CET = 08:00 UTC, in 2 h``."""
    local, utc, today = at.astimezone(zone), at.astimezone(UTC), now.astimezone(zone)
    said = f"{_day(local, today)} {local:%H:%M} {zone_name(local)}"
    if local.utcoffset():
        day = "" if local.date() == utc.date() else f"{_day(utc, today)} "
        said += f" = {day}{utc:%H:%M} UTC"
    return f"{said}, in {duration(at - now)}"


def _day(moment: datetime, today: datetime) -> str:
    year = "" if moment.year == today.year else f" {moment.year}"
    return f"{moment:%a} {moment.day} {moment:%b}{year}"
