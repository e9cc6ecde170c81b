"""Times as operators write them."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hsl_tui.errors import InvalidInputError
from hsl_tui.services.times import parse_future, parse_time
from tests.conftest import NOON

BERLIN = ZoneInfo("Europe/Berlin")


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("2030-06-01T12:00Z", NOON),
        ("2030-06-01T12:00:00+00:00", NOON),
        ("2030-06-01T14:00", NOON),
        ("2030-06-01 14:00", NOON),
        ("  2030-06-01T14:00\n", NOON),
        ("20300601T140000", NOON),
        ("2030-06-01T17:45+05:45", NOON),
        ("2030-06-01T00:30-11:30", NOON),
        ("2030-01-01T13:00", datetime(2030, 1, 1, 12, tzinfo=UTC)),
        ("2030-06-01", datetime(2030, 5, 31, 22, tzinfo=UTC)),
        ("2030-06-01T14:00:00.000001", NOON + timedelta(microseconds=1)),
        ("2200-07-01T14:00", datetime(2200, 7, 1, 12, tzinfo=UTC)),
    ],
)
def test_a_time_without_an_offset_is_meant_in_the_zone(written: str, meant: datetime) -> None:
    read = parse_time(written, BERLIN)
    assert read == meant
    assert read.tzinfo is UTC


@pytest.mark.parametrize(
    ("written", "zone"),
    [
        ("2030-03-31T02:30", BERLIN),
        ("2030-03-31T02:00", BERLIN),
        ("2030-03-10T02:59:59", ZoneInfo("America/New_York")),
        ("2011-12-30T12:00", ZoneInfo("Pacific/Apia")),  # a whole day was left out
        ("2030-10-06T02:15", ZoneInfo("Australia/Lord_Howe")),  # half an hour was
    ],
)
def test_a_time_that_the_clocks_leap_over_is_refused(written: str, zone: ZoneInfo) -> None:
    with pytest.raises(InvalidInputError, match="does not exist") as caught:
        parse_time(written, zone)
    assert zone.key in str(caught.value)


def test_of_a_time_that_comes_twice_the_first_is_meant() -> None:
    assert parse_time("2030-10-27T02:30", BERLIN) == datetime(2030, 10, 27, 0, 30, tzinfo=UTC)
    # With its offset the second can be had.
    second = datetime(2030, 10, 27, 1, 30, tzinfo=UTC)
    assert parse_time("2030-10-27T02:30+01:00", BERLIN) == second


@pytest.mark.parametrize(
    "written",
    [
        "",
        "tomorrow",
        "12:00",
        "2030-02-30T12:00",
        "2030-06-01T25:00",
        "2030-06-01T12:00+99:00",
        "2030-06-01T12:00 Europe/Berlin",
        "1e9",
        "\ud800",
        "\N{FULLWIDTH DIGIT TWO}030-06-01",
        "10000-01-01",
        "9" * 5000,
    ],
)
def test_what_is_no_time_is_refused(written: str) -> None:
    with pytest.raises(InvalidInputError, match="is not a time"):
        parse_time(written, BERLIN)


@pytest.mark.parametrize("hours", [-14, 0, 14])
@pytest.mark.parametrize(
    "written", ["0001-01-01T00:00", "9999-12-31T23:59:59", "0001-01-01T00:00+14:00"]
)
def test_times_at_the_end_of_the_calendar_are_refused(written: str, hours: int) -> None:
    with pytest.raises(InvalidInputError, match="too far away"):
        parse_time(written, timezone(timedelta(hours=hours)))


@given(st.text())
def test_anything_is_a_time_or_refused(written: str) -> None:
    with suppress(InvalidInputError):
        assert parse_time(written, BERLIN).tzinfo is UTC


@given(
    st.datetimes(datetime(1900, 1, 1), datetime(2200, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001 - the bounds are naive by definition
    st.sampled_from([BERLIN, ZoneInfo("Pacific/Apia"), ZoneInfo("Asia/Kathmandu"), UTC]),
)
def test_what_is_shown_can_be_written_again(moment: datetime, zone: tzinfo) -> None:
    assert parse_time(moment.astimezone(zone).isoformat(), BERLIN) == moment


def test_only_what_is_still_to_come_can_be_planned() -> None:
    soon = parse_future("2030-06-01T12:00:00.000001Z", BERLIN, now=NOON)
    assert soon == NOON + timedelta(microseconds=1)
    for past in ("2030-06-01T14:00", "2030-06-01T12:00Z", "1999-01-01"):
        with pytest.raises(InvalidInputError, match=r"in the past.*14:00"):
            parse_future(past, BERLIN, now=NOON)
