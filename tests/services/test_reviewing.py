"""What is told of a broadcast before it is queued."""

from __future__ import annotations

import pytest

from hsl_tui.errors import TextRefusedError
from hsl_tui.models.enums import RecipientState
from hsl_tui.services import reviewing
from hsl_tui.services.checking import SAMPLE
from hsl_tui.services.composing import Composition
from hsl_tui.services.context import Context
from hsl_tui.store import recipients
from tests.builders import add_recipients
from tests.conftest import NOON

HELLO = Composition("Hello {{ first_name }}")


def test_the_preview_steps_through_the_recipients(context: Context) -> None:
    first, *_ = add_recipients(context.database, 3)

    seen = [reviewing.read_text(context, HELLO, ["all"], at=at) for at in (-1, 0, 1, 2, 3)]

    assert [one.person.chat_id - first for one in seen] == [0, 0, 1, 2, 2]
    assert [one.at for one in seen] == [0, 0, 1, 2, 2]
    assert {one.recipients for one in seen} == {3}
    assert seen[2].text.text == f"Hello N{first + 1}"


def test_only_whom_it_would_reach_reads_the_preview(context: Context) -> None:
    first, *_ = add_recipients(context.database, 2)
    with context.database.write() as session:
        gone = next(recipients.every(session))
        recipients.set_state(session, gone.id, RecipientState.BLOCKED, reason="", now=NOON)

    read = reviewing.read_text(context, HELLO, ["all"])

    assert (read.person.chat_id, read.recipients) == (first + 1, 1)


@pytest.mark.parametrize("to", [[], ["nonsense"], ["!all"], ["all"], ["chat:5"]])
def test_an_invented_person_reads_where_nobody_is_picked(context: Context, to: list[str]) -> None:
    read = reviewing.read_text(context, HELLO, to, at=7)

    assert (read.person, read.at, read.recipients) == (SAMPLE, 0, 0)
    with pytest.raises(TextRefusedError):
        reviewing.read_text(context, Composition("<b>x"), to)
