"""Times as operators write them."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime, time, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hsl_tui.errors import InvalidInputError
from hsl_tui.services.times import ReadTime, explain_twin, parse_time, read_future, read_time
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
    soon = read_future("2030-06-01T12:00:00.000001Z", BERLIN, now=NOON)
    assert soon == ReadTime(NOON + timedelta(microseconds=1))
    for past in ("2030-06-01T14:00", "2030-06-01T12:00Z", "1999-01-01", "today 13:59", "in 0 h"):
        with pytest.raises(InvalidInputError, match=r"in the past.*14:00"):
            read_future(past, BERLIN, now=NOON)


# Noon is 14:00 on a Saturday in Berlin.
@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("today 18:30", "2030-06-01T18:30"),
        ("Today at 18:30", "2030-06-01T18:30"),
        ("tomorrow 9:00", "2030-06-02T09:00"),
        ("  TOMORROW   09:00 ", "2030-06-02T09:00"),
        ("sat 14:01", "2030-06-01T14:01"),
        ("sat 14:00", "2030-06-08T14:00"),
        ("saturday 9:00", "2030-06-08T09:00"),
        ("mon 9:00", "2030-06-03T09:00"),
        ("Monday 9:00", "2030-06-03T09:00"),
        ("fri at 0:00", "2030-06-07T00:00"),
        ("in 90 min", "2030-06-01T15:30"),
        ("in 2 h", "2030-06-01T16:00"),
        ("in 2h", "2030-06-01T16:00"),
        ("in 1 h 30 min", "2030-06-01T15:30"),
        ("in 1 week 2 days 1 hour", "2030-06-10T15:00"),
        ("2030-12-01 9:00", "2030-12-01T09:00"),
        ("2030-12-01 09:00", "2030-12-01T09:00"),
        ("2030-12-01T09:00+01:00", "2030-12-01T09:00"),
    ],
)
def test_a_time_in_words_means_what_its_iso_form_means(written: str, meant: str) -> None:
    assert read_time(written, BERLIN, now=NOON) == ReadTime(parse_time(meant, BERLIN))


@pytest.mark.parametrize(
    "written",
    [
        "tomorrow",
        "tomorrow 9",
        "tomorrow 24:00",
        "tomorrow 9:60",
        "someday 9:00",
        "mo 9:00",
        "mont 9:00",
        "9:00",
        "in",
        "in h",
        "in 2",
        "in 2 moons",
        "in -2 h",
        "in 2 h ago",
        "in \N{FULLWIDTH DIGIT TWO} h",
        "2030-12-01 9:77",
    ],
)
def test_words_that_are_no_time_are_refused_with_the_forms_that_are(written: str) -> None:
    with pytest.raises(InvalidInputError, match=r"is not a time; .*tomorrow 9:00.*in 2 h"):
        read_time(written, BERLIN, now=NOON)
    with pytest.raises(InvalidInputError, match=r"is not a time; write it like 2026"):
        parse_time(written, BERLIN)


@pytest.mark.parametrize("written", ["in 999999 weeks", "in 999999 weeks 999999 weeks"])
def test_what_is_beyond_the_calendar_is_refused(written: str) -> None:
    with pytest.raises(InvalidInputError, match="too far away"):
        read_time(written, BERLIN, now=NOON)


def test_days_keep_the_time_of_day_and_hours_do_not() -> None:
    # The clocks go forward on 31 March, at 2:00.
    evening = datetime(2030, 3, 30, 12, tzinfo=UTC)
    assert read_time("in 1 day", BERLIN, now=evening).moment == datetime(
        2030, 3, 31, 11, tzinfo=UTC
    )
    assert read_time("in 24 h", BERLIN, now=evening).moment == datetime(2030, 3, 31, 12, tzinfo=UTC)


@pytest.mark.parametrize("written", ["tomorrow 2:30", "sun 2:30", "2030-03-31 02:30"])
def test_a_leapt_over_time_is_refused_with_the_nearest_that_there_are(written: str) -> None:
    evening = datetime(2030, 3, 30, 12, tzinfo=UTC)
    with pytest.raises(InvalidInputError) as caught:
        read_time(written, BERLIN, now=evening)
    assert "does not exist in Europe/Berlin" in str(caught.value)
    assert "nearest times are 2030-03-31 01:59 and 2030-03-31 03:00" in str(caught.value)
    for near in ("2030-03-31 01:59", "2030-03-31 03:00"):
        assert read_future(near, BERLIN, now=evening).moment > evening


def test_of_a_time_that_comes_twice_it_is_said_which_is_meant() -> None:
    first, second = (datetime(2030, 10, 27, hour, 30, tzinfo=UTC) for hour in (0, 1))
    read = read_future("tomorrow 2:30", BERLIN, now=datetime(2030, 10, 26, 12, tzinfo=UTC))
    assert read == ReadTime(first, second)
    said = explain_twin(read, BERLIN)
    assert "02:30 comes twice that night" in said
    assert "this is the first; write 2030-10-27T02:30+01:00 for the second" in said
    assert parse_time("2030-10-27T02:30+01:00", BERLIN) == second
    # Once the first is past, the other is meant.
    between = datetime(2030, 10, 27, 1, 0, tzinfo=UTC)
    read = read_future("today 2:30", BERLIN, now=between)
    assert read == ReadTime(second, first)
    assert "this is the second; write 2030-10-27T02:30+02:00" in explain_twin(read, BERLIN)
    assert explain_twin(ReadTime(first), BERLIN) == ""


_NOWS = st.datetimes(datetime(1975, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - the bounds are naive by definition
_ZONES = st.sampled_from(
    [
        BERLIN,
        ZoneInfo("Pacific/Apia"),
        ZoneInfo("Australia/Lord_Howe"),
        ZoneInfo("America/New_York"),
    ]
)
_WORDS = st.sampled_from(
    "tomorrow today mon friday in at min h days week 9:00 02:30 2 90".split()  # noqa: SIM905 - reads better than fourteen quoted words
)


@given(st.one_of(st.text(), st.lists(_WORDS).map(" ".join)), _ZONES, _NOWS)
def test_anything_is_a_time_in_words_or_refused(
    written: str, zone: ZoneInfo, now: datetime
) -> None:
    with suppress(InvalidInputError):
        read = read_time(written, zone, now=now)
        assert read.moment.tzinfo is UTC
        explain_twin(read, zone)


@given(
    st.sampled_from(["today", "tomorrow", "mon", "tue", "wed", "thu", "fri", "sat", "sunday"]),
    st.times(),
    _ZONES,
    _NOWS,
)
def test_a_day_and_a_time_are_what_the_clocks_then_show(
    day: str, clock: time, zone: ZoneInfo, now: datetime
) -> None:
    with suppress(InvalidInputError):  # leapt over
        read = read_time(f"{day} {clock:%H:%M}", zone, now=now)
        for moment in (read.moment, read.twin or read.moment):
            local = moment.astimezone(zone)
            assert f"{local:%H:%M}" == f"{clock:%H:%M}"
            assert day in {"today", "tomorrow"} or f"{local:%A}".lower().startswith(day)
        if day not in {"today", "tomorrow"}:
            assert now < read.moment <= now + timedelta(days=8, hours=1)


@given(st.integers(0, 9999), st.integers(0, 9999), _ZONES, _NOWS)
def test_a_span_is_as_long_as_it_says(
    hours: int, minutes: int, zone: ZoneInfo, now: datetime
) -> None:
    read = read_time(f"in {hours} h {minutes} min", zone, now=now)
    assert read.moment == now + timedelta(hours=hours, minutes=minutes)
