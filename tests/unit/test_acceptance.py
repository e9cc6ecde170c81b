"""The quick check of a text for many people lets pass what the full one does, and no more."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Final

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from hsl_tui.errors import HslTuiError
from hsl_tui.models.views import Person
from hsl_tui.telegram.acceptance import Acceptance
from hsl_tui.telegram.markup import check_text
from hsl_tui.telegram.rendering import Template, compile_template

TEXTS: Final = [
    "{{ first_name }}",
    "<b>{{ first_name }}</b>",
    "Hello {{ first_name }}, <i>{{ last_name }}</i>",
    "<b> \n{{ first_name }}</b>\n",
    '<a href="https://example.org/?q={{ first_name }}">{{ last_name }}</a>',
    '<tg-emoji emoji-id="{{ first_name }}">x</tg-emoji>',
    '<tg-time unix="1" format="{{ first_name }}">x</tg-time>',
    "<{{ first_name }}>x</{{ first_name }}>",
    "&{{ first_name }}; and &#{{ first_name }};",
    "x {{ first_name|e|truncate(3, true, '', 0) }}xD800;",
    "{% if last_name %}x<u>{{ last_name }}</u>{% else %}<s>{{ first_name }}{% endif %}",
    "{{ '<b>' ~ first_name }} {{ first_name|upper }}",
    "\ue000{{ first_name }} x",
    "a" * 4090 + "{{ first_name }}",
    "{{ first_name }}" * 300,
    "a" * 4090 + "{{ first_name }}.",
    " " + "a" * 4080 + "{{ first_name }}\n{{ last_name }}.",
    "👍" * 510 + "{{ first_name }} {{ last_name }}.",
    "<a href='https://example.org/?a=1&b={{ first_name }}'>x</a> {{ last_name }}",
    "<a href='{{ first_name }}' title='{{ last_name }}'>x</a>",
    "<a href={{ first_name }}>x</a>",
    "<a href='{{ first_name }}'><tg-time unix='1' format='{{ last_name }}'>x</></a>",
    "<a>{{ first_name }}.org</a> <span class='{{ last_name }}'>x</span>",
]
NAMES: Final = [
    "",
    " ",
    "x",
    "👍" * 3,
    "<b>",
    "&lt;",
    "#xD800",
    "xD800",
    "r",
    "5",
    "\u202e",
    "'\"",
    "O'Brien & Sons",
    "\ue000",
    "\0",
]


def outcome(make_up: Callable[[], str]) -> str:
    try:
        return make_up()
    except HslTuiError as error:
        return f"{type(error).__name__}: {error}"


def checked(template: Template, person: Person, *, caption: bool) -> str:
    text = template.render(person)
    check_text(text, caption=caption)
    return text


@pytest.mark.parametrize("caption", [False, True])
@given(
    text=st.sampled_from(TEXTS),
    people=st.lists(
        st.tuples(st.sampled_from(NAMES) | st.text(max_size=30), st.sampled_from(NAMES)),
        min_size=1,
        max_size=6,
    ),
)
@example(text="<a href='{{ first_name }}'>x</a>", people=[("\0", "")])
def test_quick_and_full_check_agree(
    text: str, people: list[tuple[str, str]], *, caption: bool
) -> None:
    template = compile_template(text)
    quick = Acceptance(template, caption=caption)
    # The first of them teaches it what it knows of the next.
    for first, last in people:
        person = Person(1, first_name=first, last_name=last)
        assert outcome(partial(quick.make_up, person)) == outcome(
            partial(checked, template, person, caption=caption)
        )
