"""What Telegram takes, but shows otherwise than it was meant.

Nothing here knows what Telegram does with a tag: TDLib reads the text with it and without it, and
when both come out alike it does nothing.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from html.entities import html5
from typing import Any, Final

from hsl_tui.errors import TextRefusedError
from hsl_tui.telegram import tdlib
from hsl_tui.telegram.addresses import misleading_address
from hsl_tui.telegram.markup import ParsedText, parse_html
from hsl_tui.telegram.tags import Pair, Reference, find_tags
from hsl_tui.telegram.tracing import Trace

MOST_ENTITIES: Final = 100
"""How many pieces of formatting Telegram shows in a message; it ignores the others."""

_MOST_JUDGED: Final = 150
"""Pairs of tags; each costs a reading of the whole text."""
_SHOWN: Final = 60
_OTHER_SCHEME: Final = re.compile(r"[a-z][a-z0-9+.-]*:(?!//|[0-9])", re.IGNORECASE)
_SPECIAL: Final = {"<": "&lt;", ">": "&gt;", "&": "&amp;"}

_LANGUAGE_LOST: Final = (
    'Telegram ignores the language of this <code>: only <pre><code class="language-…">…</code>'
    "</pre>, with nothing between the tags, has one."
)
_Settled = tuple[str, list[dict[str, Any]]] | None


class WarningKind(StrEnum):
    """What is odd about a text."""

    IGNORED_TAG = "ignored_tag"
    IGNORED_ATTRIBUTE = "ignored_attribute"
    DEAD_LINK = "dead_link"
    """A link that vanishes, or leads elsewhere than it says."""
    MISLEADING_LINK = "misleading_link"
    """Its text is an address on another host than it leads to."""
    LITERAL_REFERENCE = "literal_reference"
    """Shown as it is written."""
    TOO_MANY_ENTITIES = "too_many_entities"


@dataclass(frozen=True, slots=True)
class TextWarning:
    """One of them, in a sentence, and where it stands in what was typed; both from 1."""

    kind: WarningKind
    message: str
    line: int
    column: int


def find_warnings(trace: Trace) -> tuple[TextWarning, ...]:
    """All that is odd about a text as one person would read it, in the order of its places.

    A text that Telegram refuses has none.
    """
    source = trace.rendered
    settled = tdlib.settle(source)
    if settled is None:
        return ()
    pairs, references = find_tags(source)
    judge = _Judge(trace, settled)
    for pair in pairs[:_MOST_JUDGED]:
        judge.look_at(pair)
    judge.count(pairs)
    for reference in references:
        judge.look_up(reference)
    return tuple(sorted(judge.found, key=lambda one: (one.line, one.column)))


class _Judge:
    def __init__(self, trace: Trace, settled: _Settled) -> None:
        self.found: list[TextWarning] = []
        self._trace = trace
        self._source = trace.rendered
        self._settled = settled
        self._ignored: list[Pair] = []
        self._literal: dict[str, bool] = {}

    def look_at(self, pair: Pair) -> None:
        """Warn of a pair of tags that does nothing, or of what in it does nothing."""
        try:
            alone = parse_html(self._source[pair.start : pair.end_end])
        except TextRefusedError:
            # The tags are closed by `</>` in a way that leaves open which belong together.
            return
        if self._changes_nothing(*_tags_of(pair)):
            # From here on without it: of two that say the same, one stays.
            self._ignored.append(pair)
            self._warn_of_ignored(pair, alone)
            return
        self._look_at_attributes(pair)
        if pair.name == "a":
            self._look_at_link(pair, alone)

    def count(self, pairs: list[Pair]) -> None:
        """Warn of more formatting than Telegram shows."""
        number = len(self._settled[1]) if self._settled else 0
        if number <= MOST_ENTITIES:
            return
        starts = sorted(one.start for one in pairs if one not in self._ignored)
        at = [0, *starts][min(MOST_ENTITIES + 1, len(starts))]
        self._warn(
            WarningKind.TOO_MANY_ENTITIES,
            at,
            f"The text has {number} pieces of formatting; Telegram shows the first"
            f" {MOST_ENTITIES} and ignores the others from about here on.",
        )

    def look_up(self, reference: Reference) -> None:
        """Warn of a named or numbered character that Telegram does not know."""
        written = reference.written
        if written not in self._literal:
            self._literal[written] = tdlib.parse(written).get("text") == written
        if not self._literal[written]:
            return
        meant = html5.get(written[1:])
        if meant is None:
            advice = f"write &amp;{written[1:]} if that is meant"
        elif meant in _SPECIAL:
            advice = f"write {_SPECIAL[meant]}"
        else:
            numbers = "".join(f"&#{ord(one)};" for one in meant)
            advice = f"write {numbers} or the character itself"
        message = f"{_short(written)} is shown just as it is written; {advice}."
        self._warn(WarningKind.LITERAL_REFERENCE, reference.start, message)

    def _warn_of_ignored(self, pair: Pair, alone: ParsedText) -> None:
        if not alone.text:
            if self._trace.is_typed(pair.start, pair.end_end):
                message = f"There is nothing between <{pair.name}> and its end: it does nothing."
                self._warn(WarningKind.IGNORED_TAG, pair.start, message)
        elif pair.name == "code" and "class" in dict(pair.attributes):
            self._warn(WarningKind.IGNORED_TAG, pair.start, _LANGUAGE_LOST)
        elif alone.entities or pair.name not in {"a", "tg-time"}:
            message = (
                f"Telegram ignores <{pair.name}> here: it says again what the tags around it say,"
                " or does not go together with them or with those in it."
            )
            self._warn(WarningKind.IGNORED_TAG, pair.start, message)
        elif self._trace.is_typed(pair.start, pair.start_end):
            if pair.name == "a":
                self._warn(WarningKind.DEAD_LINK, pair.start, _of_dead_link(pair))
                return
            message = f"<{pair.name}> has no usable unix time: Telegram shows its text as it is."
            self._warn(WarningKind.IGNORED_TAG, pair.start, message)

    def _look_at_attributes(self, pair: Pair) -> None:
        names = [name for name, _ in pair.attributes if (pair.name, name) != ("a", "href")]
        whole = (pair.start, pair.start_end, pair.start_tag())
        if not names or not self._changes_nothing(whole):
            return
        for name in names:
            if self._changes_nothing((pair.start, pair.start_end, pair.start_tag(name))):
                message = f"Telegram ignores {_short(name)} in <{pair.name}> here."
                if (pair.name, name) == ("code", "class"):
                    message = _LANGUAGE_LOST
                self._warn(WarningKind.IGNORED_ATTRIBUTE, pair.start, message)

    def _look_at_link(self, pair: Pair, alone: ParsedText) -> None:
        urls = [one.url for one in alone.entities if one.url and one.length == alone.length]
        if not urls:
            return
        url = urls[-1]
        href = (dict(pair.attributes).get("href") or "").strip()
        if _OTHER_SCHEME.match(href) and not url.lower().startswith(href.lower()):
            message = f"Telegram makes {_short(url)} of {_short(href)}, which leads nowhere."
            self._warn(WarningKind.DEAD_LINK, pair.start, message)
        shown = misleading_address(alone.text, url, self._trace.typed)
        if shown is not None:
            message = f"The link shows {_short(shown)}, but leads to {_short(url)}."
            self._warn(WarningKind.MISLEADING_LINK, pair.start, message)

    def _changes_nothing(self, *edits: tuple[int, int, str]) -> bool:
        ignored = (tag for one in self._ignored for tag in _tags_of(one))
        pieces = []
        at = 0
        for start, end, instead in sorted([*edits, *ignored]):
            pieces += [self._source[at:start], instead]
            at = end
        return tdlib.settle("".join([*pieces, self._source[at:]])) == self._settled

    def _warn(self, kind: WarningKind, index: int, message: str) -> None:
        self.found.append(TextWarning(kind, message, *self._trace.place(index)))


def _tags_of(pair: Pair) -> tuple[tuple[int, int, str], ...]:
    return (pair.start, pair.start_end, ""), (pair.end, pair.end_end, "")


def _of_dead_link(pair: Pair) -> str:
    href = dict(pair.attributes).get("href")
    if not href:
        return "<a> has no address: Telegram shows its text without a link."
    return (
        f"Telegram makes no link of {_short(href)}: it takes http://, https:// and tg://,"
        " and shows the text alone."
    )


def _short(written: str) -> str:
    return written if len(written) <= _SHOWN else f"{written[:_SHOWN]}…"
