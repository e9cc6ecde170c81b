"""Times as operators write and read them: ISO 8601, or a few words."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import MAXYEAR, MINYEAR, UTC, date, datetime, time, timedelta, tzinfo
from typing import Final

from hsl_tui.errors import InvalidInputError

FORMS: Final = "tomorrow 9:00, mon 9:00, in 2 h, 2026-12-01 09:00, 2026-12-01T09:00+01:00"
"""One of each form, as help texts list them."""

_ISO_FORMS: Final = "2026-12-01T09:00 or 2026-12-01T09:00+01:00"
_DAYS: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_SHORTEST_DAY: Final = 3
_IN: Final = re.compile(r"in ((?:[0-9]{1,6} ?[a-z]+ ?)+)")
_SPAN: Final = re.compile(r"([0-9]+) ?([a-z]+)")
_DAY_AND_TIME: Final = re.compile(r"([a-z]+) (?:at )?([0-9]{1,2}):([0-9]{2})")
_SHORT_HOUR: Final = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})[ t]([0-9]:[0-9]{2})")
_UNITS: Final = {
    "minutes": ("m", "min", "mins", "minute", "minutes"),
    "hours": ("h", "hour", "hours"),
    "days": ("d", "day", "days"),
    "weeks": ("w", "week", "weeks"),
}
_MICROSECOND: Final = timedelta(microseconds=1)
_SHOWN: Final = 60


@dataclass(frozen=True, slots=True)
class ReadTime:
    """A time as it was understood, both in UTC.

    Attributes:
        twin: another moment at which the clocks show the same, on the night when they go back;
            None where what was written can mean one moment only.
    """

    moment: datetime
    twin: datetime | None = None


def parse_time(written: str, zone: tzinfo) -> datetime:
    """Read an ISO 8601 time; without an offset it is meant in ``zone``.

    Returns:
        The moment in UTC; of a time that comes twice the first.

    Raises:
        InvalidInputError: it is no time, or one that the zone's clocks leap over.
    """
    return _read_iso(written, zone, forms=_ISO_FORMS).moment


def read_time(written: str, zone: tzinfo, *, now: datetime) -> ReadTime:
    """Read a time in words or as ISO 8601, past or to come.

    Words are ``today 18:30``, ``tomorrow 9:00``, a day of the week with a time (the next to come),
    and ``in 90 min`` with minutes, hours, days and weeks; days and weeks keep the time of day. Of
    a time that comes twice, the first that is still to come is meant.

    Raises:
        InvalidInputError: it is no time, or one that the zone's clocks leap over.
    """
    read = _read_words(" ".join(written.lower().split()), written, zone, now)
    if read is None:
        read = _read_iso(written, zone, forms=FORMS)
    if read.twin is not None and read.moment <= now < read.twin:
        return ReadTime(read.twin, read.moment)
    return read


def read_future(written: str, zone: tzinfo, *, now: datetime) -> ReadTime:
    """Read a time for which something can still be planned, as :func:`read_time` does.

    Raises:
        InvalidInputError: it is no time, one that the zone's clocks leap over, or in the past.
    """
    read = read_time(written, zone, now=now)
    if read.moment <= now:
        shown = now.astimezone(zone).isoformat(" ", "minutes")
        msg = (
            f"{_shown(written)} is in the past (it is {shown} now); leave the time out to send at"
            " once."
        )
        raise InvalidInputError(msg)
    return read


def explain_twin(read: ReadTime, zone: tzinfo) -> str:
    """Which of two moments is meant when the clocks go back, and how to write the other.

    Empty where there is no other.
    """
    if read.twin is None:
        return ""
    which, other = ("first", "second") if read.moment < read.twin else ("second", "first")
    local, twin = read.moment.astimezone(zone), read.twin.astimezone(zone)
    return (
        f"{local:%H:%M} comes twice that night, for the clocks go back: this is the {which};"
        f" write {twin.isoformat(timespec='minutes')} for the {other}."
    )


def _read_words(words: str, written: str, zone: tzinfo, now: datetime) -> ReadTime | None:
    """None where they are none of ours."""
    if spans := _IN.fullmatch(words):
        return _read_span(spans[1], written, zone, now)
    if short := _SHORT_HOUR.fullmatch(words):
        return _read_iso(f"{short[1]}T0{short[2]}", zone, forms=FORMS)
    found = _DAY_AND_TIME.fullmatch(words)
    if found is None:
        return None
    day, clock = _find_day(found[1], now.astimezone(zone).date()), _clock(found[2], found[3])
    if day is None or clock is None:
        return None
    read = _read_local(datetime.combine(day, clock), written, zone)
    if found[1] not in {"today", "tomorrow"} and max(read.moment, read.twin or now) <= now:
        next_one = _later(datetime.combine(day, clock), timedelta(weeks=1), written)
        read = _read_local(next_one, written, zone)
    return read


def _find_day(word: str, today: date) -> date | None:
    if word == "today":
        return today
    days = 1 if word == "tomorrow" else _days_until(word, today)
    try:
        return None if days is None else today + timedelta(days=days)
    except OverflowError:
        return None


def _days_until(word: str, today: date) -> int | None:
    for at, name in enumerate(_DAYS):
        if len(word) >= _SHORTEST_DAY and name.startswith(word):
            return (at - today.weekday()) % 7
    return None


def _clock(hour: str, minute: str) -> time | None:
    try:
        return time(int(hour), int(minute))
    except ValueError:
        return None


def _read_span(spans: str, written: str, zone: tzinfo, now: datetime) -> ReadTime | None:
    amounts = dict.fromkeys(_UNITS, 0)
    for number, word in _SPAN.findall(spans):
        unit = next((name for name, words in _UNITS.items() if word in words), None)
        if unit is None:
            return None
        amounts[unit] += int(number)
    days = timedelta(days=amounts["days"], weeks=amounts["weeks"])
    exact = timedelta(minutes=amounts["minutes"], hours=amounts["hours"])
    read = ReadTime(now)
    if days:
        local = _later(now.astimezone(zone).replace(tzinfo=None, fold=0), days, written)
        read = _read_local(local, written, zone)
    if exact:
        return ReadTime(_in_utc(_later(read.moment, exact, written), written))
    return read


def _later(moment: datetime, by: timedelta, written: str) -> datetime:
    try:
        return moment + by
    except OverflowError:
        raise InvalidInputError(f"{_shown(written)} is too far away.") from None


def _read_iso(written: str, zone: tzinfo, *, forms: str) -> ReadTime:
    try:
        moment = datetime.fromisoformat(written.strip())
    except ValueError:
        msg = f"{_shown(written)} is not a time; write it like {forms}."
        raise InvalidInputError(msg) from None
    if moment.tzinfo is not None:
        return ReadTime(_in_utc(moment, written))
    return _read_local(moment, written, zone)


def _read_local(wall: datetime, written: str, zone: tzinfo) -> ReadTime:
    """What the zone's clocks show at ``wall``, which has no zone of its own."""
    utc = _in_utc(wall.replace(tzinfo=zone, fold=0), written)
    twin = _in_utc(wall.replace(tzinfo=zone, fold=1), written)
    if utc.astimezone(zone).replace(tzinfo=None, fold=0) != wall.replace(fold=0):
        raise InvalidInputError(_explain_gap(written, zone, twin, utc))
    return ReadTime(utc, twin if twin != utc else None)


