"""Templates: kept as they were checked, changed on record, and taken over by value."""

from __future__ import annotations

from pathlib import Path

import pytest

from hsl_tui.errors import HslTuiError, InvalidInputError, NotFoundError, TextRefusedError
from hsl_tui.models.content import MessageContent
from hsl_tui.models.enums import MediaKind
from hsl_tui.services import broadcasts, queueing, templates
from hsl_tui.services.audit import verify
from hsl_tui.services.composing import Attachment, Composition, parse_buttons
from hsl_tui.services.context import Context
from hsl_tui.services.queueing import Order
from hsl_tui.store import audit, media
from tests.builders import add_recipients, at_once
from tests.conftest import NOON, FrozenClock

JPEG = b"\xff\xd8\xff as approved"


def entries(context: Context) -> list[tuple[str, dict[str, object]]]:
    """What the audit log says, newest first."""
    with context.database.read() as session:
        return [(one.action, one.details) for one in audit.latest(session, limit=9)]


def photo(folder: Path) -> Composition:
    """A composition with everything in it that a template must keep."""
    file = folder / "a.jpg"
    file.write_bytes(JPEG)
    return Composition(
        "Hello <b>{{ first_name }}</b>",
        attachments=(Attachment(MediaKind.PHOTO, str(file), spoiler=True),),
        buttons=parse_buttons(["A=https://a.org|[danger]B=https://b.org"]),
        silent=True,
        protect=True,
        caption_above=True,
    )


def test_a_template_is_kept_and_listed_by_name(context: Context, clock: FrozenClock) -> None:
    templates.save(context, "  news ", Composition("Hello"))
    clock.advance(hours=1)
    saved = templates.save(context, "alerts", Composition("Attention"))
    assert (saved.name, saved.content) == ("alerts", MessageContent(text="Attention"))
    assert (saved.changed_by, saved.created_at) == ("tester", clock.now())
    assert [one.name for one in templates.every(context)] == ["alerts", "news"]
    assert templates.show(context, "news").created_at == NOON


def test_a_change_is_on_record_with_what_was_before(context: Context, clock: FrozenClock) -> None:
    templates.save(context, "news", Composition("Hello", silent=True))
    clock.advance(hours=1)
    changed = templates.save(context, "news", Composition("Good evening", silent=True))
    assert (changed.created_at, changed.changed_at) == (NOON, clock.now())
    assert templates.show(context, "news") == changed
    templates.delete(context, "news")
    assert entries(context) == [
        (
            "template.deleted",
            {"name": "news", "before": {"text": "Good evening", "silent": True}},
        ),
        (
            "template.changed",
            {
                "name": "news",
                "before": {"text": "Hello", "silent": True},
                "after": {"text": "Good evening", "silent": True},
            },
        ),
        ("template.saved", {"name": "news", "after": {"text": "Hello", "silent": True}}),
    ]
    assert verify(context) == 3
    assert templates.every(context) == []


def test_what_is_saved_again_as_it_was_is_no_change(context: Context, clock: FrozenClock) -> None:
    first = templates.save(context, "news", Composition("Hello"))
    clock.advance(hours=1)
    assert templates.save(context, "news", Composition("Hello")) == first
    assert len(entries(context)) == 1


def test_a_broadcast_keeps_what_its_template_said(context: Context, tmp_path: Path) -> None:
    add_recipients(context.database, 1)
    original = photo(tmp_path)
    saved = templates.save(context, "news", original)
    (tmp_path / "a.jpg").unlink()
    queued = queueing.queue(context, Order(templates.take_up(context, "news"), ["all"]))
    templates.save(context, "news", Composition("Something else"))
    templates.delete(context, "news")
    sent = broadcasts.show(context, queued.id).content
    assert sent == saved.content
    assert (sent.text, sent.buttons, sent.silent) == (original.text, original.buttons, True)
    (item,) = sent.media
    assert (item.kind, item.spoiler) == (MediaKind.PHOTO, True)
    with context.database.read() as session:
        assert media.read(session, item.media_file_id or 0) == ("a.jpg", JPEG)


def test_what_is_taken_up_says_all_that_was_kept(context: Context, tmp_path: Path) -> None:
    templates.save(context, "one", photo(tmp_path))
    (tmp_path / "a.jpg").unlink()
    taken = templates.take_up(context, "one")
    assert taken.attachments[0].source == "a.jpg"
    assert templates.save(context, "two", taken).content == templates.show(context, "one").content


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Hello <b>you", TextRefusedError),
        ("", TextRefusedError),
        ("Hello {{ nobody }}", TextRefusedError),
        ("x" * 4097, TextRefusedError),
        ("\0", TextRefusedError),
    ],
)
def test_what_telegram_would_refuse_is_not_saved(
    context: Context, text: str, kind: type[HslTuiError]
) -> None:
    with pytest.raises(kind):
        templates.save(context, "news", Composition(text))
    assert templates.every(context) == []
    assert entries(context) == []


def test_a_caption_is_shorter_than_a_text(context: Context) -> None:
    picture = (Attachment(MediaKind.PHOTO, "https://example.org/a.jpg"),)
    with pytest.raises(TextRefusedError):
        templates.save(context, "news", Composition("x" * 1025, attachments=picture))
    templates.save(context, "news", Composition("x" * 1024, attachments=picture))


@pytest.mark.parametrize("name", ["", "  ", "x" * 65, "a\nb", "\x1b[31m", "a\u2028b", "\ud800"])
def test_a_name_that_is_none_is_refused(context: Context, name: str) -> None:
    with pytest.raises(InvalidInputError, match="template"):
        templates.save(context, name, Composition("Hello"))
    assert templates.every(context) == []


@pytest.mark.parametrize("name", ["[/b]", "Grüße 👋", "x" * 64, "a; drop", "\u202egnp"])
def test_a_name_is_text(context: Context, name: str) -> None:
    assert templates.save(context, name, Composition("Hello")).name == name
    templates.delete(context, name)


@pytest.mark.parametrize("name", ["News", "\0", "\ud800", ""])
def test_a_template_that_is_none_is_told(context: Context, name: str) -> None:
    templates.save(context, "news", Composition("Hello"))
    for act in (templates.show, templates.take_up, templates.delete):
        with pytest.raises(NotFoundError, match="There is no template"):
            act(context, name)
    assert len(templates.every(context)) == 1


def test_one_name_at_the_same_time_is_one_template(context: Context) -> None:
    at_once(4, lambda which: templates.save(context, "news", Composition(f"Hello {which}")))
    (kept,) = templates.every(context)
    found = entries(context)
    assert [action for action, _ in found] == ["template.changed"] * 3 + ["template.saved"]
    # Each change says what the one before it left.
    assert [one["before"] for _, one in found[:3]] == [one["after"] for _, one in found[1:]]
    assert found[0][1]["after"] == {"text": kept.content.text}
