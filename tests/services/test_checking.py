"""Texts that go out, and texts that are refused before they do."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hsl_tui.errors import TextRefusedError
from hsl_tui.models.views import Person
from hsl_tui.services import checking


def test_a_text_is_read_as_the_first_recipient_would_read_it() -> None:
    person = Person(chat_id=5, first_name="<b>", attributes={"course": "A & B"})
    read = checking.check("<i>{{ first_name }}</i>: {{ course }}", known=["course"], person=person)
    assert read.text == "<b>: A & B"


def test_who_lacks_an_attribute_does_not_make_the_text_wrong() -> None:
    read = checking.check("Hi {{ first_name }}{{ course }}!", known=["course"])
    assert read.text == "Hi Alex!"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "   ",
        "<b>no end",
        "<script>x</script>",
        "x" * 4097,
        "{{ birthday }}",
        "{{ first_name",
        "{% for a in b %}",
        "{{ 1 / 0 }}",
        "{{ first_name / 2 }}",
        "{% if not first_name %}only for the nameless{% endif %}",
        "with \0 in it",
        "half \ud83d a pair",
        "{{ first_name.__class__ }}",
    ],
)
def test_a_text_that_cannot_go_out_is_refused(text: str) -> None:
    with pytest.raises(TextRefusedError) as caught:
        checking.check(text)
    assert str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(("length", "caption"), [(4096, False), (1024, True)])
def test_the_limit_is_telegrams_in_its_units(length: int, *, caption: bool) -> None:
    checking.check("x" * length, caption=caption)
    checking.check("😀" * (length // 2), caption=caption)
    for too_long in ("x" * (length + 1), "😀" * (length // 2) + "x"):
        with pytest.raises(TextRefusedError):
            checking.check(too_long, caption=caption)


@given(st.text(st.characters(categories=None)))
def test_any_text_is_read_or_refused(text: str) -> None:
    with suppress(TextRefusedError):
        assert checking.check(text).text.strip()


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("a\n<b>x", (2, 1)),
        ("{{ first_name }} and {{ last_name }}\n {{ first_name }}<br>", (2, 18)),
        ("{% if first_name %}<i>{{ first_name }}</b>{% endif %}", (1, 39)),
        ("a\nb \0", (2, 3)),
        ("a {{ nonsense }}", (1, 6)),
    ],
)
def test_an_error_stands_at_its_place_in_what_was_typed(text: str, place: tuple[int, int]) -> None:
    person = Person(chat_id=5, first_name="A <very> long & winding name", last_name="\n\n\n")
    with pytest.raises(TextRefusedError) as caught:
        checking.check(text, person=person)
    assert (caught.value.line, caught.value.column) == place


def test_warnings_are_of_the_text_as_one_person_reads_it() -> None:
    (warning,) = checking.look_for_warnings("{{ city }}{{ first_name }}\n<b></b>", known=["city"])
    assert (warning.line, warning.column) == (2, 1)
