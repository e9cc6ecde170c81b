"""Saved segments: audiences that have a name."""

from __future__ import annotations

from dataclasses import replace

import pytest

from hsl_tui.errors import InvalidInputError, NotFoundError, RefusedError, SelectorError
from hsl_tui.models.enums import RecipientState
from hsl_tui.services import audiences, queueing, recipients, segments
from hsl_tui.services.composing import Composition
from hsl_tui.services.context import Context
from hsl_tui.services.queueing import Order
from hsl_tui.store import audit, broadcasts
from hsl_tui.store import recipients as rows
from hsl_tui.store import segments as segment_rows
from hsl_tui.store.intake import Arrival, take_in
from tests.conftest import NOON, FrozenClock


@pytest.fixture
def crowd(context: Context) -> Context:
    """Chats 1 to 12: every second reads German, every third has news; chat 6 blocked the bot."""
    arrivals = [
        Arrival(
            chat,
            language_code="de" if chat % 2 == 0 else "en",
            tags=frozenset({"news"} if chat % 3 == 0 else ()),
        )
        for chat in range(1, 13)
    ]
    with context.database.write() as session:
        take_in(session, arrivals, now=NOON)
        gone = next(one for one in rows.every(session) if one.chat_id == 6)
        rows.set_state(session, gone.id, RecipientState.BLOCKED, reason="", now=NOON)
    return context


def acts(context: Context) -> list[tuple[str, dict[str, object]]]:
    """What is on record, oldest first."""
    with context.database.read() as session:
        return [(one.action, one.details) for one in audit.latest(session, limit=20)][::-1]


def test_a_segment_picks_whom_its_selectors_pick_by_then(crowd: Context) -> None:
    saved = segments.save(crowd, " readers ", ["lang:DE+!tag:news", "chat:1"])
    assert saved.name == "readers"
    assert saved.selectors == ("lang:de+!tag:news", "chat:1")
    assert (saved.created_by, saved.created_at) == ("tester", NOON)
    assert segments.count(crowd, "readers") == len({2, 4, 8, 10, 1})
    recipients.tag(crowd, "news", ["chat:2"])
    assert segments.count(crowd, "readers") == len({4, 8, 10, 1})
    survey = audiences.survey(crowd, ["all", "!saved:readers"])
    assert survey.recipients == 11 - 4
    assert [*survey.taken_away.values()] == [4]


def test_one_is_replaced_only_where_that_is_said(crowd: Context) -> None:
    segments.save(crowd, "readers", ["lang:de"])
    with pytest.raises(RefusedError, match="already"):
        segments.save(crowd, "readers", ["lang:en"])
    segments.save(crowd, "others", ["all", "!saved:readers"])
    assert segments.count(crowd, "others") == 6
    segments.save(crowd, "readers", ["tag:news"], replace=True)
    assert segments.count(crowd, "others") == 11 - 3
    segments.save(crowd, "readers", ["tag:news"], replace=True)
    assert [action for action, _ in acts(crowd)].count("segment.changed") == 1
    assert acts(crowd)[-1] == (
        "segment.changed",
        {"name": "readers", "before": ["lang:de"], "to": ["tag:news"]},
    )


@pytest.mark.parametrize("to", [["saved:a"], ["all", "!lang:de+saved:c"], ["saved:b"]])
def test_none_comes_to_refer_to_itself(crowd: Context, to: list[str]) -> None:
    segments.save(crowd, "a", ["lang:de"])
    segments.save(crowd, "b", ["saved:a"])
    segments.save(crowd, "c", ["all", "!saved:b"])
    with pytest.raises(InvalidInputError, match="itself: a"):
        segments.save(crowd, "a", to, replace=True)
    assert segments.show(crowd, "a").selectors == ("lang:de",)


def test_none_grows_beyond_what_can_be_asked_for(crowd: Context) -> None:
    segments.save(crowd, "a0", [f"chat:{chat}" for chat in range(1, 13)])
    for number in range(1, 7):
        before = f"saved:a{number - 1}"
        segments.save(crowd, f"a{number}", [before, f"{before}+lang:de"])
    assert segments.count(crowd, "a6") == 11
    with pytest.raises(InvalidInputError, match="more than 1000 terms"):
        segments.save(crowd, "a7", ["saved:a6", "saved:a6+lang:de"])


@pytest.mark.parametrize(
    ("name", "to", "error", "said"),
    [
        ("", ["all"], InvalidInputError, "needs a name"),
        ("x" * 65, ["all"], InvalidInputError, "longer than 64"),
        ("x", ["!all"], InvalidInputError, "No selector picks anyone"),
        ("x", ["tga:a"], SelectorError, "did you mean tag:"),
        ("x", ["all", "!tag:stuff"], InvalidInputError, "matches !tag:stuff"),
        ("x", ["lang:fr+tag:news"], InvalidInputError, "matches lang:fr;"),
        ("x", ["attr:city=Berlin"], InvalidInputError, "matches attr:city=Berlin"),
        ("x", ["saved:y"], InvalidInputError, "segments list"),
    ],
)
def test_what_cannot_be_kept_is_refused(
    crowd: Context, name: str, to: list[str], error: type[Exception], said: str
) -> None:
    with pytest.raises(error, match=said):
        segments.save(crowd, name, to)
    assert segments.every(crowd) == []
    assert acts(crowd) == []


def test_segments_that_are_too_much_together_are_refused(crowd: Context) -> None:
    for name, chat in (("a", 1), ("b", 2)):
        many = [f"chat:{chat}+!lang:en-{n}" for n in range(90)]
        with crowd.database.write() as session:
            added = segment_rows.add(session, name, many, created_by="tester", now=NOON)
        assert added
        assert segments.count(crowd, name) == (chat == 1) + (chat == 2)
    segments.save(crowd, "both", ["saved:a", "saved:b"])
    assert audiences.survey(crowd, ["saved:both", "!saved:a"]).recipients == 1
    with pytest.raises(InvalidInputError, match="more than 300 combinations"):
        audiences.survey(crowd, ["saved:both", "!saved:a", "!saved:b"])


