"""Whether Telegram takes a template's text whoever it is made up for, told without making it up.

Of most texts that can be said: which of their parts go out depends on nothing but whether values
are there, and values, which are escaped, change nothing but the length. Then a few made-up people
stand for a million, and the longest values for all others.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Collection, Iterator, Mapping
from typing import Final

from jinja2 import nodes

from hsl_tui.models.views import STANDARD_VARIABLES, Person
from hsl_tui.telegram.acceptance import Acceptance
from hsl_tui.telegram.rendering import OUTPUT_LIMIT, RenderingError, compile_template
from hsl_tui.telegram.template_language import parse

_VALUE: Final = "\ue001"
"""Stands for any value; a text that holds it itself is not judged."""
_MOST_KINDS: Final = 300
"""People that are made up to stand for all."""
_LONGEST_UNITS: Final = 3
"""UTF-16 code units that one character can become: a pair, or ``ΐ`` in capitals."""
_LONGEST_REFERENCE: Final = 5
"""Characters, as in ``&#34;``."""
_CASES: Final = frozenset({"upper", "lower", "title", "capitalize"})
_DEFAULT: Final = frozenset({"default", "d"})
_PRESENCE: Final = frozenset({"defined", "undefined"})


def is_taken_for_all(
    text: str, *, longest: Mapping[str, int], lacking: Collection[str], caption: bool
) -> bool:
    """Whether a text is surely taken for everyone; if not, it may still be.

    Args:
        longest: for each variable of the text how many characters its longest value has.
        lacking: attributes that some do not have.

    Raises:
        TextRefusedError: it is no template of this language.
    """
    template = compile_template(text, known=None)
    if _VALUE in text or not _depends_on_presence_alone(parse(text)):
        return False
    variables = sorted(template.uses)
    states = [tuple(_states(name, lacking)) for name in variables]
    if math.prod(map(len, states)) > _MOST_KINDS:
        return False
    # So many characters more than what is made up here can another text have.
    more = sum(uses * longest[name] for name, uses in template.uses.items())
    acceptance = Acceptance(template, caption=caption)
    for values in itertools.product(*states):
        person = _made_up(dict(zip(variables, values, strict=True)))
        try:
            length = len(template.render(person))
        except RenderingError:
            return False
        if length + more * _LONGEST_REFERENCE > OUTPUT_LIMIT:
            return False
        if not acceptance.is_general(person, room=more * _LONGEST_UNITS):
            return False
    return True


def _states(name: str, lacking: Collection[str]) -> Iterator[str | None]:
    yield _VALUE
    yield ""
    if name not in STANDARD_VARIABLES and name in lacking:
        yield None


def _made_up(values: Mapping[str, str | None]) -> Person:
    standard = {name: of for name, of in values.items() if name in STANDARD_VARIABLES}
    attributes = {
        name: of for name, of in values.items() if name not in standard and of is not None
    }
    return Person(1, attributes=attributes, **standard)


# --- what a template may hold ------------------------------------------------------------------


def _depends_on_presence_alone(node: nodes.Node) -> bool:
    match node:
        case nodes.Template() | nodes.Output():
            return all(map(_depends_on_presence_alone, node.iter_child_nodes()))
        case nodes.If():
            parts = (*node.body, *node.elif_, *node.else_)
            return _is_test(node.test) and all(map(_depends_on_presence_alone, parts))
        case nodes.TemplateData():
            return True
        case _:
            return _is_value(node)


def _is_value(node: nodes.Node) -> bool:
    match node:
        case nodes.Filter(name=name, node=nodes.Node() as inner, args=[]) if name in _CASES:
            return not node.kwargs and _is_value(inner)
        case _:
            return _is_choice(node)


def _is_choice(node: nodes.Node) -> bool:
    """One of several values, or of constants: which, only their presence decides."""
    match node:
        case nodes.Name():
            return True
        case nodes.Const(value=str()):
            return True
        case nodes.Or(left=left, right=right):
            return _is_choice(left) and _is_choice(right)
        case nodes.CondExpr(test=test, expr1=one, expr2=nodes.Node() as other):
            return _is_test(test) and _is_choice(one) and _is_choice(other)
        case nodes.Filter(name=name, node=nodes.Name(), args=[nodes.Const(value=str()), *rest]):
            always = all(isinstance(one, nodes.Const) for one in rest)
            return name in _DEFAULT and always and not node.kwargs
        case _:
            return False


def _is_test(node: nodes.Node) -> bool:
    match node:
        case nodes.Name() | nodes.Const():
            return True
        case nodes.Not(node=inner):
            return _is_test(inner)
        case nodes.And(left=left, right=right) | nodes.Or(left=left, right=right):
            return _is_test(left) and _is_test(right)
        case nodes.Test(name=name, node=nodes.Name()):
            return name in _PRESENCE
        case _:
            return False
