"""Whom selectors pick, read page by page from either end, and counted, as one by one."""

from __future__ import annotations

import pytest

from hsl_tui.models.criteria import Criteria, Place
from hsl_tui.models.enums import RecipientState as State
from hsl_tui.models.moves import StateChange
from hsl_tui.models.selector import parse_line
from hsl_tui.models.tables import Tag
from hsl_tui.services import forgetting
from hsl_tui.services.context import Context
from hsl_tui.store import matching, recipient_pages, segments
from hsl_tui.store.intake import Arrival, take_in
from hsl_tui.store.moves import apply
from tests.conftest import NOON

NUMBER = 60

LINES = {
    "all": lambda at: at >= 0,
    "all !tag:rare": lambda at: at % 20 != 0,
    "tag:rare": lambda at: at % 20 == 0,
    "tag:rare+!lang:de": lambda at: at % 20 == 0 and at % 3 != 0,
    "tag:often+lang:de chat:1001": lambda at: (at % 2 == 0 and at % 3 == 0) or at == 0,
    "state:blocked": lambda at: at % 7 == 3,
    "chat:1059": lambda at: at == 58,
    "lang:fr": lambda at: at < 0,
}


@pytest.fixture
def people(context: Context, monkeypatch: pytest.MonkeyPatch) -> Context:
    """Sixty, of whom one is forgotten, to be looked through in windows of a few."""
    monkeypatch.setattr(recipient_pages, "_FEW", 3)
    arrivals = [
        Arrival(
            1001 + at,
            language_code="de" if at % 3 == 0 else "en",
            tags=frozenset({"rare"} if at % 20 == 0 else ())
            | frozenset({"often"} if at % 2 == 0 else ()),
        )
        for at in range(NUMBER)
    ]
    with context.database.write() as session:
        take_in(session, arrivals, now=NOON)
        blocked = [StateChange(at + 1, State.BLOCKED, "") for at in range(NUMBER) if at % 7 == 3]
        apply(session, blocked, now=NOON)
    forgetting.forget(context, "1060")
    return context


def pages(context: Context, criteria: Criteria, *, backwards: bool) -> list[int]:
    chats: list[int] = []
    place: Place | None = None
    with context.database.read() as session:
        while found := recipient_pages.page(
            session, criteria, limit=4, beyond=place, backwards=backwards
        ):
            read = [one.recipient.chat_id for one in found]
            chats = read + chats if backwards else chats + read
            place = found[0].place if backwards else found[-1].place
    return chats


@pytest.mark.parametrize("line", LINES)
def test_pages_from_either_end_and_the_count_agree(people: Context, line: str) -> None:
    expected = [1001 + at for at in range(NUMBER - 1) if LINES[line](at)]
    criteria = Criteria(selectors=parse_line(line))
    assert pages(people, criteria, backwards=False) == expected
    assert pages(people, criteria, backwards=True) == expected
    with people.database.read() as session:
        assert matching.count(session, criteria) == len(expected)


@pytest.mark.parametrize("state", [State.ACTIVE, State.BLOCKED])
def test_a_state_narrows_further(people: Context, state: State) -> None:
    is_blocked = state is State.BLOCKED
    expected = [
        1001 + at for at in range(NUMBER - 1) if at % 2 == 0 and (at % 7 == 3) is is_blocked
    ]
    criteria = Criteria(selectors=parse_line("tag:often"), state=state)
    assert pages(people, criteria, backwards=False) == expected
    assert pages(people, criteria, backwards=True) == expected
    with people.database.read() as session:
        assert matching.count(session, criteria) == len(expected)


def test_nobody_is_found_where_there_is_nobody(context: Context) -> None:
    joined = "tag:often+lang:de"
    with context.database.write() as session:
        session.add(Tag(name="often"))
        segments.add(session, "gone", [joined], created_by="tester", now=NOON)
    for line in ("all !tag:often", joined, "saved:gone", "all !saved:gone"):
        criteria = Criteria(selectors=parse_line(line))
        assert pages(context, criteria, backwards=False) == []
        assert pages(context, criteria, backwards=True) == []
        with context.database.read() as session:
            assert matching.count(session, criteria) == 0
