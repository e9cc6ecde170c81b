from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hsl_tui.errors import TextRefusedError
from hsl_tui.models.views import Person
from hsl_tui.telegram.markup import parse_html
from hsl_tui.telegram.rendering import OUTPUT_LIMIT, RenderingError, compile_template


def someone(**known: Any) -> Person:
    values: dict[str, Any] = {"chat_id": 1, "first_name": "Ann", "language_code": "en"}
    return Person(**values | known)


def rendered(text: str, person: Person | None = None, known: tuple[str, ...] = ()) -> str:
    return compile_template(text, known).render(person or someone())


@pytest.mark.parametrize("text", ["", "plain", "<b>50 %</b> { } }} %}\r\n", "two\nlines\n"])
def test_a_text_without_variables_goes_out_as_it_is(text: str) -> None:
    template = compile_template(text)
    assert template.render(someone()) == text
    assert template.variables == frozenset()


def test_each_recipient_gets_their_own_text() -> None:
    template = compile_template("Dear {{ first_name }} of {{ city }},\n", ["city"])
    assert template.variables == {"first_name", "city"}
    for name, city in (("Ann", "Bonn"), ("Bob", "Rome"), ("Ann", "Bonn")):
        person = someone(first_name=name, attributes={"city": city})
        assert template.render(person) == f"Dear {name} of {city},\n"


def test_what_is_not_known_of_a_recipient_is_empty_and_can_have_a_stand_in() -> None:
    nobody = someone(first_name=None)
    assert rendered("Hi{{ first_name }}!", nobody) == "Hi!"
    assert rendered('Hi {{ first_name or "friend" }}!', nobody) == "Hi friend!"


def test_an_attribute_that_someone_lacks_can_be_tested_for_and_have_a_stand_in() -> None:
    assert rendered('{{ city or "nowhere" }}', known=("city",)) == "nowhere"
    assert rendered("{% if city %}in {{ city }}{% endif %}", known=("city",)) == ""
    assert rendered('{{ city|default("nowhere") }}', known=("city",)) == "nowhere"


def test_if_chooses_by_a_variable() -> None:
    text = '{% if language_code == "de" %}Hallo{% elif first_name %}Hi{% else %}Hey{% endif %}'
    assert rendered(text, someone(language_code="de")) == "Hallo"
    assert rendered(text, someone()) == "Hi"
    assert rendered(text, someone(first_name=None)) == "Hey"


def test_an_attribute_never_stands_in_for_a_standard_variable() -> None:
    person = someone(attributes={"first_name": "Mallory", "last_name": "M"})
    assert rendered("{{ first_name }}{{ last_name }}", person, ("first_name",)) == "Ann"


@pytest.mark.parametrize(
    "name",
    ["<b>", "</b><a href='https://example.org'>x</a>", "&lt;", '" onclick="', "{{ last_name }}"],
)
@pytest.mark.parametrize(
    "use",
    [
        "{{ first_name }}",
        "{{ first_name|upper }}",
        "{{ first_name|e|truncate(4, true, '', 0) }}",
        "{{ first_name ~ '<i>' }}",
        "{{ first_name|default('x')|string|title }}",
        '<a href="https://example.org/?q={{ first_name }}">link</a>',
        '<a href="https://example.org/?q={{ first_name|urlencode }}">link</a>',
    ],
)
def test_a_name_with_markup_stays_a_name(name: str, use: str) -> None:
    plain = parse_html(rendered(f"<b>{use}</b>", someone(first_name="Ann")))
    hostile = parse_html(rendered(f"<b>{use}</b>", someone(first_name=name)))
    assert [entity.type for entity in hostile.entities] == [
        entity.type for entity in plain.entities
    ]


@given(name=st.text(st.characters(exclude_categories=["Cs", "Cc", "Cf", "Z", "M"]), min_size=1))
def test_telegram_reads_every_name_as_it_is_written(name: str) -> None:
    parsed = parse_html(rendered("[{{ first_name }}]", someone(first_name=name)))
    assert parsed.text == f"[{name}]"
    assert not parsed.entities


def test_an_unknown_variable_is_refused_with_the_known_ones() -> None:
    with pytest.raises(TextRefusedError, match=r"name.*known are city, first_name") as caught:
        compile_template("Hello\n{{ name }}", ["city", "no identifier"])
    assert (caught.value.line, caught.value.column) == (2, 4)
    assert "no identifier" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("a\nab {{ first_name", (2, 4)),
        ("{{ }}", (1, 1)),
        ("a\nb\n {% if first_name %}", (3, 2)),
        ("{% endif %}", (1, 1)),
        ("é {% nonsense %}", (1, 3)),
        ("{{ first_name }}\r\n\r\n{{ first_name|nonsense }}", (3, 15)),
        ("{# a\n b #}{{ first_name is nonsense }}", (2, 23)),
        ("{% if 1 %}{{ 2 }}{{ first_name * 2 }}{% endif %}", (1, 32)),
        ("{{- first_name -}}  \n  {{- first_name.x }}", (2, 17)),
        ("{{ first_name() }}", (1, 14)),
        ("{{ first_name[0] }}", (1, 14)),
        ("x {% for a in first_name %}{% endfor %}", (1, 6)),
    ],
)
def test_a_broken_template_is_refused_with_its_place(text: str, place: tuple[int, int]) -> None:
    with pytest.raises(TextRefusedError) as caught:
        compile_template(text)
    assert (caught.value.line, caught.value.column) == place


