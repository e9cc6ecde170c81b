from __future__ import annotations

import pytest

from hsl_tui.telegram.outcomes import Verdict
from hsl_tui.worker.health import LONGEST_PROBE, PATIENCE, Health

DEFINITE = [verdict for verdict in Verdict if verdict not in {Verdict.UNCERTAIN, Verdict.NOT_SENT}]


def noted(health: Health, *verdicts: Verdict, seconds: float = 0.1) -> Health:
    for verdict in verdicts:
        health.note(verdict, seconds)
    return health


def test_a_few_uncertain_outcomes_in_a_row_stop_the_bot() -> None:
    health = noted(Health(30, 60), *[Verdict.UNCERTAIN] * (PATIENCE - 1))
    assert not health.is_ill
    assert noted(health, Verdict.UNCERTAIN).is_ill


@pytest.mark.parametrize("between", DEFINITE)
def test_any_answer_in_between_shows_that_telegram_is_there(between: Verdict) -> None:
    health = Health(30, 60)
    for _ in range(20):
        noted(health, *[Verdict.UNCERTAIN] * (PATIENCE - 1), between)
        noted(health, *[Verdict.SENT] * 10)
    assert not health.is_ill


def test_what_never_reached_telegram_says_nothing_about_it() -> None:
    health = noted(Health(30, 60), *[Verdict.UNCERTAIN] * (PATIENCE - 1))
    assert noted(health, Verdict.NOT_SENT, Verdict.UNCERTAIN).is_ill


def test_after_a_probe_one_call_is_open_and_one_more_failure_is_enough() -> None:
    health = noted(Health(30, 60), *[Verdict.UNCERTAIN] * PATIENCE)
    health.note_probe(answered=True)
    assert (health.is_ill, health.limit) == (False, 1)
    assert noted(health, Verdict.UNCERTAIN).is_ill


def test_probes_come_at_growing_intervals_until_something_is_sent() -> None:
    health = noted(Health(30, 60), *[Verdict.UNCERTAIN] * PATIENCE)
    waits = []
    for _ in range(10):
        waits.append(health.probe_after)
        health.note_probe(answered=False)
    assert waits == sorted(waits)
    assert (waits[0], waits[-1]) == (1, LONGEST_PROBE)
    health.note_probe(answered=True)
    noted(health, Verdict.UNCERTAIN)
    assert health.probe_after == LONGEST_PROBE
    health.note_probe(answered=True)
    assert noted(health, Verdict.SENT).probe_after == 1


def test_after_a_429_it_begins_with_one_and_doubles() -> None:
    health = noted(Health(1000, 400), Verdict.RATE_LIMITED, seconds=0.5)
    assert health.limit == 1
    limits = [noted(health, Verdict.SENT, seconds=0.5).limit for _ in range(9)]
    assert limits == [2, 4, 8, 16, 32, 64, 128, 256, 400]


def test_no_more_calls_are_open_than_the_answers_need() -> None:
    quick = noted(Health(30, 60), *[Verdict.SENT] * 50, seconds=0.05)
    slow = noted(Health(30, 60), *[Verdict.SENT] * 50, seconds=2.0)
    assert quick.limit < 10
    assert slow.limit == 60
