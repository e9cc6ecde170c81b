"""Where a text, a selector or a record holds a person: found, and a mark put in its place.

A person is known by their chat id, their user name and their whole name. A first name alone is
left: it is anyone's, and to take it out of texts would take out other people's.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

from hsl_tui.models.enums import RecipientState
from hsl_tui.models.forgotten import LAST_TOMBSTONE, MARK
from hsl_tui.models.views import Person

_NOBODY: Final = f"chat:{LAST_TOMBSTONE}"
"""A selector that can be read, and picks no one."""

_TELLING_DIGITS: Final = 5
"""A shorter number is a chat id only where that is said."""
_TELLING_LETTERS: Final = 5
"""A shorter whole name is found in other words' company by chance."""

_CHAT_KEYS: Final = frozenset({"chat", "chat_id", "user_id"})
_CHATS_KEYS: Final = frozenset({"chats", "chat_ids"})
_PLAIN_WORDS: Final = frozenset(state.value for state in RecipientState)
"""What may stay of a record about the person."""


@dataclass(frozen=True)
class Traces:
    """What gives a person away."""

    person: Person

    def in_text(self, text: str) -> str:
        """The text with a mark for the person."""
        return self._anywhere.sub(lambda found: f"{found['before'] or ''}{MARK}", text)

    def in_selectors(self, written: Sequence[str], *, drop: bool) -> list[str]:
        """Selectors that pick nobody in the person's place.

        Args:
            drop: leave those out that name the person alone, as long as others pick someone.
        """
        left = [one for one in written if not self._alone.fullmatch(one)]
        if drop and any(not one.lstrip().startswith("!") for one in left):
            written = left
        named = (self._named.sub(_NOBODY, one) for one in written)
        return [self.in_text(one) for one in named]

    def in_record(self, value: Any, key: str = "") -> Any:
        """What a JSON document says, without the person.

        Of an object that is about them alone, which names their chat, nothing that somebody wrote
        stays.
        """
        if isinstance(value, Mapping):
            about = any(self._is_chat(value[one]) for one in _CHAT_KEYS & value.keys())
            return {
                self.in_text(name): (
                    MARK if about and _is_written(said) else self.in_record(said, name)
                )
                for name, said in value.items()
            }
        if isinstance(value, list):
            return [self.in_record(one, key) for one in value]
        if key in _CHAT_KEYS | _CHATS_KEYS and self._is_chat(value):
            return MARK
        return self._in_string(value) if isinstance(value, str) else value

    def _in_string(self, said: str) -> str:
        return self.in_text(self._named.sub(_in_words, said))

    def _is_chat(self, value: Any) -> bool:
        return not isinstance(value, bool) and str(value) == str(self.person.chat_id)

    @cached_property
    def _named(self) -> re.Pattern[str]:
        """A term of a selector that names them."""
        terms = [rf"chat:\s*\+?0*{self._chat}(?!\d)"]
        if self.person.username:
            terms.append(rf"username:\s*@?{re.escape(self.person.username)}(?![A-Za-z0-9_])")
        return re.compile(rf"(?<![\w-])(?:{'|'.join(terms)})", re.IGNORECASE)

    @cached_property
    def _alone(self) -> re.Pattern[str]:
        return re.compile(rf'\s*!?\s*"?{self._named.pattern}"?\s*', re.IGNORECASE)

    @cached_property
    def _anywhere(self) -> re.Pattern[str]:
        parts = [rf"(?P<before>user\?id=){self._chat}(?!\d)"]
        if len(self._chat.lstrip("-\\")) >= _TELLING_DIGITS:
            parts.append(rf"(?<![\w.-]){self._chat}(?!\d)")
        if self.person.username:
            name = re.escape(self.person.username)
            led = r"(?:@|(?<![\w.])(?:t|telegram)\.me/|resolve\?domain=)"
            parts.append(rf"(?<!\w){led}{name}(?![A-Za-z0-9_])")
        parts += [rf"(?<!\w){name}(?!\w)" for name in self._names()]
        return re.compile("|".join(parts), re.IGNORECASE)

    @property
    def _chat(self) -> str:
        return re.escape(str(self.person.chat_id))

    def _names(self) -> list[str]:
        first, last = (
            r"\s+".join(map(re.escape, (name or "").split()))
            for name in (self.person.first_name, self.person.last_name)
        )
        whole = " ".join(
            " ".join((name or "").split())
            for name in (self.person.first_name, self.person.last_name)
        ).strip()
        if len(whole) < _TELLING_LETTERS or " " not in whole:
            return []
        if not (first and last):
            return [first or last]
        return [rf"{first}\s+{last}", rf"{last},?\s+{first}"]


def _in_words(found: re.Match[str]) -> str:
    return f"{found[0].partition(':')[0]}:{MARK}"


def _is_written(said: Any) -> bool:
    return isinstance(said, str) and said not in _PLAIN_WORDS
