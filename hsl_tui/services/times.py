"""Times as operators write and read them."""

from __future__ import annotations

from datetime import MAXYEAR, MINYEAR, UTC, datetime, tzinfo

from hsl_tui.errors import InvalidInputError


def parse_time(written: str, zone: tzinfo) -> datetime:
    """Read an ISO 8601 time; without an offset it is meant in ``zone``.

    Returns:
        The moment in UTC.

    Raises:
        InvalidInputError: it is no time, or one that the zone's clocks leap over.
    """
    try:
        moment = datetime.fromisoformat(written.strip())
    except ValueError:
        msg = (
            f"{written!r} is not a time; write it like 2026-12-01T09:00 or 2026-12-01T09:00+01:00."
        )
        raise InvalidInputError(msg) from None
    if moment.tzinfo is not None:
        return _in_utc(moment, written)
    local = moment.replace(tzinfo=zone)
    utc = _in_utc(local, written)
    if utc.astimezone(zone).replace(tzinfo=None) != moment:
        msg = f"{written!r} does not exist in {zone}: the clocks go forward over it."
        raise InvalidInputError(msg)
    return utc


def parse_future(written: str, zone: tzinfo, *, now: datetime) -> datetime:
    """Read a time for which something can still be planned.

    Raises:
        InvalidInputError: it is no time, or in the past.
    """
    moment = parse_time(written, zone)
    if moment <= now:
        shown = now.astimezone(zone).isoformat(" ", "minutes")
        msg = f"{written!r} is in the past (it is {shown} now); leave the time out to send at once."
        raise InvalidInputError(msg)
    return moment


def _in_utc(moment: datetime, written: str) -> datetime:
    try:
        utc = moment.astimezone(UTC)
    except (OverflowError, ValueError):
        utc = datetime.max.replace(tzinfo=UTC)
    if utc.year in {MINYEAR, MAXYEAR}:  # in some zone it would be beyond what can be shown
        raise InvalidInputError(f"{written!r} is too far away.")
    return utc