def _explain_gap(written: str, zone: tzinfo, before: datetime, after: datetime) -> str:
    """What to write instead of a time that the clocks leap over, at a moment between these."""
    old = before.astimezone(zone).utcoffset()
    while after - before > _MICROSECOND:
        middle = before + (after - before) / 2
        if middle.astimezone(zone).utcoffset() == old:
            before = middle
        else:
            after = middle
    last = (after - timedelta(minutes=1)).astimezone(zone).replace(tzinfo=None)
    first = after.astimezone(zone).replace(tzinfo=None)
    return (
        f"{_shown(written)} does not exist in {zone}: the clocks go forward over it. The nearest"
        f" times are {last.isoformat(' ', 'minutes')} and {first.isoformat(' ', 'minutes')}."
    )


def _in_utc(moment: datetime, written: str) -> datetime:
    try:
        utc = moment.astimezone(UTC)
    except (OverflowError, ValueError):
        utc = datetime.max.replace(tzinfo=UTC)
    if utc.year in {MINYEAR, MAXYEAR}:  # in some zone it would be beyond what can be shown
        raise InvalidInputError(f"{_shown(written)} is too far away.")
    return utc


def _shown(written: str) -> str:
    return repr(written if len(written) <= _SHOWN else f"{written[:_SHOWN]}…")
