"""The grammar of selectors: what is read, how it is printed, and where it is wrong."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from hsl_tui.errors import InvalidInputError, SelectorError
from hsl_tui.models.enums import RecipientState
from hsl_tui.models.selector import (
    MOST_JOINED,
    Selector,
    SelectorKind,
    Term,
    join_selectors,
    parse_line,
    parse_selector,
    parse_selectors,
    read_line,
    split_selectors,
)

TAG, LANG, ALL = SelectorKind.TAG, SelectorKind.LANG, SelectorKind.ALL


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("", []),
        ("all", ["all"]),
        ("  all   !tag:staff ", ["all", "!tag:staff"]),
        ('"tag:two words" all', ['"tag:two words"', "all"]),
        ('!tag:"two words" all', ['!tag:"two words"', "all"]),
        ("tag:o'brien all", ["tag:o'brien", "all"]),
        ("tag:a + !tag:b lang:de", ["tag:a + !tag:b", "lang:de"]),
        ("! tag:a all", ["! tag:a", "all"]),
        ("tag:c++ lang:de", ["tag:c++", "lang:de"]),
        ("tag:staff nonsense all", ["tag:staff", "nonsense", "all"]),
        ('all tag:"not closed yet', ["all", 'tag:"not closed yet']),
    ],
)
def test_a_line_is_taken_apart_at_its_blanks(line: str, words: list[str]) -> None:
    assert split_selectors(line) == words


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("tag:two words", Selector.of(TAG, "two words")),
        ('"tag:two words"', Selector.of(TAG, "two words")),
        # As lines were kept before values were quoted.
        ('"!tag:a + tag:b"', Selector.of(TAG, "a + tag:b", exclude=True)),
        ("tag:c++", Selector.of(TAG, "c++")),
        ("tag:a+b", Selector.of(TAG, "a+b")),
        ('tag:"a+tag:b"', Selector.of(TAG, "a+tag:b")),
        (r'tag:"say \"hi\" \\ \o/"', Selector.of(TAG, r'say "hi" \ \o/')),
        (r"tag:back\slash", Selector.of(TAG, r"back\slash")),
        ("tag:for all", Selector.of(TAG, "for all")),
        ("TAG : Staff ", Selector.of(TAG, "Staff")),
        ("tag:a+tag:b", Selector((Term(TAG, "a"), Term(TAG, "b")))),
        (
            "!tag:a b + !lang:EN_gb",
            Selector((Term(TAG, "a b"), Term(LANG, "en-gb", negated=True)), exclude=True),
        ),
        ("all+!tag:a+all", Selector((Term(ALL), Term(TAG, "a", negated=True)))),
        ("attr:city=New York", Selector.of(SelectorKind.ATTR, "New York", key="city")),
        ('attr:"city=a=b"', Selector.of(SelectorKind.ATTR, "a=b", key="city")),
        ('attr:city=""', Selector.of(SelectorKind.ATTR, "", key="city")),
        ("chat:+007", Selector.of(SelectorKind.CHAT, 7)),
        ("username:@@Ann", Selector.of(SelectorKind.USERNAME, "Ann")),
        ("state:BLOCKED", Selector.of(SelectorKind.STATE, "blocked")),
        ("Not-reached-by: 01", Selector.of(SelectorKind.NOT_REACHED_BY, 1)),
    ],
)
def test_one_by_itself_needs_no_quotes_for_blanks(written: str, read: Selector) -> None:
    assert parse_selector(written) == read


@pytest.mark.parametrize(
    ("line", "place", "said"),
    [
        ("all tga:x", "tga", "did you mean tag:?"),
        ("al", "al", "did you mean all?"),
        ("everybody", "everybody", "use all, tag:NAME"),
        ("tag:a+tags:b", "tags", "did you mean tag:?"),
        ("all+nonsense", "nonsense", "'nonsense' is not a selector"),
        ("all +", "+", "A selector is missing"),
        ("all !", "!", "A selector is missing"),
        ("tag:a lang", "lang", "lang needs a value, as in lang:CODE"),
        ("tag:a tag: b", "tag:", "tag: needs a value"),
        ("all:x", "all:x", "all takes no value"),
        ("all state:bloked", "state:bloked", "did you mean blocked?"),
        ('all tag:"a b', '"a b', "not closed"),
        ('tag:"a"b', "b", "A blank or a + is missing"),
        ("attr:city", "attr:", "as in attr:NAME=VALUE"),
        ("attr:1st=x", "attr:1st=x", "not the name of an attribute"),
        ('all "tag:" all', '"tag:"', "tag: needs a value"),
        ("chat:0 all", "chat:0", "0 is not a chat id"),
        ("username:@", "username:@", "not a user name"),
        ("lang:en!", "lang:en!", "not a language's code"),
    ],
)
def test_what_is_wrong_is_pointed_at(line: str, place: str, said: str) -> None:
    with pytest.raises(SelectorError, match=re.escape(said)) as refused:
        parse_line(line)
    error = refused.value
    assert error.text == line
    assert line[error.offset : error.offset + error.length] == place


def test_behind_a_fault_the_line_is_read_on() -> None:
    read = [one for _, one in read_line("tag:a nonsense !tag:b")]
    assert [str(one) for one in read if isinstance(one, Selector)] == ["tag:a", "!tag:b"]


def test_no_more_terms_are_joined_than_one_statement_takes() -> None:
    many = "+".join(f"tag:{n}" for n in range(MOST_JOINED))
    assert len(parse_selector(many).terms) == MOST_JOINED
    with pytest.raises(InvalidInputError, match="201 terms"):
        parse_selectors([many.removesuffix("+tag:199"), "tag:a+tag:b"])
    parse_selectors([f"chat:{n}" for n in range(1, 5000)])


# --- for any text -------------------------------------------------------------------------------

_TEXTS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1)
_NAMES = _TEXTS.map(str.strip).filter(bool) | st.sampled_from(
    ["c++", "a+tag:b", '"', "\\", '\\"', "!x", "x !all", "@a", "all", "a + b", "tag:x", "a all"]
)  # fmt: skip
_TERMS = st.one_of(
    st.just(Term(ALL)),
    st.builds(Term, st.sampled_from([TAG, SelectorKind.SAVED]), _NAMES),
    st.builds(
        Term,
        st.just(SelectorKind.ATTR),
        st.text() | _NAMES,
        st.sampled_from(["city", "_x1", "größe", "名"]),
    ),
    st.builds(Term, st.just(SelectorKind.USERNAME), _NAMES.map(lambda name: f"a{name}")),
    st.integers(1, 2**63 - 1).map(
        lambda number: Term(SelectorKind.CHAT, str(number if number % 2 else -number))
    ),
    st.integers(1, 2**63 - 1).map(lambda number: Term(SelectorKind.REACHED_BY, str(number))),
    st.sampled_from(["en", "pt-br", "zh-hans-cn"]).map(lambda code: Term(LANG, code)),
    st.sampled_from(RecipientState).map(lambda state: Term(SelectorKind.STATE, state.value)),
)


@st.composite
def selectors(draw: st.DrawFn) -> Selector:
    first, *others = draw(st.lists(_TERMS, min_size=1, max_size=4))
    signed = (Term(one.kind, one.value, one.key, negated=draw(st.booleans())) for one in others)
    return Selector(tuple(dict.fromkeys((first, *signed))), draw(st.booleans()))


@given(st.lists(selectors()))
def test_what_is_printed_is_read_as_the_same(several: list[Selector]) -> None:
    assert [one for _, one in read_line(join_selectors(several))] == several
    assert [parse_selector(str(one)) for one in several] == several


_FRAGMENTS = st.lists(
    st.sampled_from(
        [*'!"+ :=\\@\t', "all", "tag:", "attr:", "city=", "chat:", "-1", "lang:", "tga:", "x", "é"]
    )
).map("".join)


def read(parse: Callable[[str], object], text: str) -> object:
    """What a text is read as, or the error, after its place was looked at."""
    try:
        return parse(text)
    except InvalidInputError as refused:
        error = refused
    if isinstance(error, SelectorError):
        assert error.text == text
        assert 0 <= error.offset <= error.offset + error.length <= len(text)
        assert error.length or not text
    return error


@given(_FRAGMENTS | st.text())
@example('"')
@example('all+"!tag:x')
def test_any_line_is_read_or_refused_at_a_place_within_it(line: str) -> None:
    selectors = read(parse_line, line)
    if isinstance(selectors, tuple):
        assert parse_line(join_selectors(selectors)) == selectors
    elif not isinstance(selectors, SelectorError):
        assert all(isinstance(one, Selector) and one.exclude for _, one in read_line(line))


@given(_FRAGMENTS | st.text())
def test_any_text_by_itself_is_read_or_refused_at_a_place_within_it(written: str) -> None:
    selector = read(parse_selector, written)
    if isinstance(selector, Selector):
        assert parse_selector(str(selector)) == selector


@given(_FRAGMENTS | st.text())
def test_what_a_line_is_split_into_is_read_alike(line: str) -> None:
    for written, one in read_line(line):
        if isinstance(one, Selector):
            assert parse_selector(written) == one
