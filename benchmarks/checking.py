"""How long it takes to see whether a text comes out well for a whole audience."""

from __future__ import annotations

import time
from typing import Final

from benchmarks import bench_setup
from hsl_tui.models.selector import parse_selectors
from hsl_tui.models.views import Person
from hsl_tui.services.audience_check import check_audience
from hsl_tui.store.database import Database
from hsl_tui.telegram.markup import check_text
from hsl_tui.telegram.rendering import compile_template

PEOPLE: Final = 100_000
TEXTS: Final = {
    "short": bench_setup.TEXT,
    "long": (
        '<b>Dear {{ first_name or "friend" }}</b>,\n'
        + "there is <i>news</i> &amp; more on <a href='https://example.org/'>our page</a>. " * 40
        + "{% if last_name %}Yours, {{ last_name }}{% endif %}"
    ),
    # What of it goes out depends on the values themselves: it is made up for each.
    "each": "<b>Hello</b> {{ first_name|truncate(20) }}, this is a broadcast.",
}
_SAMPLED: Final = 1000


def main() -> None:
    """Check the audience on both databases; beside it, what reading every text whole would take."""
    for name, opened in (("sqlite", bench_setup.sqlite), ("postgresql", bench_setup.postgresql)):
        with opened() as database:
            bench_setup.fill(database, PEOPLE)
            for kind, text in TEXTS.items():
                took = _check(database, text)
                print(f"{name:>10}  {kind:>5} text, {PEOPLE:,} people: {took:6.2f} s", flush=True)
    for kind, text in TEXTS.items():
        took = _read_whole(text) * PEOPLE
        print(f"{'one by one':>10}  {kind:>5} text, {PEOPLE:,} people: {took:6.2f} s", flush=True)


def _check(database: Database, text: str) -> float:
    began = time.perf_counter()
    check = check_audience(database, text, parse_selectors(["all"]), caption=False)
    took = time.perf_counter() - began
    if (check.checked, check.unfit) != (PEOPLE, ()):
        raise RuntimeError(check)
    return took


def _read_whole(text: str) -> float:
    """Seconds for one text."""
    template = compile_template(text)
    began = time.perf_counter()
    for number in range(_SAMPLED):
        check_text(template.render(Person(number, first_name=f"Person {number}")))
    return (time.perf_counter() - began) / _SAMPLED
