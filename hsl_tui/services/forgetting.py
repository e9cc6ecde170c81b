"""Forgetting a person: their data goes, the counts and the audit log stay true."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from hsl_tui.errors import InvalidInputError, NotFoundError, RefusedError
from hsl_tui.models.selector import Selector, SelectorKind, check_chat_id
from hsl_tui.models.traces import Traces
from hsl_tui.models.views import RecipientView
from hsl_tui.services.context import Context
from hsl_tui.services.endings import note_finish
from hsl_tui.store import (
    broadcasts,
    forgetting,
    moves,
    recipients,
    redaction,
    rows,
    settling,
    suppression,
)
from hsl_tui.store.database import Session

_LONGEST_REASON: Final = 200


@dataclass(frozen=True, slots=True)
class Forgotten:
    """What was done to forget somebody.

    Attributes:
        deliveries: how many of theirs are still counted, under no name.
        cancelled: of these, how many were still to be sent.
        texts: how many of each kind held them, and have a mark there now.
        audit_entries: how many entries of the audit log they were taken out of.
    """

    deliveries: int
    cancelled: int
    texts: Mapping[str, int]
    audit_entries: int


def look(context: Context, chat: str) -> RecipientView:
    """Who would be forgotten.

    Raises:
        InvalidInputError: it is no chat id.
        NotFoundError: no recipient has it.
    """
    with context.database.read() as session:
        return _found(session, check_chat_id(chat))


def forget(context: Context, chat: str, *, reason: str = "") -> Forgotten:
    """Remove a person's data for good: names, chat, language, attributes, tags, what mentions them.

    The ledger keeps counting their deliveries; what still waits for them is cancelled. Texts get
    a mark in their place, also those of broadcasts that have ended; entries of the audit log too,
    each on account of the entry that this leaves. A later /start or import of the chat is
    somebody new; what another program has on record of it is not taken over any more, for which a
    digest of the chat id is kept (``store/suppression.py``). What only a first name, or a name they
    bore before, gives away stays; so do backups and exports.

    Args:
        reason: why, for the audit log; the person is taken out of that as well.

    Raises:
        InvalidInputError: it is no chat id, or the reason is too long.
        NotFoundError: no recipient has it.
        RefusedError: a message to them is on its way, or a broadcast that is under way or still to
            come says something about them.
    """
    chat_id = check_chat_id(chat)
    reason = " ".join(reason.split())
    if len(reason) > _LONGEST_REASON:
        raise InvalidInputError(f"Say why in at most {_LONGEST_REASON} characters.")
    with context.database.read() as session:
        # All of the log but its end is looked through while others can go on.
        known = _found(session, chat_id).person
        looked = redaction.find(session, Traces(known))
    now = context.clock.now()
    with context.database.write() as session, forgetting.overwriting(session):
        # Whoever takes in the same chat waits, and finds nobody.
        rows.hold_intake(session)
        recipient = _found(session, chat_id)
        traces = Traces(recipient.person)
        meant = forgetting.meant_for(session, recipient.id)
        # Those that are only rewritten too, for the order of locks.
        locked = broadcasts.lock(session, {*meant, *forgetting.mentioned_in(session, traces)})
        _refuse(session, recipient, traces)
        cancelled, finished = settling.cancel_those_to(session, locked, recipient.id, now=now)
        deliveries = forgetting.scrub_deliveries(session, recipient.id, meant)
        texts = forgetting.rewrite_texts(session, traces)
        forgetting.blot_out(session, recipient.id, chat_id, now=now)
        suppression.note(session, chat_id)
        for broadcast in finished:
            note_finish(session, broadcast, actor=context.actor, now=now)
        redaction.hold(session)
        held = redaction.find(session, traces, looked if recipient.person == known else None)
        details: dict[str, object] = {
            "deliveries": deliveries,
            "cancelled": cancelled,
            "texts": texts,
        }
        if reason:
            details["reason"] = traces.in_text(reason)
        redaction.redact(session, held, at=now, actor=context.actor, details=details)
        return Forgotten(deliveries, cancelled, texts, len(held.details))


def _refuse(session: Session, recipient: RecipientView, traces: Traces) -> None:
    """Refuse what would leave the person in a message that is sent afterwards."""
    if moves.on_the_way(session, recipient.id):
        msg = (
            f"A message to {recipient.chat_id} is on its way; try again in a moment, when its call"
            " has ended."
        )
        raise RefusedError(msg)
    naming = forgetting.still_to_say(session, traces)
    if naming:
        numbers = ", ".join(map(str, naming))
        msg = (
            f"What broadcast {numbers} says holds this person, and it has not ended: cancel it, or"
            " let it end first."
        )
        raise RefusedError(msg)


def _found(session: Session, chat_id: int) -> RecipientView:
    picked = [Selector.of(SelectorKind.CHAT, chat_id)]
    for recipient in recipients.window(session, limit=1, selectors=picked):
        return recipient
    msg = f"No recipient has the chat id {chat_id}; see `hsl-tui recipients list`."
    raise NotFoundError(msg)
