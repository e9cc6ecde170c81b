"""The way back from a rendered text to what was typed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hsl_tui.errors import TextRefusedError
from hsl_tui.models.views import Person
from hsl_tui.telegram.rendering import RenderingError, compile_template
from hsl_tui.telegram.tracing import trace

ANN = Person(1, first_name="<Ann>", language_code="de")
PIECES = ["a", "<b>", "é\n", "\r\n", " ", "{{ first_name }}", "{{- last_name -}}", "{#- c #}", "👍"]
PIECES += [
    "{% if language_code == 'de' -%}",
    "{% else %}",
    "{%- endif %}",
    "{% raw %}{{ x }}{% endraw %}",
]


def at(text: str, needle: str) -> tuple[int, int]:
    traced = trace(text, ANN)
    return traced.place(traced.rendered.index(needle))


@pytest.mark.parametrize(
    ("text", "needle", "place"),
    [
        ("ab\ncd", "d", (2, 2)),
        ("{{ first_name }} x", "x", (1, 18)),
        ("{{ first_name }}\r\nx", "x", (2, 1)),
        ("a {{ first_name }} x", "Ann", (1, 3)),
        ("{{ first_name }}", "Ann", (1, 1)),
        ("{% if last_name %}x{% else %}\n y{% endif %} z", "y", (2, 2)),
        ("{% if last_name %}x{% else %}\n y{% endif %} z", "z", (2, 15)),
        ("a {#- note -#}  x", "x", (1, 17)),
        ("{% raw %}{{ x }}{% endraw %}", "x", (1, 13)),
    ],
)
def test_a_character_is_found_where_it_was_typed(
    text: str, needle: str, place: tuple[int, int]
) -> None:
    assert at(text, needle) == place


@given(st.lists(st.sampled_from(PIECES)).map("".join), st.text(max_size=9))
def test_what_is_traced_is_what_is_sent(text: str, name: str) -> None:
    person = Person(1, first_name=name, language_code="de")
    try:
        rendered = compile_template(text).render(person)
    except (TextRefusedError, RenderingError):
        return
    traced = trace(text, person)

    assert traced.rendered == rendered
    places = [traced.place(index) for index in range(len(rendered) + 1)]
    assert places == sorted(places)
    assert all(line <= text.count("\n") + 1 for line, _ in places)