def test_what_others_refer_to_is_not_removed(crowd: Context) -> None:
    segments.save(crowd, "de", ["lang:de"])
    segments.save(crowd, "more", ["saved:de+tag:news"])
    draft = queueing.queue(crowd, Order(Composition("Hi"), ["all", "!saved:de"], draft=True))
    with pytest.raises(RefusedError, match=f"the segment 'more', the draft {draft.id};"):
        segments.remove(crowd, "de")
    with pytest.raises(NotFoundError, match="segments list"):
        segments.remove(crowd, "fr")
    segments.remove(crowd, "more")
    queueing.queue_draft(crowd, draft.id)
    assert segments.remove(crowd, "de").selectors == ("lang:de",)
    assert segments.every(crowd) == []
    assert acts(crowd)[-1] == ("segment.removed", {"name": "de", "before": ["lang:de"]})


def test_a_queued_broadcast_says_what_its_segments_stood_for(crowd: Context) -> None:
    segments.save(crowd, "de", ["lang:de"])
    segments.save(crowd, "more", ["saved:de", "tag:news"])
    sent = queueing.queue(crowd, Order(Composition("Hi"), ["saved:more", "!chat:2"]))
    assert sent.total_recipients == len({4, 8, 10, 12, 3, 9})
    assert sent.audience == ("saved:more", "!chat:2")
    action, details = acts(crowd)[-1]
    assert action == "broadcast.queued"
    assert details["to"] == ["saved:more", "!chat:2"]
    assert details["saved"] == {"more": ["saved:de", "tag:news"], "de": ["lang:de"]}


def test_labels_take_a_state_at_its_word(crowd: Context) -> None:
    segments.save(crowd, "gone", ["state:blocked"])
    assert recipients.tag(crowd, "a", ["tag:news"]) == len({3, 9, 12})
    assert recipients.tag(crowd, "b", ["tag:news+state:blocked", "chat:1"]) == len({6, 1})
    assert recipients.tag(crowd, "c", ["saved:gone"]) == 1
    assert recipients.tag(crowd, "d", ["all", "!state:active"]) == 0
    assert recipients.tag(crowd, "e", ["all+!state:active"]) == 1
    assert recipients.untag(crowd, "b", ["tag:b"]) == 1


def test_a_broadcast_to_those_who_left_is_refused_with_the_reason(crowd: Context) -> None:
    with pytest.raises(InvalidInputError, match="go to active ones alone"):
        queueing.queue(crowd, Order(Composition("Hi"), ["state:blocked"]))
    assert audiences.survey(crowd, ["state:blocked"]).inactive == {RecipientState.BLOCKED: 1}


def test_what_refers_to_a_renamed_one_means_the_same(crowd: Context) -> None:
    segments.save(crowd, "de", ["lang:de"])
    segments.save(crowd, "more", ["saved:de+!tag:news", "chat:1", "!saved:de+chat:4"])
    segments.save(crowd, "far", ["saved:more"])
    draft = queueing.queue(crowd, Order(Composition("Hi"), ["all", "!saved:de"], draft=True))
    sent = queueing.queue(crowd, Order(Composition("Hi"), ["saved:de"]))
    before = {name: segments.count(crowd, name) for name in ("de", "more", "far")}
    renamed = segments.rename(crowd, " de ", "german, or so")
    assert (renamed.name, renamed.selectors) == ("german, or so", ("lang:de",))
    assert segments.show(crowd, "more").selectors == (
        'saved:"german, or so"+!tag:news',
        "chat:1",
        '!saved:"german, or so"+chat:4',
    )
    assert acts(crowd)[-1] == (
        "segment.renamed",
        {"name": "german, or so", "before": "de", "segments": ["more"], "drafts": [draft.id]},
    )
    after = {name: segments.count(crowd, name) for name in ("german, or so", "more", "far")}
    assert [*after.values()] == [*before.values()]
    assert queueing.queue_draft(crowd, draft.id).total_recipients == 11 - 5
    with pytest.raises(NotFoundError):
        segments.show(crowd, "de")
    # What was sent says what it said.
    with crowd.database.read() as session:
        kept = broadcasts.get(session, sent.id)
    assert kept is not None
    assert kept.audience == ("saved:de",)


def test_who_saved_one_and_when_stays_with_it(crowd: Context, clock: FrozenClock) -> None:
    segments.save(crowd, "de", ["lang:de"])
    clock.advance(hours=1)
    renamed = segments.rename(replace(crowd, actor="another"), "de", "german")
    assert (renamed.created_by, renamed.created_at) == ("tester", NOON)
    assert (renamed.changed_by, renamed.changed_at) == ("another", clock.now())


def test_none_takes_a_name_that_is_taken_or_is_none(crowd: Context) -> None:
    segments.save(crowd, "de", ["lang:de"])
    segments.save(crowd, "en", ["lang:en"])
    with pytest.raises(RefusedError, match="'en' already"):
        segments.rename(crowd, "de", "en")
    with pytest.raises(InvalidInputError, match="needs a name"):
        segments.rename(crowd, "de", " ")
    with pytest.raises(NotFoundError, match="segments list"):
        segments.rename(crowd, "fr", "french")
    known = acts(crowd)
    assert segments.rename(crowd, "de", "de").selectors == ("lang:de",)
    assert [one.name for one in segments.every(crowd)] == ["de", "en"]
    assert acts(crowd) == known
