"""What is said of a text for everyone holds for anyone."""

from __future__ import annotations

from typing import Final

import pytest
from hypothesis import assume, event, given
from hypothesis import strategies as st

from hsl_tui.errors import TextRefusedError
from hsl_tui.models.views import Person
from hsl_tui.telegram.generality import is_taken_for_all
from hsl_tui.telegram.markup import check_text
from hsl_tui.telegram.rendering import compile_template

GENERAL: Final = [
    "Hello {{ first_name }}",
    "<b>Hello</b> {{ first_name }} {{ last_name|upper }}, see you",
    'Hello {{ first_name or "friend" }}',
    "Hello {{ nick|default('you') }} {{ town|d('', true) }}",
    "{% if last_name %}Dear <i>{{ last_name }}</i>{% else %}Hello{% endif %}",
    "Hi {% if town is defined and not last_name %}in {{ town }}{% elif nick %}x{% endif %}",
    "Hi {{ first_name if nick else last_name or username }}",
    '<a href="https://example.org/?q={{ username }}">news</a>',
]
PARTICULAR: Final = [
    "{{ first_name }}",
    "Hello {{ town }}",
    "Hello {{ first_name|truncate(3) }}",
    "Hello {% if first_name == 'Ann' %}<b>{% endif %}",
    "Hello {{ first_name|length / 0 }}",
    "Hello {% if first_name|trim %}{{ town }}{% endif %}",
    "{% if last_name %}Dear {{ last_name }}{% endif %}",
    "Hello {% if town %}<b>{% endif %}",
    "Hello {{ first_name * 2 }}",
    "Hello &{{ first_name }};",
    '<tg-time unix="1" format="{{ first_name }}">x</tg-time>',
    "a" * 4000 + "{{ first_name }}",
    "Hello {{ first_name }}\ue001",
]
LONGEST: Final = 40
NAMES: Final = ("first_name", "last_name", "username", "nick", "town")


def is_general(text: str) -> bool:
    try:
        longest = dict.fromkeys(compile_template(text, known=None).uses, LONGEST)
    except TextRefusedError:
        return False
    return is_taken_for_all(text, longest=longest, lacking={"nick", "town"}, caption=False)


@pytest.mark.parametrize("text", GENERAL)
def test_ordinary_texts_need_not_be_made_up_for_each(text: str) -> None:
    assert is_general(text)


@pytest.mark.parametrize("text", PARTICULAR)
def test_nothing_is_said_where_values_decide(text: str) -> None:
    assert not is_general(text)


def test_an_attribute_that_nobody_lacks_may_be_printed() -> None:
    assert is_taken_for_all("Hi {{ town }}", longest={"town": 9}, lacking=(), caption=True)


@pytest.mark.parametrize(("longest", "fits"), [(338, True), (339, False)])
def test_the_longest_values_must_fit_whatever_they_are_made_of(longest: int, *, fits: bool) -> None:
    # Three units for each character, beside the eight that were typed, of 1024.
    text = "Hello, {{ first_name }}!"

    assert is_taken_for_all(text, longest={"first_name": longest}, lacking=(), caption=True) is fits


_NAME = st.sampled_from(NAMES)
_WORD = st.sampled_from(["'you'", "''", "'<b>'", "'&amp'"])
_CHOICE = st.recursive(
    _NAME | _WORD,
    lambda inner: (
        st.builds("{} or {}".format, inner, inner)
        | st.builds("{} if {} else {}".format, inner, _NAME, inner)
    ),
    max_leaves=3,
)
_VALUE = (
    _CHOICE
    | st.builds("{}|{}".format, _NAME, st.sampled_from(["upper", "title", "trim", "e", "length"]))
    | st.builds("{}|default({})".format, _NAME, _WORD)
)
_TEST = (
    _NAME
    | st.builds("not {}".format, _NAME)
    | st.builds("{} is defined".format, _NAME)
    | st.builds("{} and {}".format, _NAME, _NAME)
    | st.builds("{}|trim".format, _NAME)
)
_TYPED = st.sampled_from(
    ["Hello ", "x", "<b>", "</b>", " ", "\n", "&amp", ";", "&", "'>", "<a href='http://a.org/"]
)
_PART = st.recursive(
    _TYPED | st.builds("{{{{ {} }}}}".format, _VALUE),
    lambda inner: st.builds(
        "{{% if {} %}}{}{{% else %}}{}{{% endif %}}".format,
        _TEST,
        st.lists(inner, max_size=2).map("".join),
        inner,
    ),
    max_leaves=4,
)
_VALUES = st.sampled_from(["", " ", "x", "Hello ", "<b>", ";", "amp;", "ΐ" * LONGEST, "👍" * 9]) | (
    st.text("ab<&;'\"é👍ΐ \n\u202e", max_size=LONGEST)
)


@given(
    text=st.lists(_PART, min_size=1, max_size=5).map(lambda parts: "".join(["Hello ", *parts])),
    values=st.dictionaries(_NAME, _VALUES),
)
def test_what_is_said_of_all_holds_for_anyone(text: str, values: dict[str, str]) -> None:
    assume(is_general(text))
    event("general")
    attributes = {name: of for name, of in values.items() if name in {"nick", "town"}}
    standard = {name: of for name, of in values.items() if name not in attributes}
    person = Person(1, attributes=attributes, **standard)

    check_text(compile_template(text, known=None).render(person))
