"""A text is made up for everyone before it is queued; who would read it wrong is named."""

from __future__ import annotations

import pytest

from hsl_tui.errors import TextRefusedError
from hsl_tui.models.enums import RecipientState
from hsl_tui.models.selector import Selector, parse_selectors
from hsl_tui.models.views import Person
from hsl_tui.services import audience_check
from hsl_tui.services.audience_check import AudienceCheck, UnfitRecipientsError, check_audience
from hsl_tui.services.context import Context
from hsl_tui.store import recipients
from hsl_tui.store.database import Database
from hsl_tui.store.intake import Arrival, take_in
from tests.builders import add_recipients
from tests.conftest import NOON

TEXT = "{% if last_name %}Dear {{ last_name }} of {{ city }}{% endif %}"
ALL = parse_selectors(["all"])


@pytest.fixture
def mixed(database: Database) -> Database:
    """One for whom the text is right, and one each of all that can go wrong."""
    town = {"city": "Bonn"}
    arrivals = [
        Arrival(1, last_name="<b>&amp;", attributes=town),
        Arrival(2, "two", attributes=town),
        Arrival(3, first_name="Three", last_name="x" * 256, attributes={"city": "y" * 4000}),
        Arrival(4, last_name="Four"),
        Arrival(5, last_name="Gone"),
    ]
    with database.write() as session:
        take_in(session, arrivals, now=NOON)
        gone = list(recipients.every(session))[-1]
        recipients.set_state(session, gone.id, RecipientState.BLOCKED, reason="", now=NOON)
    return database


def test_everyone_whom_it_would_reach_is_checked_and_named(mixed: Database) -> None:
    check = check_audience(mixed, TEXT, ALL, caption=False)

    assert (check.checked, check.too_long, check.empty, check.broken) == (4, 1, 1, 1)
    assert check.unfit == (2, 3, 4)
    assert check.reader is not None
    assert check.reader.chat_id == 1
    assert [(one.person.chat_id, one.reason.split(";")[0]) for one in check.first] == [
        (2, "message text is empty"),
        (3, "message is too long: 4265 of 4096 characters"),
        (4, "'city' is undefined"),
    ]
    assert check.summary() == "1 too long, 1 empty, 1 broken"


def test_a_caption_may_be_empty_but_not_as_long(mixed: Database) -> None:
    check = check_audience(mixed, TEXT, parse_selectors(["all", "!chat:4"]), caption=True)

    assert (check.checked, check.unfit) == (3, (3,))
    assert "1024" in check.first[0].reason


def test_who_has_no_name_is_named_by_what_there_is(mixed: Database) -> None:
    check = check_audience(mixed, TEXT, ALL, caption=False)

    assert [audience_check.name_of(one.person) for one in check.first] == [
        "2 (@two)",
        f"3 (Three {'x' * 256})",
        "4 (Four)",
    ]
    assert audience_check.name_of(Person(7)) == "7"


def test_a_text_that_says_the_same_to_all_is_not_made_up_for_each(mixed: Database) -> None:
    check = check_audience(mixed, "Hello", ALL, caption=False)

    assert (check.checked, check.unfit, check.reader) == (0, (), None)


@pytest.mark.parametrize("text", ["{{ nobody }}", "<b>{{ last_name }}", "", "{{ last_name.x }}"])
def test_what_is_wrong_whoever_reads_it_is_told_as_such(mixed: Database, text: str) -> None:
    with pytest.raises(TextRefusedError):
        check_audience(mixed, text, ALL, caption=False)


def test_what_can_be_told_from_the_longest_values_is_not_made_up_for_each(
    mixed: Database,
) -> None:
    seen: list[tuple[int, int]] = []
    text = "Dear {{ last_name }} of {{ city|default('nowhere') }}"
    # One's values are too long for it, and one does not have all.
    to = parse_selectors(["all", "!chat:3"])

    check = check_audience(mixed, text, to, caption=False, on_progress=lambda *at: seen.append(at))

    assert (check.checked, check.unfit) == (3, ())
    assert check.reader is not None
    assert seen == [(3, 3)]


def test_one_whose_values_are_too_long_is_found_among_all(mixed: Database) -> None:
    text = "Dear {{ last_name }} of {{ city|default('nowhere') }}"

    check = check_audience(mixed, text, ALL, caption=False)

    assert (check.checked, check.unfit) == (4, (3,))


def test_one_who_lacks_what_is_printed_is_found_among_all(mixed: Database) -> None:
    check = check_audience(
        mixed, "You live in {{ city }}", parse_selectors(["all", "!chat:3"]), caption=False
    )

    assert check.unfit == (4,)


def test_an_audience_of_any_size_is_gone_through_in_batches(context: Context) -> None:
    add_recipients(context.database, 2500)
    seen: list[tuple[int, int]] = []

    check = check_audience(
        context.database,
        "Hello {{ first_name|truncate(9) }}",
        ALL,
        caption=False,
        on_progress=lambda done, total: seen.append((done, total)),
    )

    assert (check.checked, check.unfit) == (2500, ())
    assert seen == [(1000, 2500), (2000, 2500), (2500, 2500)]


def test_only_the_first_few_of_many_are_named(context: Context) -> None:
    first, *_ = add_recipients(context.database, 30)
    text = "{% if last_name %}{{ first_name }}{% endif %}"

    check = check_audience(context.database, text, ALL, caption=False)

    assert (check.empty, len(check.unfit), len(check.first)) == (30, 30, audience_check.NAMED)
    with pytest.raises(UnfitRecipientsError, match="and 27 more") as caught:
        audience_check.fit(ALL, check, leave_out_unfit=True)
    assert f"{first} (N{first})" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_more_than_can_be_put_on_record_are_not_left_out() -> None:
    def checked(unfit: int) -> AudienceCheck:
        return AudienceCheck(9999, 0, unfit, 0, (), tuple(range(1, unfit + 1)), Person(5000))

    most = audience_check.MOST_LEFT_OUT
    assert audience_check.fit(ALL, checked(0), leave_out_unfit=True) == ALL
    left = audience_check.fit(ALL, checked(most), leave_out_unfit=True)
    assert len(left) == most + 1
    assert isinstance(left[-1], Selector)
    assert str(left[-1]) == f"!chat:{most}"
    with pytest.raises(UnfitRecipientsError) as caught:
        audience_check.fit(ALL, checked(most + 1), leave_out_unfit=True)
    assert "--leave-out-unfit" not in str(caught.value)
    assert f"more than {most} are not left out" in str(caught.value)