@pytest.mark.parametrize(
    "text",
    [
        "{{ first_name|safe }}",
        "{{ first_name|tojson }}",
        "{{ first_name|xmlattr }}",
        "{{ first_name|attr('__class__') }}",
        "{% autoescape false %}{{ first_name }}{% endautoescape %}",
        "{{ first_name.__class__.__mro__ }}",
        "{{ first_name['__class__'] }}",
        "{{ first_name.format }}",
        "{{ ''.join(['a']) }}",
        "{{ self }}",
        "{{ self._TemplateReference__context }}",
        "{{ range(5) }}",
        "{{ lipsum() }}",
        "{% for a in first_name %}{{ a }}{% endfor %}",
        "{% for a in range(1000000000) %}{% endfor %}",
        "{% set a = first_name %}{{ a }}",
        "{% macro m() %}{% endmacro %}",
        "{% include 'x' %}",
        "{% import 'x' as x %}",
        "{% from 'x' import y %}",
        "{% extends 'x' %}",
        "{% block b %}{% endblock %}",
        "{% filter upper %}x{% endfilter %}",
        "{{ 'a' * 1000000000 }}",
        "{{ 9 ** 9 ** 9 ** 9 }}",
        "{{ '%1000000000d' % 1 }}",
        "{{ '%1000000000d'|format(1) }}",
        "{{ 'a'|center(1000000000) }}",
        "{{ 'a'|replace('a', 'aaaaaaaaaa') }}",
        "{{ 1|round(10000000000, 'ceil') }}",
        "{{ first_name is callable }}",
        "{{ first_name.mro() }}",
        "{{ first_name|attr('mro') }}",
        "{{ 'a'|center(10**9) }}",
        "{{ 'a'|indent(1000000000) }}",
        "{{ [first_name] * 1000000000 }}",
        "{{ cycler.__init__.__globals__ }}",
        "{{ namespace }}",
        "{{ " + "9" * 5_000 + " }}",
        "{{ first_name" + "|urlencode" * 101 + " }}",
        "{{ first_name" + "|e" * 6_000 + " }}",
        "{{ " + "not " * 5_000 + "1 }}",
        "{{ 1" + " + 1" * 5_000 + " }}",
        "{{ " + "[" * 3_000 + "]" * 3_000 + " }}",
        "{{" * 30_000,
        "{{" + "(" * 5_000 + "1" + ")" * 5_000 + "}}",
        "{% if 1 %}" * 500 + "{% endif %}" * 500,
        "{{ first_name }}" + "x" * OUTPUT_LIMIT,
    ],
)
def test_what_could_loop_grow_or_reach_into_python_is_refused(text: str) -> None:
    with pytest.raises(TextRefusedError) as caught:
        compile_template(text, ["self", "range", "lipsum"] if "range" not in text else [])
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "text",
    [
        "{{ 1 / (first_name|length - 3) }}",
        "{{ first_name + 1 }}",
        "{{ -first_name }}",
        "{{ city }}",
        r"{{ '\ud800' }}",
        "{{ first_name|truncate(1) }}",
    ],
)
def test_what_cannot_be_rendered_is_one_sentence_about_this_recipient(text: str) -> None:
    template = compile_template(text, ["city"])
    with pytest.raises(RenderingError, match="this recipient") as caught:
        template.render(someone())
    assert "\n" not in str(caught.value)


def test_a_missing_attribute_is_named_and_can_have_a_default() -> None:
    with pytest.raises(RenderingError, match="'city' is undefined"):
        rendered("{{ city }}", known=("city",))
    assert rendered("{{ city|default('town') }}", known=("city",)) == "town"


def test_a_text_that_was_checked_before_needs_no_list_of_attributes() -> None:
    template = compile_template("{{ city }}", None)
    assert template.render(someone(attributes={"city": "Bonn"})) == "Bonn"
    with pytest.raises(TextRefusedError):
        compile_template("{{ self }}", None)


def test_a_value_without_measure_does_not_pass() -> None:
    person = someone(attributes={"city": "x" * OUTPUT_LIMIT})
    with pytest.raises(RenderingError, match="grows beyond"):
        rendered("{{ city }}{{ city }}", person, ("city",))


@pytest.mark.parametrize(
    "text",
    ["{{ %s '' }}" % ("city ~ " * 3000), "{%% if %s 1 %%}{%% endif %%}" % ("city ~ " * 3000)],
)
def test_values_are_not_heaped_up_before_they_are_measured(text: str) -> None:
    person = someone(attributes={"city": "x" * 20_000})
    with pytest.raises(RenderingError, match="fills it in is longer than"):
        rendered(text, person, ("city",))
