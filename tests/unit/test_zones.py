"""The operator's zone keeps its summer time, also when it is the machine's own."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from hsl_tui.zones import SystemZone, find_zone

BERLIN = ZoneInfo("Europe/Berlin")


@pytest.fixture
def _machine_in_berlin(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with monkeypatch.context() as patch:
        patch.setenv("TZ", "Europe/Berlin")
        time.tzset()
        yield
    time.tzset()


@pytest.mark.usefixtures("_machine_in_berlin")
@pytest.mark.parametrize("day", range(0, 366, 7))
def test_the_systems_zone_agrees_with_the_zone_of_that_name(day: int) -> None:
    moment = datetime(2026, 1, 1, 12, 30, tzinfo=UTC) + timedelta(days=day)
    ours, theirs = moment.astimezone(SystemZone()), moment.astimezone(BERLIN)
    assert ours.isoformat() == theirs.isoformat()
    assert ours.tzname() == theirs.tzname()
    assert ours.astimezone(UTC) == moment


@pytest.mark.usefixtures("_machine_in_berlin")
def test_the_hour_that_comes_twice_is_told_apart() -> None:
    for minutes in range(-90, 120, 15):
        moment = datetime(2026, 10, 25, 0, 45, tzinfo=UTC) + timedelta(minutes=minutes)
        there = moment.astimezone(SystemZone())
        assert there.isoformat() == moment.astimezone(BERLIN).isoformat()
        assert there.astimezone(UTC) == moment


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("Europe/Berlim", "did you mean 'Europe/Berlin'"),
        ("europe", "did you mean 'Europe/"),
        ("Europe", "did you mean 'Europe/"),
        ("/etc/passwd", "no time zone has this name"),
        ("../../etc/passwd", "no time zone has this name"),
        ("qqq", "try one like 'Europe/Berlin'"),
        ("a\0b", "no time zone has this name"),
    ],
)
def test_an_unknown_zone_is_refused_with_the_nearest(name: str, hint: str) -> None:
    with pytest.raises(ValueError, match=hint):
        find_zone(name)
