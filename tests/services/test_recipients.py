"""Recipients as operators read and label them."""

from __future__ import annotations

import pytest

from hsl_tui.errors import InvalidInputError
from hsl_tui.models.criteria import Criteria
from hsl_tui.services import recipients
from hsl_tui.services.context import Context
from hsl_tui.store import audit
from hsl_tui.store.intake import Arrival, take_in
from tests.conftest import NOON


@pytest.fixture
def three(sqlite_context: Context) -> Context:
    with sqlite_context.database.write() as session:
        arrivals = [Arrival(1, username="ann", tags=frozenset({"a"})), Arrival(2), Arrival(3)]
        take_in(session, arrivals, now=NOON)
    return sqlite_context


def audited(context: Context) -> list[tuple[str, dict[str, object]]]:
    with context.database.read() as session:
        return [(one.action, one.details) for one in audit.latest(session, limit=10)]


def test_a_label_is_put_on_and_taken_off_on_record(three: Context) -> None:
    assert recipients.tag(three, " b ", ["all", "!chat:3"]) == 2
    assert recipients.untag(three, "b", ["chat:1"]) == 1
    assert recipients.tags(three) == [("a", 1), ("b", 1)]
    assert audited(three) == [
        ("recipients.untagged", {"tag": "b", "to": ["chat:1"], "recipients": 1}),
        ("recipients.tagged", {"tag": "b", "to": ["all", "!chat:3"], "recipients": 2}),
    ]


@pytest.mark.parametrize(
    "name", ["", "  ", "x" * 65, "a;b", "a\nb", "a\x1b[2Jb", "a\0", "a\u2028b"]
)
def test_names_that_are_no_tags_change_nothing(three: Context, name: str) -> None:
    with pytest.raises(InvalidInputError, match="tag"):
        recipients.tag(three, name, ["all"])
    assert recipients.tags(three) == [("a", 1)]
    assert audited(three) == []


@pytest.mark.parametrize("name", ["x" * 64, "été ☀️", "می‌خواهم", "a:b", "!no"])
def test_names_of_many_kinds_are_tags(three: Context, name: str) -> None:
    assert recipients.tag(three, name, ["all"]) == 3
    assert len(list(recipients.every(three, [f"tag:{name}"]))) == 3


@pytest.mark.parametrize("to", [["tag:nobody"], ["all", "!chat:4"], ["!all"], ["everyone"], []])
def test_selectors_that_cannot_be_meant_change_nothing(three: Context, to: list[str]) -> None:
    with pytest.raises(InvalidInputError):
        recipients.tag(three, "b", to)
    assert recipients.tags(three) == [("a", 1)]


def test_an_unknown_tag_cannot_be_taken_off(three: Context) -> None:
    with pytest.raises(InvalidInputError, match="tag:nobody"):
        recipients.untag(three, "nobody", ["all"])


def test_reading_back(three: Context) -> None:
    assert recipients.count(three) == 3
    assert [one.chat_id for one in recipients.every(three)] == [1, 2, 3]
    assert [one.chat_id for one in recipients.every(three, ["all", "!tag:a"])] == [2, 3]
    (found,) = recipients.window(three, Criteria(search="@ANN", tag="a"), limit=5)
    assert found.recipient.tags == ("a",)
    with pytest.raises(InvalidInputError, match="chat:9"):
        list(recipients.every(three, ["chat:9"]))
