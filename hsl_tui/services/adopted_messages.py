"""Broadcasts of an hsl-dashboard as ours: past or to come, and what became of them."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime
from typing import Final
from urllib.parse import quote

from hsl_tui.errors import InvalidInputError
from hsl_tui.models.enums import BroadcastState, DeliveryStatus, ErrorKind
from hsl_tui.models.selector import Selector, SelectorKind, check_chat_id
from hsl_tui.services.adopted_people import moment
from hsl_tui.services.recipients import check_tag
from hsl_tui.store.adopted import BY, SAID_THERE, Foreign, Outcome
from hsl_tui.store.dashboard_rows import DELIVERED, WAITING, Fate, Message
from hsl_tui.store.reasons import Reason

MOST_NAMED: Final = 100
"""Up to so many recipients of a broadcast to come are named one by one."""

_EVERYONE: Final = frozenset({"all", "everyone", "all_users"})
_FAILURES: Final = {
    "failed": ErrorKind.OTHER,
    "failure": ErrorKind.OTHER,
    "error": ErrorKind.OTHER,
    "blocked": ErrorKind.BLOCKED,
    "deactivated": ErrorKind.DEACTIVATED,
    "not_found": ErrorKind.CHAT_NOT_FOUND,
    "chat_not_found": ErrorKind.CHAT_NOT_FOUND,
}
_NEVER_SENT: Final = frozenset({"cancelled", "canceled", "skipped"})
_LONGEST_KEY: Final = 200
_LONGEST_STATUS: Final = 100
_HIGHEST: Final = 2**63 - 1


def is_to_come(message: Message, now: datetime) -> bool:
    """Whether a broadcast has not been sent yet, as far as anything there tells."""
    scheduled_at, sent_at = moment(message.scheduled_at), moment(message.sent_at)
    is_sent = sent_at is not None and sent_at <= now
    is_ahead = scheduled_at is not None and scheduled_at > now
    if is_ahead and not is_sent:
        return True
    reached = message.decided > 0 or bool(_number(message.successful_deliveries))
    return not reached and (is_ahead or not is_sent)


def key_of(database: str, message: Message, *, draft: bool) -> str:
    """What tells a broadcast from every other one, at most 255 characters.

    The time at which it was made is a part of it: databases of one name on two servers number
    their broadcasts alike. Drafts have keys of their own, so that one that has been sent since is
    taken over beside its draft, which may have been changed or sent here.
    """
    made = moment(message.created_at)
    parts = (database, message.id or "", "" if made is None else made.isoformat())
    name = ":".join(quote(part, safe="") for part in parts)
    if len(name) > _LONGEST_KEY:
        name = hashlib.sha256(name.encode()).hexdigest()
    return f"{BY}:{name}{':draft' if draft else ''}"


def audience(message: Message, chats: Sequence[str]) -> Sequence[str]:
    """Selectors for those whom a broadcast to come is meant for; none where that is not clear.

    Args:
        chats: those it is meant for one by one, or more than :data:`MOST_NAMED` of them.
    """
    group = (message.recipient_group or "").strip()
    kind = (message.recipient_type or "").strip().lower()
    if group and group.lower() not in _EVERYONE:
        try:
            return [str(Selector.of(SelectorKind.TAG, check_tag(group)))]
        except InvalidInputError:
            pass
    elif group or kind in _EVERYONE:
        return [str(Selector.of(SelectorKind.ALL))]
    if len(chats) > MOST_NAMED:
        return []
    return _named(chats)


def draft(key: str, message: Message, to: Sequence[str], now: datetime) -> Foreign:
    """A broadcast to come as a draft."""
    return Foreign(
        key=key,
        text=message.text or "",
        audience=to,
        state=BroadcastState.DRAFT,
        reason=None,
        created_at=moment(message.created_at) or now,
        scheduled_at=moment(message.scheduled_at),
        finished_at=None,
    )


def finished(key: str, message: Message, now: datetime) -> Foreign:
    """A past broadcast, before its deliveries are entered."""
    made, scheduled = moment(message.created_at), moment(message.scheduled_at)
    sent = moment(message.sent_at) or scheduled or made or now
    return Foreign(
        key=key,
        text=message.text or "",
        audience=audience(message, ()),
        state=BroadcastState.FINISHED,
        reason=_totals(message),
        created_at=made or sent,
        scheduled_at=scheduled,
        finished_at=sent,
    )


def outcome(fate: Fate, sent_at: datetime | None) -> Outcome:
    """What became of a past broadcast for one person.

    What waited there when the broadcast was over may have been sent or not: nobody wrote it down.

    Args:
        sent_at: when the broadcast was sent, for want of a time of its own.
    """
    word = (fate.status or "").strip().lower()
    number = _number(fate.telegram_message_id)
    at = moment(fate.created_at) or sent_at
    if word in DELIVERED or (word in WAITING and number is not None):
        return Outcome(DeliveryStatus.SENT, None, at, number)
    if word == DeliveryStatus.DELETED:
        return Outcome(DeliveryStatus.DELETED, None, at, number)
    if word in _NEVER_SENT:
        return Outcome(DeliveryStatus.CANCELLED, None, None, None)
    said = SAID_THERE + ((fate.status or "").strip()[:_LONGEST_STATUS] or "nothing")
    if word in _FAILURES:
        return Outcome(DeliveryStatus.FAILED, Reason(_FAILURES[word], None, said), None, None)
    return Outcome(DeliveryStatus.UNCERTAIN, Reason(ErrorKind.NO_ANSWER, None, said), None, number)


def _named(chats: Sequence[str]) -> Sequence[str]:
    selectors: list[str] = []
    for chat in chats:
        try:
            selectors.append(str(Selector.of(SelectorKind.CHAT, check_chat_id(chat))))
        except InvalidInputError:
            continue
    return selectors


def _totals(message: Message) -> str | None:
    if message.listed:
        return None
    total = _number(message.total_recipients)
    delivered = _number(message.successful_deliveries) or 0
    counted = "" if total is None else f"counts {delivered} of {total} delivered, and "
    return f"{BY} {counted}does not say to whom it went."


def _number(written: str | None) -> int | None:
    """A number above zero that a database can keep, or None."""
    text = (written or "").strip()
    if not (text.isascii() and text.isdecimal() and len(text) <= len(str(_HIGHEST))):
        return None
    number = int(text)
    return number if 0 < number <= _HIGHEST else None
