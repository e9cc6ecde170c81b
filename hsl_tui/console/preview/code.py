"""Code in a message, highlighted in the console's own colours."""

from __future__ import annotations

from textual.content import Content
from textual.highlight import HighlightTheme, highlight


class _Calm(HighlightTheme):
    """Nothing underlined, which would look like a link."""

    # The words are Pygments' kinds of tokens; what is not here looks as the kind above it.
    STYLES = {  # noqa: RUF012 - the base types it so
        ("Comment",): "italic $text-muted",
        ("Keyword",): "bold $text-accent",
        ("Literal", "Number"): "$text-warning",
        ("Literal", "String"): "$text-success",
        ("Name", "Builtin"): "$text-accent",
        ("Name", "Class"): "bold $text-warning",
        ("Name", "Decorator"): "$text-accent",
        ("Name", "Function"): "$text-warning",
        ("Name", "Tag"): "$text-accent",
        ("Name", "Attribute"): "$text-warning",
        ("Operator", "Word"): "bold $text-accent",
    }


def highlighted(code: str, language: str) -> Content:
    """A block of code, safe already, with its language's colours; any name may be asked for."""
    return highlight(code, language=language, theme=_Calm)
