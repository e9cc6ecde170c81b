"""Failures on demand: which calls fail, how, and how often.

A fault says two things of a call: whether Telegram accepted it, and how the answer ends.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field, replace
from enum import StrEnum
from hashlib import blake2b
from typing import Any

_FLOOD = "Too Many Requests: retry after "
ANY_METHOD = "*"


class Ending(StrEnum):
    """What the client sees of a call that fails."""

    ANSWER = "answer"
    """An answer, with the fault's code and description."""
    CUT = "cut"
    """The connection is closed without an answer."""
    SILENCE = "silence"
    """No answer until the client gives up."""
    UNREADABLE = "unreadable"
    """Status 200 with a body that is not JSON."""
    HALF = "half"
    """The first half of an answer, then the connection is closed."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One way to fail."""

    code: int = 200
    description: str = ""
    parameters: dict[str, Any] = field(default_factory=dict)
    accepted: bool = False
    """The call is carried out and recorded before it fails."""
    ending: Ending = Ending.ANSWER

    def with_parameters(self, parameters: dict[str, Any]) -> Fault:
        """The same fault with other ``parameters`` in its answer."""
        description = self.description
        if "retry_after" in parameters and description.startswith(_FLOOD):
            description = f"{_FLOOD}{parameters['retry_after']}"
        return replace(self, description=description, parameters={**self.parameters, **parameters})


FAULTS: dict[str, Fault] = {
    "blocked": Fault(403, "Forbidden: bot was blocked by the user"),
    "deactivated": Fault(403, "Forbidden: user is deactivated"),
    "never_started": Fault(403, "Forbidden: bot can't initiate conversation with a user"),
    "is_a_bot": Fault(403, "Forbidden: the bot can't send messages to the bot"),
    "kicked": Fault(403, "Forbidden: bot was kicked from the group chat"),
    "not_a_member": Fault(403, "Forbidden: bot is not a member of the supergroup chat"),
    "group_deleted": Fault(403, "Forbidden: the group chat was deleted"),
    "chat_not_found": Fault(400, "Bad Request: chat not found"),
    "peer_id_invalid": Fault(400, "Bad Request: PEER_ID_INVALID"),
    # The new id is derived from the old one unless the rule names it.
    "migrated": Fault(400, "Bad Request: group chat was upgraded to a supergroup chat"),
    "no_rights": Fault(400, "Bad Request: not enough rights to send text messages to the chat"),
    "no_write_access": Fault(400, "Bad Request: have no write access to the chat"),
    "need_admin": Fault(400, "Bad Request: need administrator rights in the channel chat"),
    "write_forbidden": Fault(400, "Bad Request: CHAT_WRITE_FORBIDDEN"),
    "topic_gone": Fault(400, "Bad Request: message thread not found"),
    "cant_parse": Fault(
        400,
        'Bad Request: can\'t parse entities: Unsupported start tag "br" at byte offset 0',
    ),
    "text_empty": Fault(400, "Bad Request: message text is empty"),
    "text_invisible": Fault(400, "Bad Request: text must be non-empty"),
    "too_long": Fault(400, "Bad Request: message is too long"),
    "caption_too_long": Fault(400, "Bad Request: message caption is too long"),
    "button_invalid": Fault(400, "Bad Request: BUTTON_URL_INVALID"),
    "markup_too_long": Fault(400, "Bad Request: reply markup is too long"),
    "wrong_file": Fault(400, "Bad Request: wrong file identifier/HTTP URL specified"),
    "url_content": Fault(400, "Bad Request: failed to get HTTP URL content"),
    "page_type": Fault(400, "Bad Request: wrong type of the web page content"),
    "file_too_large": Fault(413, "Request Entity Too Large"),
    "delete_too_late": Fault(400, "Bad Request: message can't be deleted for everyone"),
    "unauthorized": Fault(401, "Unauthorized"),
    "not_found": Fault(404, "Not Found"),
    "misdirected": Fault(421, "Misdirected Request"),
    "flood": Fault(429, f"{_FLOOD}1", {"retry_after": 1}),
    "server_error": Fault(500, "Internal Server Error"),
    "server_error_accepted": Fault(500, "Internal Server Error", accepted=True),
    "bad_gateway": Fault(502, "Bad Gateway"),
    "bad_gateway_accepted": Fault(502, "Bad Gateway", accepted=True),
    "gateway_timeout": Fault(504, "Gateway Timeout"),
    "gateway_timeout_accepted": Fault(504, "Gateway Timeout", accepted=True),
    "sent_then_deleted": Fault(
        500, "Internal Server Error: sent message was immediately deleted", accepted=True
    ),
    "cut_before": Fault(ending=Ending.CUT),
    "cut_after": Fault(ending=Ending.CUT, accepted=True),
    "no_answer": Fault(ending=Ending.SILENCE, accepted=True),
    "no_answer_refused": Fault(ending=Ending.SILENCE),
    "unreadable": Fault(ending=Ending.UNREADABLE, accepted=True),
    "half": Fault(ending=Ending.HALF, accepted=True),
}
"""Every row of Telegram's error table, and every way in which an answer can be lost."""


