"""What selectors are made of, and how they are written.

A term says one thing of a recipient. A selector picks those of whom all its terms hold, and adds
them to an audience or takes them away.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

SELECTORS: Final = (
    "all, tag:NAME, chat:ID, username:NAME, lang:CODE, attr:NAME=VALUE, state:STATE,"
    " reached-by:ID, not-reached-by:ID, saved:NAME"
)
"""All kinds of terms, as help texts list them."""

_QUOTED: Final = re.compile(r'[\s+!"]')
"""What a value is quoted for, on a line and by itself."""
_ESCAPED: Final = re.compile(r'["\\]')


class SelectorKind(StrEnum):
    """What a term looks at."""

    ALL = "all"
    TAG = "tag"
    CHAT = "chat"
    USERNAME = "username"
    LANG = "lang"
    """The language, or its beginning up to a hyphen: ``en`` is ``en-GB`` too, in any case."""
    ATTR = "attr"
    """The exact value of an attribute. No index tells it: everyone is looked at."""
    STATE = "state"
    REACHED_BY = "reached-by"
    """Those of a broadcast's recipients who have its message, may have it, or had it."""
    NOT_REACHED_BY = "not-reached-by"
    """Those of a broadcast's recipients who certainly never got it."""
    SAVED = "saved"
    """Whom the selectors of a saved segment pick."""


BY_BROADCAST: Final = frozenset({SelectorKind.REACHED_BY, SelectorKind.NOT_REACHED_BY})
"""Those that name a broadcast."""


@dataclass(frozen=True, slots=True)
class Term:
    """One thing that holds of a recipient.

    Attributes:
        value: what is compared; empty for all.
        key: which attribute; empty for all other kinds.
        negated: it must not hold.
    """

    kind: SelectorKind
    value: str = ""
    key: str = ""
    negated: bool = False

    def __str__(self) -> str:
        sign = "!" if self.negated else ""
        if self.kind is SelectorKind.ALL:
            return f"{sign}{self.kind}"
        key = f"{self.key}=" if self.kind is SelectorKind.ATTR else ""
        return f"{sign}{self.kind}:{key}{_as_written(self.value)}"


@dataclass(frozen=True, slots=True)
class Selector:
    """Those of whom all terms hold, to be added to an audience or taken away.

    Attributes:
        terms: at least one; the first is not negated, for its ``!`` would be the selector's own.
        exclude: they are taken away.
    """

    terms: tuple[Term, ...]
    exclude: bool = False

    def __post_init__(self) -> None:
        if not self.terms or self.terms[0].negated:
            raise ValueError(self.terms)

    @classmethod
    def of(
        cls, kind: SelectorKind, value: object = "", *, key: str = "", exclude: bool = False
    ) -> Selector:
        """A selector of one term."""
        return cls((Term(kind, str(value), key),), exclude)

    def __str__(self) -> str:
        sign = "!" if self.exclude else ""
        return sign + "+".join(map(str, self.terms))

    @property
    def single(self) -> Term | None:
        """Its term, where there is but one."""
        return self.terms[0] if len(self.terms) == 1 else None

    def is_single(self, *kinds: SelectorKind) -> bool:
        """Whether it is of one term of one of these kinds."""
        return self.single is not None and self.single.kind in kinds


def join_selectors(selectors: Iterable[Selector]) -> str:
    """One line of them, as :func:`~hsl_tui.models.selector.parse_line` takes it."""
    return " ".join(map(str, selectors))


def _as_written(value: str) -> str:
    if value and not _QUOTED.search(value):
        return value
    return '"' + _ESCAPED.sub(r"\\\g<0>", value) + '"'
