"""The time zone in which an operator reads and writes times; what is stored is always UTC."""

from __future__ import annotations

import difflib
from datetime import UTC, datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones


def find_zone(name: str) -> ZoneInfo:
    """The zone of this name, such as ``Europe/Berlin``.

    Raises:
        ValueError: There is none; the message names the nearest one where there is one.
    """
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        known = {zone.lower(): zone for zone in available_timezones()}
        near = difflib.get_close_matches(name.lower(), known, n=1)
        hint = f"did you mean {known[near[0]]!r}?" if near else "try one like 'Europe/Berlin'"
        raise ValueError(f"no time zone has this name; {hint}") from error


class SystemZone(tzinfo):
    """The zone this machine is set to (``TZ``, ``/etc/localtime``), with its summer time.

    ``datetime.now().astimezone().tzinfo`` would freeze today's offset and be an hour off for a
    broadcast planned beyond the next change of the clocks.
    """

    def __str__(self) -> str:
        return "this machine's time zone"

    def utcoffset(self, moment: datetime | None, /) -> timedelta | None:
        return None if moment is None else _as_local(moment).utcoffset()

    def tzname(self, moment: datetime | None, /) -> str | None:
        return None if moment is None else _as_local(moment).tzname()

    def dst(self, _moment: datetime | None, /) -> timedelta | None:
        return None

    def fromutc(self, moment: datetime, /) -> datetime:
        local = moment.replace(tzinfo=UTC).astimezone()
        wall = local.replace(tzinfo=self, fold=0)
        # In the hour that happens twice a year twice, fold says which of the two is meant.
        return wall if wall.utcoffset() == local.utcoffset() else wall.replace(fold=1)


def _as_local(moment: datetime) -> datetime:
    return moment.replace(tzinfo=None).astimezone()
