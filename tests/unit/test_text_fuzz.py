"""Any text, template and name: read or refused, never a crash, and never markup out of a name."""

from __future__ import annotations

from contextlib import suppress
from typing import Final

from hypothesis import example, given, settings
from hypothesis import strategies as st

from hsl_tui.errors import TextRefusedError
from hsl_tui.models.views import Person
from hsl_tui.services import checking
from hsl_tui.telegram.markup import ParsedText, parse_html
from hsl_tui.telegram.rendering import OUTPUT_LIMIT, RenderingError, compile_template
from hsl_tui.telegram.tracing import trace
from hsl_tui.telegram.warnings import find_warnings

_ANY: Final = st.text(st.characters(categories=None), max_size=40)
_MARKUP: Final = """
<b> </b> <i </ </> <a·href=' '> x.org </a> javascript: <code> <code·class='language-c'> </code>
<pre> </pre> <blockquote·expandable> </blockquote> <tg-emoji·emoji-id='1'> </tg-emoji> < >
<tg-time·unix='1'> </tg-time> & &lt; &nbsp; &#xD800; &# {{ }} {% %} {# #} {{·first_name·}}
{{·last_name·or·'x'·}} {{- -%} {%·if·last_name·%} {%·else·%} {%·endif·%} {%·raw·%} {%·endraw·%}
first_name | e upper truncate ( ) [ ] . , 9 1e999 ' " ~ + * ** / // % if else endif is defined
__class__ range for in self safe center format
"""
_SCRAPS: Final = [
    *(one.replace("·", " ") for one in _MARKUP.split()),
    *("\n", "\r\n", " ", "\0", "\u202e", "👍", "\ud83d"),
]
_SCRAPPY: Final = st.lists(st.sampled_from(_SCRAPS) | _ANY, max_size=12).map("".join)
_PAIRS: Final = [
    ("<b>", "</b>"),
    ("<code class='language-c'>", "</code>"),
    ("<pre>", "</>"),
    ("<a href='x.org'>", "</a>"),
    ("<a href='javascript:'>", "</a>"),
    ("<blockquote>", "</blockquote>"),
    ("<tg-emoji emoji-id='1'>", "</tg-emoji>"),
    ("{% if last_name %}", "{% endif %}"),
]
_WELL_FORMED: Final = st.recursive(
    st.sampled_from(["", "x ", "y.org", "👍", "\n", "&nbsp;", "{{ first_name }}", "{{- city -}} "]),
    lambda inner: st.builds(
        lambda pair, parts: f"{pair[0]}{''.join(parts)}{pair[1]}",
        st.sampled_from(_PAIRS),
        st.lists(inner, max_size=4),
    ),
)
_PEOPLE: Final = st.builds(
    Person,
    st.just(1),
    first_name=st.none() | _ANY,
    last_name=st.none() | _ANY,
    attributes=st.dictionaries(st.sampled_from(["city", "self", "a b", "first_name"]), _ANY),
)

# Names that try to get out of where they stand, and what a reader would see of them.
_HOSTILE: Final = st.sampled_from(
    [
        "<b>x</b>",
        "</b></i></a></code></pre></blockquote>",
        "<a href='javascript:x'>y</a>",
        "'\"><script>",
        "&lt;b&gt;",
        "&amp;&nbsp;&#60;b&#62;",
        "{{ last_name }}{% raw %}",
        "[/b]*_~`",
        "<tg-emoji emoji-id='1'>👍</tg-emoji>",
        "<",
        "&",
        "-->",
    ]
) | st.text(st.characters(exclude_categories=["Cs", "Cc", "Cf", "Z", "M"]), min_size=1, max_size=20)
_HARMLESS: Final = "\ue000"
_AROUND: Final = [
    "{{ first_name }}",
    "<b>{{ first_name }}</b>",
    "a <i>b {{ first_name }}</i> c",
    "<code>{{ first_name }}</code> <pre>{{ first_name }}</pre>",
    "<a href='https://example.org/'>{{ first_name }}</a>",
    "<blockquote expandable><u>{{ first_name }}</u></blockquote>",
    "<tg-spoiler>{{ first_name ~ '' }}</tg-spoiler>",
    "{% if first_name %}<s>{{ first_name or 'x' }}</s>{% endif %}",
    "{{ first_name|e|trim }}{{ '<b>' ~ first_name }}",
]


def read(text: str, person: Person) -> ParsedText | TextRefusedError:
    try:
        return checking.check(text, known=[*person.attributes, "city"], person=person)
    except TextRefusedError as error:
        return error


def is_in(text: str, line: int, column: int) -> bool:
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return 1 <= line <= len(lines) and 1 <= column <= len(lines[line - 1]) + 1


@given(_SCRAPPY | _WELL_FORMED, _PEOPLE)
@example("{{ first_name" * 500, Person(1))
@example("<b>" * 3000, Person(1))
@example("&" * 5000, Person(1))
def test_any_text_is_read_or_refused_at_a_place_within_it(text: str, person: Person) -> None:
    found = read(text, person)

    if isinstance(found, TextRefusedError):
        assert str(found)
        assert (found.line is None) == (found.column is None)
        assert is_in(text, found.line or 1, found.column or 1)
    else:
        assert found.text.strip()


@settings(deadline=None)
@given(_WELL_FORMED, _PEOPLE)
@example("<b></b>" * 3000 + "x", Person(1))
@example("<b>" * 500 + "x" + "</b>" * 500, Person(1))
def test_warnings_of_any_text_stand_within_it(text: str, person: Person) -> None:
    if isinstance(read(text, person), ParsedText):
        known = [*person.attributes, "city"]
        for warning in checking.look_for_warnings(text, known=known, person=person):
            assert warning.message
            assert is_in(text, warning.line, warning.column)


@given(_HOSTILE, st.sampled_from(_AROUND))
def test_no_markup_comes_out_of_a_name(name: str, text: str) -> None:
    template = compile_template(text)
    hostile = parse_html(template.render(Person(1, first_name=name)))
    plain = parse_html(template.render(Person(1, first_name=_HARMLESS)))

    assert hostile.text == plain.text.replace(_HARMLESS, name)
    assert [(one.type, one.url) for one in hostile.entities] == [
        (one.type, one.url) for one in plain.entities
    ]


@given(_HOSTILE, _HOSTILE)
def test_a_name_in_an_address_stays_in_the_address(name: str, other: str) -> None:
    text = "<a href='https://example.org/?q={{ first_name|urlencode }}'>{{ last_name }}</a>"
    parsed = parse_html(compile_template(text).render(Person(1, first_name=name, last_name=other)))

    (link,) = parsed.entities
    assert parsed.text == other
    assert (link.url or "").startswith("https://example.org/?q=")


@given(_HOSTILE, st.sampled_from(_AROUND))
def test_a_name_is_never_warned_of(name: str, text: str) -> None:
    with_name = find_warnings(trace(text, Person(1, first_name=name)))
    without = find_warnings(trace(text, Person(1, first_name="x")))

    assert [one.kind for one in with_name] == [one.kind for one in without]


@given(st.lists(st.sampled_from(_SCRAPS), max_size=25).map(lambda found: "{{ " + " ".join(found)))
def test_no_template_grows_without_measure(text: str) -> None:
    with suppress(TextRefusedError, RenderingError):
        rendered = compile_template(text, ["city"]).render(Person(1, first_name="Ann"))
        assert len(rendered) <= OUTPUT_LIMIT