@dataclass(frozen=True, slots=True)
class Match:
    """Which calls a rule is for; by default all that name a chat."""

    chats: frozenset[int] | None = None
    fraction: float = 1.0
    """Share of the chats, picked by a hash of the id: the same ones in every run."""
    seed: int = 0
    """Picks another set of chats for the same ``fraction``."""
    method: str | None = None
    """Bot API method; None: every one that names a chat; ``*``: every one."""

    def covers_chat(self, chat_id: int) -> bool:
        """Whether the chat is among those that the rule picks."""
        if self.chats is not None and chat_id not in self.chats:
            return False
        if self.fraction >= 1:
            return True
        # Not a checksum: with one, the sets of two seeds would be alike or have nothing in common.
        draw = blake2b(f"{self.seed}:{chat_id}".encode(), digest_size=8).digest()
        return int.from_bytes(draw) < self.fraction * 2**64

    def covers(self, method: str, chat_id: int | None) -> bool:
        """Whether the rule is for this call."""
        if self.method not in (None, ANY_METHOD) and self.method.lower() != method.lower():
            return False
        if chat_id is None:
            return self.method is not None and self.chats is None
        return self.covers_chat(chat_id)


@dataclass(frozen=True, slots=True)
class FaultRule:
    """Makes the calls that match fail.

    ``action`` is a name in :data:`FAULTS` or a fault of one's own; ``times`` is how often it
    fires per chat (None: always), after which the call goes through.
    """

    action: str | Fault
    match: Match = field(default_factory=Match)
    times: int | None = None
    parameters: dict[str, Any] = field(default_factory=dict)
    """Put over those of the action, such as ``retry_after`` or ``migrate_to_chat_id``."""

    def __post_init__(self) -> None:
        if isinstance(self.action, str) and self.action not in FAULTS:
            message = f"there is no fault {self.action!r}; known: {', '.join(FAULTS)}"
            raise ValueError(message)

    def fault_for(self, chat_id: int | None) -> Fault:
        """The fault as this chat meets it."""
        fault = FAULTS[self.action] if isinstance(self.action, str) else self.action
        parameters = self.parameters
        if self.action == "migrated" and chat_id is not None:
            parameters = {"migrate_to_chat_id": migrated_id(chat_id), **parameters}
        return fault.with_parameters(parameters)


def migrated_id(chat_id: int) -> int:
    """The supergroup id that a ``migrated`` chat moves to when the rule names none."""
    return -(10**12 + abs(chat_id))


class FaultBook:
    """The rules in force, with how often each has fired for each chat."""

    def __init__(self, rules: tuple[FaultRule, ...] = ()) -> None:
        self._rules: list[FaultRule] = list(rules)
        self._fired: dict[tuple[int, int | None], int] = defaultdict(int)

    @property
    def rules(self) -> tuple[FaultRule, ...]:
        return tuple(self._rules)

    def add(self, *rules: FaultRule) -> None:
        """Append rules; the first that matches a call decides."""
        self._rules.extend(rules)

    def clear(self) -> None:
        self._rules.clear()
        self._fired.clear()

    def draw(self, method: str, chat_id: int | None) -> Fault | None:
        """The fault that this call meets, counted as fired; None when it may go through."""
        for number, rule in enumerate(self._rules):
            if not rule.match.covers(method, chat_id):
                continue
            key = (number, chat_id)
            if rule.times is not None:
                if self._fired[key] >= rule.times:
                    continue
                self._fired[key] += 1
            return rule.fault_for(chat_id)
        return None
