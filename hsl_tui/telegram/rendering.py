"""Personalisation: a broadcast's text as a template, rendered for one recipient at a time."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Final

import jinja2

from hsl_tui.errors import HslTuiError, TextRefusedError
from hsl_tui.models.views import STANDARD_VARIABLES, Person
from hsl_tui.telegram.template_language import MARKS, lexemes, read

OUTPUT_LIMIT: Final = 64 * 1024
"""Most characters of a rendered text, and of a template. Telegram takes far fewer."""

_INPUT_LIMIT: Final = 4 * OUTPUT_LIMIT

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
    """The text could not be made up for one recipient.

    Attributes:
        reason: why, in a few words.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(f"The text cannot be made up for this recipient: {reason}")
        self.reason = reason


class Template:
    """A text that was compiled once and is rendered many times.

    Args:
        text: what it is without variables.
        template: none, for a text that goes out as it is.
        uses: how often each variable stands in it.

    Attributes:
        uses: as it was given.
        variables: names that the text uses.
    """

    __slots__ = ("_template", "_text", "uses", "variables")

    def __init__(
        self,
        text: str,
        template: jinja2.Template | None = None,
        uses: Mapping[str, int] = MappingProxyType({}),
    ) -> None:
        self._text = text
        self._template = template
        self.uses = uses
        self.variables = frozenset(uses)

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
        return "".join(self.pieces(person))

    def pieces(self, person: Person) -> Sequence[str]:
        """What :meth:`render` joins: what was typed and what is filled in, by turns.

        Raises:
            RenderingError: as :meth:`render`.
        """
        if self._template is None:
            return (self._text,)
        values = dict(person.attributes)
        for name in STANDARD_VARIABLES:
            values[name] = getattr(person, name) or ""
        # An expression is evaluated as a whole: what goes into it must have a measure too.
        if sum(uses * len(values.get(name, "")) for name, uses in self.uses.items()) > _INPUT_LIMIT:
            raise RenderingError(f"what fills it in is longer than {_INPUT_LIMIT} characters")
        try:
            return _bounded(self._template.generate(values))
        except jinja2.UndefinedError as error:
            raise RenderingError(_of_missing(error.message or "")) from None
        except _RENDER_ERRORS as error:
            raise RenderingError(_sentence(error)) from None

    @property
    def typed(self) -> frozenset[str]:
        """The stretches of the text that go out as they were typed, where they do."""
        return frozenset(one.value for one in lexemes(self._text) if one.kind == "data")


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
    if not any(mark in text for mark in MARKS):
        return Template(text)
    return Template(text, *read(text, known))


def _bounded(pieces: Iterator[str]) -> list[str]:
    kept: list[str] = []
    length = 0
    for piece in pieces:
        kept.append(piece)
        length += len(piece)
        if length > OUTPUT_LIMIT:
            raise ValueError(f"it grows beyond {OUTPUT_LIMIT} characters")
        # A lone surrogate, which "\ud800" in a template makes, cannot be sent.
        piece.encode()
    return kept


def _of_missing(message: str) -> str:
    """What Jinja2 says of a value that is not there, and what to do."""
    name = message.split("'")[1] if message.count("'") > 1 else "it"
    return f'{message}; give it a value, or write {{{{ {name} or "…" }}}}'


def _sentence(error: Exception) -> str:
    if isinstance(error, UnicodeError):
        return "it holds a character that cannot be sent"
    if isinstance(error, ArithmeticError):
        return f"{error} in a calculation"
    return str(error)[:200] or type(error).__name__
