"""The demo's scene: the same people each time, and broadcasts that any act can be tried on."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from datetime import timedelta

import pytest

from hsl_tui.models.enums import BroadcastState
from hsl_tui.services import audit, broadcasts, demo, recipients
from hsl_tui.services.context import Context
from hsl_tui.services.demo_people import invent_people


def test_people_are_the_same_each_time() -> None:
    many = list(invent_people(500))
    assert list(invent_people(500)) == many
    assert list(invent_people(50)) == many[:50]
    assert list(invent_people(500, seed=2)) != many


def test_people_are_as_varied_as_people_are() -> None:
    people = list(invent_people(3000))
    assert len({one.chat_id for one in people}) == 3000
    assert len({one.language_code for one in people}) == 20
    assert all(one.first_name for one in people)
    names = "".join(f"{one.first_name}{one.last_name or ''}" for one in people)
    scripts = {unicodedata.name(letter).partition(" ")[0] for letter in names}
    assert scripts >= {"LATIN", "CYRILLIC", "GREEK", "HEBREW", "ARABIC", "DEVANAGARI", "CJK"}
    assert scripts >= {"HIRAGANA", "HANGUL", "THAI", "GEORGIAN", "ETHIOPIC"}
    usernames = [one.username for one in people if one.username]
    assert all(re.fullmatch(r"[a-z]+_[a-z]+_\d{4}", one) for one in usernames)
    assert len(usernames) > 1500
    tags = Counter(tag for one in people for tag in one.tags)
    assert min(tags[tag] for tag in ("students", "staff", "alumni", "newsletter", "pilot")) > 100


def test_few_of_them_cannot_be_reached() -> None:
    chats = [one.chat_id for one in invent_people(10_000)]
    shares = [
        sum(rule.match.covers_chat(chat) for chat in chats) / len(chats) for rule in demo.FAULTS
    ]
    assert shares == pytest.approx([0.03, 0.01, 0.003], rel=0.3)


def test_people_are_taken_in_on_record(context: Context) -> None:
    demo.populate(context, 5100)
    assert recipients.count(context) == 5100
    entries = list(audit.every(context))
    assert [entry.details["imported"] for entry in entries] == [100, 5000]
    assert {entry.action for entry in entries} == {"recipients.imported"}


def test_the_present_is_a_draft_a_plan_and_one_under_way(sqlite_context: Context) -> None:
    demo.populate(sqlite_context, 1000)
    demo.begin_present(sqlite_context)
    running, scheduled, draft = broadcasts.latest(sqlite_context)
    assert (draft.state, draft.total_recipients) == (BroadcastState.DRAFT, 0)
    assert scheduled.state is BroadcastState.SCHEDULED
    assert scheduled.scheduled_at is not None
    ahead = scheduled.scheduled_at - sqlite_context.clock.now()
    assert timedelta(0) < ahead < timedelta(days=2)
    assert (running.state, running.total_recipients) == (BroadcastState.SENDING, 1000)
    assert all(one.content.buttons for one in (running, scheduled, draft))
