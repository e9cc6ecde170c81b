"""The language of templates: what is left of Jinja2 when all that is dangerous is taken away.

Nothing in it can loop, grow or reach into Python: there are variables, ``if``, comparisons, and a
few filters. What is not there cannot be abused, neither by a template nor by a name. The sandbox
stays below as the second line.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

import jinja2
from jinja2 import nodes
from jinja2.sandbox import ImmutableSandboxedEnvironment

from hsl_tui.errors import TextRefusedError
from hsl_tui.models.views import STANDARD_VARIABLES
from hsl_tui.telegram.places import index_of

MARKS: Final = ("{{", "{%", "{#")
"""One of these is in every template; a text without is no template."""

_MOST_FILTERS: Final = 100
"""In one template: each may make a value longer, and the next the longer one."""

# Neither `safe`, `tojson` and their like, which could let a name's markup through, nor `replace`,
# `format`, `round` and their like, which a few characters make grow to gigabytes.
# fmt: off
_FILTERS: Final = frozenset((
    "abs", "capitalize", "count", "d", "default", "e", "escape", "first", "float", "int",
    "last", "length", "lower", "string", "title", "trim", "truncate", "upper",
    "urlencode", "wordcount",
))
_TESTS: Final = frozenset((
    "defined", "undefined", "none", "string", "number", "even", "odd", "lower", "upper", "in",
    "eq", "ne", "gt", "ge", "lt", "le",
))
# fmt: on
_STRUCTURE: Final = (nodes.Template, nodes.Output, nodes.TemplateData, nodes.If, nodes.Keyword)
_EXPRESSIONS: Final = (
    nodes.Name,
    nodes.Const,
    nodes.Tuple,
    nodes.List,
    nodes.Filter,
    nodes.Test,
    nodes.CondExpr,
    nodes.Compare,
    nodes.Operand,
    nodes.And,
    nodes.Or,
    nodes.Not,
    nodes.Neg,
    nodes.Pos,
    nodes.Add,
    nodes.Sub,
    nodes.Div,
    nodes.FloorDiv,
    nodes.Concat,
)
_ALLOWED: Final = _STRUCTURE + _EXPRESSIONS
_SPELLINGS: Final[Mapping[type[nodes.Node], str]] = {
    nodes.Mul: "*",
    nodes.Mod: "%",
    nodes.Pow: "**",
    nodes.Call: "(…)",
    nodes.Getattr: ".",
    nodes.Getitem: "[…]",
    nodes.FromImport: "import",
    nodes.Assign: "set",
    nodes.AssignBlock: "set",
    nodes.CallBlock: "call",
    nodes.FilterBlock: "filter",
    nodes.Scope: "autoescape",
}


class _Missing(jinja2.StrictUndefined):
    """A value that a recipient does not have: it can be tested for, but not printed."""

    __slots__ = ()

    def __bool__(self) -> bool:  # type: ignore[override] # the base class only ever raises
        return False


def _environment() -> ImmutableSandboxedEnvironment:
    environment = ImmutableSandboxedEnvironment(
        autoescape=True,
        undefined=_Missing,
        finalize=lambda value: "" if value is None else value,
        keep_trailing_newline=True,
        cache_size=0,
    )
    environment.globals.clear()
    environment.filters = {name: environment.filters[name] for name in _FILTERS}
    environment.tests = {name: environment.tests[name] for name in _TESTS}
    return environment


_ENVIRONMENT: Final = _environment()
_NEWLINE: Final = re.compile(r"\r\n?")


@dataclass(frozen=True, slots=True)
class Lexeme:
    """A piece of a template as it was typed.

    Attributes:
        kind: ``data`` for what goes out as it is; else one of Jinja2's words.
        start: index of its first character.
    """

    kind: str
    value: str
    start: int


def read(text: str, known: Collection[str] | None) -> tuple[jinja2.Template, Mapping[str, int]]:
    """Compile a template of this language, and tell how often it uses each of its variables.

    Args:
        known: names of attributes; None takes any name for one.

    Raises:
        TextRefusedError: it is none, or uses an unknown variable.
    """
    try:
        tree = parse(text)
        _check_language(text, tree)
        variables = _check_variables(text, tree, known)
        return _ENVIRONMENT.from_string(tree), variables
    except jinja2.TemplateSyntaxError as error:
        reason = (error.message or "it is not a template").rstrip(".")
        raise _refused(text, error.lineno, "", reason) from None
    except ValueError:
        # A number of thousands of digits, which Python does not read.
        raise TextRefusedError("The text cannot be used: a number in it is too long") from None
    except (RecursionError, MemoryError, SyntaxError):
        # Python's own limits on nesting, met by the code that Jinja2 writes.
        raise TextRefusedError("The text's template is nested too deeply: simplify it") from None


def parse(text: str) -> nodes.Template:
    """A text as a tree of Jinja2's, whether or not all of it is of this language.

    Raises:
        jinja2.TemplateSyntaxError: it is none.
    """
    return _ENVIRONMENT.parse(text)


def lexemes(text: str) -> Iterator[Lexeme]:
    """The pieces of a template, as far as they can be told; line ends count as one character."""
    text = with_plain_line_ends(text)
    at = 0
    try:
        for _, kind, value in _ENVIRONMENT.lex(text):
            # Whitespace that a dash took away is in no piece.
            at = text.index(value, at)
            yield Lexeme(kind, value, at)
            at += len(value)
    except jinja2.TemplateSyntaxError:
        return


def with_plain_line_ends(text: str) -> str:
    """What Jinja2 makes of line ends before all else."""
    return _NEWLINE.sub("\n", text)


def _walk(node: nodes.Node) -> Iterator[nodes.Node]:
    yield node
    for child in node.iter_child_nodes():
        yield from _walk(child)


def _check_language(text: str, tree: nodes.Template) -> None:
    filters = 0
    for node in _walk(tree):
        filters += isinstance(node, nodes.Filter)
        if filters > _MOST_FILTERS:
            reason = f"it has more than {_MOST_FILTERS} filters"
            raise _refused(text, node.lineno, "", reason)
        if isinstance(node, nodes.Filter) and node.name not in _FILTERS:
            reason = f"there is no filter “{node.name}”; there are {', '.join(sorted(_FILTERS))}"
            raise _refused(text, node.lineno, node.name, reason)
        if isinstance(node, nodes.Test) and node.name not in _TESTS:
            reason = f"there is no test “{node.name}”; there are {', '.join(sorted(_TESTS))}"
            raise _refused(text, node.lineno, node.name, reason)
        if not isinstance(node, _ALLOWED):
            line = next((part.lineno for part in _walk(node) if part.lineno), 1)
            spelling = _SPELLINGS.get(type(node), type(node).__name__.lower())
            reason = (
                f"“{spelling}” cannot be used in a broadcast's text; variables, filters and if can"
            )
            raise _refused(text, line, spelling.partition("…")[0], reason)


def _check_variables(
    text: str, tree: nodes.Template, known: Collection[str] | None
) -> Mapping[str, int]:
    used = tuple(tree.find_all(nodes.Name))
    if known is None:
        known = {node.name for node in used}
    # `self` is Jinja2's own, whatever a recipient's attributes are called.
    names = {*STANDARD_VARIABLES, *filter(str.isidentifier, known)} - {"self"}
    for node in used:
        if node.name not in names:
            reason = f"“{node.name}” is not known; known are {', '.join(sorted(names))}"
            raise _refused(text, node.lineno, node.name, reason)
    return Counter(node.name for node in used)


def _refused(text: str, line: int, word: str, reason: str) -> TextRefusedError:
    """Where Jinja2 names the line alone, the column is that of the word, or else of the mark."""
    plain = with_plain_line_ends(text)
    start = index_of(plain, line, 1)
    end = plain.find("\n", start) % (len(plain) + 1)
    here = [
        one
        for one in lexemes(text)
        if start <= one.start < end and one.kind not in {"data", "whitespace"}
    ]
    meant = next((one.start for one in here if one.value == word), None)
    if meant is None:
        meant = here[0].start if here else start
    column = meant - start + 1
    return TextRefusedError(f"The text cannot be used: {reason}", line=line, column=column)
