"""Personalisation: a broadcast's text as a template, rendered for one recipient at a time.

The language is what is left of Jinja2 when everything is taken away that can loop, grow or reach
into Python: variables, ``if``, comparisons, and a few filters. What is not there cannot be abused,
neither by a template nor by a name. The sandbox stays below as the second line.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Final

import jinja2
from jinja2 import nodes
from jinja2.sandbox import ImmutableSandboxedEnvironment

from hsl_tui.errors import HslTuiError, TextRefusedError
from hsl_tui.models.views import Person

STANDARD_VARIABLES: Final = ("first_name", "last_name", "username", "language_code")
"""Known for every recipient; empty where Telegram or the import gave none."""
OUTPUT_LIMIT: Final = 64 * 1024
"""Most characters of a rendered text, and of a template. Telegram takes far fewer."""

_MARKS: Final = ("{{", "{%", "{#")

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

# What evaluating an expression of the language can raise; `truncate` asserts its arguments.
_RENDER_ERRORS: Final = (
    jinja2.TemplateError,
    ArithmeticError,
    AssertionError,
    AttributeError,
    LookupError,
    TypeError,
    ValueError,
    RecursionError,
)


class RenderingError(HslTuiError):
    """The text could not be made up for one recipient."""


class _Missing(jinja2.StrictUndefined):
    """A value that a recipient does not have: it can be tested for, but not printed."""

    __slots__ = ()

    def __bool__(self) -> bool:  # type: ignore[override] # the base class only ever raises
        return False


class Template:
    """A text that was compiled once and is rendered many times.

    Attributes:
        variables: names that the text uses.
    """

    __slots__ = ("_template", "_text", "variables")

    def __init__(
        self, text: str, template: jinja2.Template | None, variables: frozenset[str]
    ) -> None:
        self._text = text
        self._template = template
        self.variables = variables

    def render(self, person: Person) -> str:
        """Make up the text for one recipient.

        Values are escaped, so that none can break or add markup. A standard variable that is None
        is empty. An attribute cannot take the name of a standard variable.

        Args:
            person: the recipient.

        Returns:
            Telegram HTML.

        Raises:
            RenderingError: It has no value for a variable, or the text does not work with it.
        """
        if self._template is None:
            return self._text
        values = dict(person.attributes)
        for name in STANDARD_VARIABLES:
            values[name] = getattr(person, name) or ""
        try:
            return _join(self._template.generate(values))
        except jinja2.UndefinedError as error:
            raise RenderingError(
                f"The text cannot be made up for this recipient: {error.message}; give it a value, "
                "or use the default filter"
            ) from None
        except _RENDER_ERRORS as error:
            raise RenderingError(
                f"The text cannot be made up for this recipient: {_sentence(error)}"
            ) from None


def compile_template(text: str, known: Collection[str] | None = ()) -> Template:
    """Read a text as a template.

    Args:
        text: Telegram HTML with ``{{ first_name }}`` and the like.
        known: names of attributes that recipients have; the standard variables are always known.
            None takes any name for one, for a text that was checked when it was queued.

    Returns:
        The template. A text without any template mark is passed through as it is.

    Raises:
        TextRefusedError: It is not a template of this language, or uses an unknown variable.
    """
    if len(text) > OUTPUT_LIMIT:
        raise TextRefusedError(f"The text is longer than {OUTPUT_LIMIT} characters: shorten it")
    if not any(mark in text for mark in _MARKS):
        return Template(text, None, frozenset())
    try:
        tree = _ENVIRONMENT.parse(text)
        _check_language(tree)
        variables = _check_variables(tree, known)
        return Template(text, _ENVIRONMENT.from_string(tree), variables)
    except jinja2.TemplateSyntaxError as error:
        raise _refused(
            error.lineno, (error.message or "it is not a template").rstrip(".")
        ) from None
    except (RecursionError, MemoryError, SyntaxError):
        # Python's own limits on nesting, met by the code that Jinja2 writes.
        raise TextRefusedError("The text's template is nested too deeply: simplify it") from None


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


def _walk(node: nodes.Node) -> Iterator[nodes.Node]:
    yield node
    for child in node.iter_child_nodes():
        yield from _walk(child)


def _check_language(tree: nodes.Template) -> None:
    for node in _walk(tree):
        if isinstance(node, nodes.Filter) and node.name not in _FILTERS:
            raise _refused(
                node.lineno,
                f"there is no filter “{node.name}”; there are {', '.join(sorted(_FILTERS))}",
            )
        if isinstance(node, nodes.Test) and node.name not in _TESTS:
            raise _refused(
                node.lineno,
                f"there is no test “{node.name}”; there are {', '.join(sorted(_TESTS))}",
            )
        if not isinstance(node, _ALLOWED):
            line = next((part.lineno for part in _walk(node) if part.lineno), 1)
            spelling = _SPELLINGS.get(type(node), type(node).__name__.lower())
            raise _refused(
                line,
                f"“{spelling}” cannot be used in a broadcast's text; variables, filters and if can",
            )


def _check_variables(tree: nodes.Template, known: Collection[str] | None) -> frozenset[str]:
    used = tuple(tree.find_all(nodes.Name))
    if known is None:
        known = {node.name for node in used}
    # `self` is Jinja2's own, whatever a recipient's attributes are called.
    names = {*STANDARD_VARIABLES, *filter(str.isidentifier, known)} - {"self"}
    for node in used:
        if node.name not in names:
            raise _refused(
                node.lineno, f"“{node.name}” is not known; known are {', '.join(sorted(names))}"
            )
    return frozenset(node.name for node in used)


def _refused(line: int, reason: str) -> TextRefusedError:
    return TextRefusedError(f"The text cannot be used, line {line}: {reason}", line=line)


def _join(pieces: Iterator[str]) -> str:
    kept: list[str] = []
    length = 0
    for piece in pieces:
        kept.append(piece)
        length += len(piece)
        if length > OUTPUT_LIMIT:
            raise ValueError(f"it grows beyond {OUTPUT_LIMIT} characters")
    text = "".join(kept)
    # A lone surrogate, which "\ud800" in a template makes, cannot be sent.
    text.encode()
    return text


def _sentence(error: Exception) -> str:
    if isinstance(error, UnicodeError):
        return "it holds a character that cannot be sent"
    if isinstance(error, ArithmeticError):
        return f"{error} in a calculation"
    return str(error)[:200] or type(error).__name__
