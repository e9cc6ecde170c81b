"""What is being composed is there again, whatever it is and wherever its writer comes from."""

from __future__ import annotations

import dataclasses

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from hsl_tui.models.enums import MediaKind, UncertainPolicy
from hsl_tui.services import drafts, templates
from hsl_tui.services.composing import Attachment, Composition, parse_buttons
from hsl_tui.services.context import Context, current_actor
from hsl_tui.services.drafts import Draft, Form
from hsl_tui.store import audit
from tests.conftest import FrozenClock

FORM = Form(
    composition=Composition("Hello <b>you", silent=True, protect=True, link_preview=False),
    to="all !tag:staff",
    when="tomorrow at",
    on_uncertain=UncertainPolicy.RESEND,
    urgent=True,
)
"""Much of it could not be sent as it is."""


def test_a_form_comes_back_as_it_was(context: Context, clock: FrozenClock) -> None:
    assert drafts.load(context) is None
    drafts.save(context, Form(composition=Composition("Hello")))
    clock.advance(seconds=2)
    drafts.save(context, FORM)
    assert drafts.load(context) == Draft(FORM, clock.now())
    drafts.clear(context)
    assert drafts.load(context) is None
    with context.database.read() as session:
        assert audit.latest(session, limit=9) == []


def test_it_follows_its_writer_and_nobody_else(context: Context) -> None:
    def at(actor: str) -> Context:
        return dataclasses.replace(context, actor=actor)

    drafts.save(at("maria from 198.51.100.7"), FORM)
    for actor in ("maria from 203.0.113.9", "maria"):
        assert drafts.load(at(actor)) == Draft(FORM, context.clock.now())
    assert drafts.load(at("mario from 198.51.100.7")) is None
    drafts.clear(at("mario"))
    assert drafts.load(at("maria")) is not None


def test_the_line_is_no_part_of_who_someone_is(
    context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LOGNAME", "maria")
    lines: tuple[dict[str, str], ...] = ({}, {"SSH_CONNECTION": "198.51.100.7 50000 192.0.2.1 22"})
    actors = [current_actor(line) for line in lines]
    assert actors == ["maria", "maria from 198.51.100.7"]
    assert {dataclasses.replace(context, actor=one).operator for one in actors} == {"maria"}


def test_what_came_from_a_template_comes_back_with_it(context: Context) -> None:
    picture = (Attachment(MediaKind.PHOTO, "https://example.org/a.jpg", spoiler=True),)
    buttons = parse_buttons(["A=https://a.org"])
    templates.save(context, "news", Composition("Hello", attachments=picture, buttons=buttons))
    form = Form(composition=templates.take_up(context, "news"))
    drafts.save(context, form)
    found = drafts.load(context)
    assert found is not None
    assert found.form == form


@pytest.mark.parametrize("kept", ["{}", "[]", '{"content": {"text": 1}}', '{"content": 7}'])
def test_what_cannot_be_read_is_nothing(context: Context, kept: str) -> None:
    drafts.save(context, FORM)
    with context.database.write() as session:
        session.execute(sa.text("UPDATE compose_drafts SET form = :kept"), {"kept": kept})
    assert drafts.load(context) is None
    drafts.save(context, FORM)
    assert drafts.load(context) is not None


ANYTHING = st.text(st.characters(exclude_categories=()))


@example("\0", "\ud800", "\x1b[31m")
@given(ANYTHING, ANYTHING, ANYTHING)
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_is_typed_comes_back(context: Context, text: str, to: str, when: str) -> None:
    form = Form(composition=Composition(text), to=to, when=when)
    drafts.save(context, form)
    found = drafts.load(context)
    assert found is not None
    assert found.form == form
