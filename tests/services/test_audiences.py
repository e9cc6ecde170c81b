"""Who is picked, who is left out, and why."""

from __future__ import annotations

import random

import pytest

from hsl_tui.errors import InvalidInputError
from hsl_tui.models.enums import RecipientState as State
from hsl_tui.models.selector import parse_selectors
from hsl_tui.services import audiences
from hsl_tui.services.context import Context
from hsl_tui.store import audience, recipients
from hsl_tui.store.intake import Arrival, take_in
from tests.builders import add_broadcast
from tests.conftest import NOON

PEOPLE = 60


@pytest.fixture
def crowd(context: Context) -> Context:
    """Chats from 1: every second has news, every third vip, every tenth staff; some are gone."""
    tags = {"news": 2, "vip": 3, "staff": 10}
    arrivals = [
        Arrival(
            chat,
            username=f"user{chat}",
            tags=frozenset(name for name, each in tags.items() if chat % each == 0),
        )
        for chat in range(1, PEOPLE + 1)
    ]
    with context.database.write() as session:
        take_in(session, arrivals, now=NOON)
        for one in recipients.every(session):
            for state, of_seven in ((State.BLOCKED, 3), (State.UNSUBSCRIBED, 5)):
                if one.chat_id % 7 == of_seven:
                    recipients.set_state(session, one.id, state, reason="", now=NOON)
    add_broadcast(context.database, "tag:vip")
    return context


def reasons(survey: audiences.Survey) -> dict[str, int]:
    return {str(selector): number for selector, number in survey.taken_away.items()}


def test_each_who_is_left_out_is_counted_once_under_what_comes_first(crowd: Context) -> None:
    survey = audiences.survey(crowd, ["all", "!tag:news", "!tag:vip", "!username:user2"])

    active = [chat for chat in range(1, PEOPLE + 1) if chat % 7 not in {3, 5}]
    assert survey.recipients == sum(chat % 2 != 0 and chat % 3 != 0 for chat in active)
    assert [one.chat_id for one in survey.first] == [1, 7, 11, 13, 23]
    assert reasons(survey) == {
        "!tag:news": sum(chat % 2 == 0 for chat in active),
        "!tag:vip": sum(chat % 2 != 0 and chat % 3 == 0 for chat in active),
        "!username:user2": 0,
    }
    gone = [chat for chat in range(1, PEOPLE + 1) if chat % 2 != 0 and chat % 3 != 0]
    assert survey.inactive == {
        State.BLOCKED: sum(chat % 7 == 3 for chat in gone),
        State.UNSUBSCRIBED: sum(chat % 7 == 5 for chat in gone),
    }
    assert survey.left_out == sum(reasons(survey).values()) + sum(survey.inactive.values())


@pytest.mark.parametrize("seed", range(12))
def test_the_counts_are_those_of_whoever_would_be_taken_down(crowd: Context, seed: int) -> None:
    words = "all tag:news tag:vip tag:staff chat:3 chat:12 username:user12 not-reached-by:1".split()  # noqa: SIM905 - reads better
    chance = random.Random(seed)  # noqa: S311 - no secret
    to = [chance.choice(words) for _ in range(chance.randint(1, 3))]
    to += [f"!{chance.choice(words)}" for _ in range(chance.randint(0, 4))]
    selectors = parse_selectors(to)

    survey = audiences.survey(crowd, to)

    with crowd.database.read() as session:
        assert survey.recipients == audience.count(session, selectors)
        meant = parse_selectors([one for one in to if not one.startswith("!")])
        assert survey.recipients + sum(survey.taken_away.values()) == audience.count(session, meant)
        of_any_state = recipients.window(session, selectors=selectors, limit=1000)
    assert survey.recipients + sum(survey.inactive.values()) == len(of_any_state)
    assert min(*survey.inactive.values(), *survey.taken_away.values(), 0, 0) >= 0


def test_of_very_many_exclusions_the_last_are_counted_together(crowd: Context) -> None:
    survey = audiences.survey(crowd, ["all", *(f"!chat:{chat}" for chat in range(1, 31))])

    assert len(survey.taken_away) == audience.NAMED + 1
    assert survey.taken_away[None] == sum(chat % 7 not in {3, 5} for chat in range(11, 31))
    assert survey.recipients == sum(chat % 7 not in {3, 5} for chat in range(31, 61))


@pytest.mark.parametrize("to", [[], ["!all"], ["tag:nobody"], ["nonsense"], ["chat:99"]])
def test_what_picks_nobody_on_record_is_refused(crowd: Context, to: list[str]) -> None:
    with pytest.raises(InvalidInputError):
        audiences.survey(crowd, to)
