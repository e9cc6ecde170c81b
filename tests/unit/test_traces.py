"""What gives a person away is taken out, and nothing else."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hsl_tui.models.forgotten import LAST_TOMBSTONE, MARK
from hsl_tui.models.selector import parse_selectors
from hsl_tui.models.traces import Traces
from hsl_tui.models.views import Person

ADA = Traces(Person(123456789, "ada_l", "Ada", "Lovelace"))
NOBODY = f"chat:{LAST_TOMBSTONE}"


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("ask @ada_l, please", f"ask {MARK}, please"),
        ("ask @ADA_L.", f"ask {MARK}."),
        ("https://t.me/ada_l?start=x", f"https://{MARK}?start=x"),
        ("tg://resolve?domain=ada_l", f"tg://{MARK}"),
        ("tg://user?id=123456789", f"tg://user?id={MARK}"),
        ("It became 123456789, which is on record.", f"It became {MARK}, which is on record."),
        ("Dear Ada  Lovelace!", f"Dear {MARK}!"),
        ("LOVELACE, ADA", MARK),
    ],
)
def test_a_person_is_taken_out_of_a_text(text: str, left: str) -> None:
    assert ADA.in_text(text) == left


@pytest.mark.parametrize(
    "text",
    [
        "Ada and Grace",
        "@ada_lovelace",
        "@bada_l",
        "mail ada_l@example.org",
        "1234567890",
        "0123456789",
        "-123456789",
        "Ada Lovelaces",
        "Nada Lovelace",
        "https://example.org/ada_l",
    ],
)
def test_others_stay(text: str) -> None:
    assert ADA.in_text(text) == text


def test_a_short_number_is_a_chat_only_where_that_is_said() -> None:
    short = Traces(Person(11, None, "Ada"))
    assert short.in_text("at 11, Ada") == "at 11, Ada"
    record = {"recipients": 11, "chats": [11, 12], "to": ["chat:11", "chat:112"]}
    assert short.in_record(record) == {
        "recipients": 11,
        "chats": [MARK, 12],
        "to": [f"chat:{MARK}", "chat:112"],
    }


def test_a_group_has_a_sign() -> None:
    group = Traces(Person(-1001234567890, None, "The choir of June"))
    assert group.in_text("-1001234567890 and 1001234567890") == f"{MARK} and 1001234567890"
    assert group.in_text("the choir of june sings") == f"{MARK} sings"
    assert group.in_selectors(["!chat:-1001234567890"], drop=False) == [f"!{NOBODY}"]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (["chat:123456789"], [NOBODY]),
        (["all", "!chat:123456789"], ["all"]),
        (["all", '!"username:@Ada_L"'], ["all"]),
        (["chat:123456789", "!tag:staff"], [NOBODY, "!tag:staff"]),
        (["tag:news+!chat:123456789"], [f"tag:news+!{NOBODY}"]),
        (["username:ada_l", "username:ada_lx"], ["username:ada_lx"]),
    ],
)
def test_selectors_stay_selectors(before: list[str], after: list[str]) -> None:
    found = ADA.in_selectors(before, drop=True)
    assert found == after
    assert parse_selectors(found)
    assert len(ADA.in_selectors(before, drop=False)) == len(before)


def test_of_a_record_about_them_nothing_written_stays() -> None:
    record = {
        "chat_id": 123456789,
        "before": "active",
        "after": "unsubscribed",
        "reason": "she moved to Rome",
        "recipients": 1,
    }
    assert ADA.in_record(record) == {
        "chat_id": MARK,
        "before": "active",
        "after": "unsubscribed",
        "reason": MARK,
        "recipients": 1,
    }
    others = {"results": [{"chat": 5, "error": "x"}, {"chat": 123456789, "error": "y", "ok": True}]}
    assert ADA.in_record(others)["results"] == [
        {"chat": 5, "error": "x"},
        {"chat": MARK, "error": MARK, "ok": True},
    ]


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8) | st.just("@ada_l"),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["chat", "chats", "x", "y"]), inner, max_size=3)
    ),
    max_leaves=8,
)


@given(_JSON)
def test_a_second_pass_finds_nothing(record: Any) -> None:
    once = ADA.in_record(record)
    assert ADA.in_record(once) == once
    assert "ada_l" not in repr(once)


@given(st.text(), st.sampled_from(["@ada_l", "Ada Lovelace", "123456789"]), st.text())
def test_what_surrounds_them_stays(before: str, trace: str, after: str) -> None:
    text = f"{before} {trace} {after}"
    assert ADA.in_text(text) == f"{ADA.in_text(before + ' ')}{MARK}{ADA.in_text(' ' + after)}"
