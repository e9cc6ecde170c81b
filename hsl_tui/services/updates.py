"""What updates of Telegram's change on record: who joins, stops, blocks, moves, is called anew."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final

from hsl_tui.models.enums import RecipientState
from hsl_tui.models.intake import AnswerKind, Profile
from hsl_tui.store import answers, profiles, recipients, rows
from hsl_tui.store.database import Session
from hsl_tui.store.profiles import Known
from hsl_tui.telegram.intake import Command, Membership, Migration, Update, chats_of

ACTIVE, BLOCKED, UNSUBSCRIBED, INVALID = (
    RecipientState.ACTIVE,
    RecipientState.BLOCKED,
    RecipientState.UNSUBSCRIBED,
    RecipientState.INVALID,
)

_LET_IN: Final = {True: "The recipient unblocked the bot.", False: "The bot was let into the chat."}
"""By whether it is a person."""


def apply(
    session: Session, updates: Sequence[Update], *, bot_id: int, now: datetime
) -> Counter[str]:
    """Carry out what updates say, in their order, and have commands answered.

    Who asked for silence with `/stop` is only spoken to again after a `/start`, whatever becomes
    of the chat meanwhile.

    Returns:
        How many joined, returned, stopped, were lost, moved, got a tag or another name; without
        the zeros.
    """
    if any(map(_may_add, updates)):
        rows.hold_intake(session)
    books = _Books(session, profiles.lock(session, chats_of(updates)), bot_id, now)
    for update in updates:
        books.take(update)
    return books.counts


class _Books:
    """The recipients that a group of updates is about."""

    def __init__(
        self, session: Session, known: dict[int, Known], bot_id: int, now: datetime
    ) -> None:
        self._session = session
        self._known = known
        self._bot_id = bot_id
        self._now = now
        self.counts: Counter[str] = Counter()

    def take(self, update: Update) -> None:
        """Carry out one update."""
        for profile in update.seen:
            self._rename(profile)
        match update.event:
            case Command() as command:
                self._obey(command)
            case Membership() as change:
                self._follow(change)
            case Migration() as migration:
                self._move(migration)

    def _rename(self, profile: Profile) -> None:
        known = self._known.get(profile.chat_id)
        if known is None:
            return
        if profiles.bring_up_to_date(self._session, known, profile, now=self._now):
            self.counts["renamed"] += 1
            language = profile.language_code or known.profile.language_code
            self._note(known, profile=replace(profile, language_code=language))

    def _obey(self, command: Command) -> None:
        chat = command.chat
        match command.kind:
            case AnswerKind.START:
                known = self._on_record(chat, "joined")
                self._set(known, ACTIVE, "The recipient sent /start.", "returned")
                if command.payload is not None:
                    added = profiles.label(self._session, known.id, command.payload)
                    self.counts["tagged"] += added
            case AnswerKind.STOP:
                # Also who is not on record: a list that is imported later may hold them.
                known = self._on_record(chat, "noted")
                self._set(known, UNSUBSCRIBED, "The recipient sent /stop.", "stopped")
            case AnswerKind.HELP:
                pass
        answers.queue(self._session, self._bot_id, chat.chat_id, command.kind, now=self._now)

    def _follow(self, change: Membership) -> None:
        chat = change.chat
        known = self._known.get(chat.chat_id)
        if change.lost is None:
            if known is None and not chat.is_private:
                self._on_record(chat, "joined")
            elif known is not None and known.state is not UNSUBSCRIBED:
                self._set(known, ACTIVE, _LET_IN[chat.is_private], "returned")
        elif known is not None and known.state is not UNSUBSCRIBED:
            self._set(known, BLOCKED, change.lost, "lost")

    def _move(self, migration: Migration) -> None:
        old, new = self._known.get(migration.chat_id), self._known.get(migration.to)
        if old is None or migration.chat_id == migration.to:
            return
        answers.move_chat(self._session, migration.chat_id, migration.to)
        if new is not None:
            self._merge(old, new)
            return
        recipients.move_chat(self._session, old.id, migration.to, now=self._now)
        del self._known[migration.chat_id]
        moved = replace(old, profile=replace(old.profile, chat_id=migration.to))
        self._note(moved)
        self.counts["moved"] += 1
        if moved.state not in {ACTIVE, UNSUBSCRIBED}:
            # It tells of its move, so the bot is there.
            self._set(moved, ACTIVE, "The group became a supergroup.", "returned")

    def _merge(self, old: Known, new: Known) -> None:
        """Go on with the new chat, which was on record before the move was told."""
        profiles.inherit_tags(self._session, new.id, old.id)
        if old.state is UNSUBSCRIBED:
            self._set(new, UNSUBSCRIBED, "The group had sent /stop before it moved.", "stopped")
        reason = f"It became {new.profile.chat_id}, which is on record."
        self._set(old, INVALID, reason, "moved")

    def _on_record(self, profile: Profile, what: str) -> Known:
        known = self._known.get(profile.chat_id)
        if known is None:
            known = profiles.add(self._session, profile, now=self._now)
            self._note(known)
            self.counts[what] += 1
        return known

    def _set(self, known: Known, state: RecipientState, reason: str, what: str) -> None:
        known = self._known[known.profile.chat_id]
        if known.state is state:
            return
        recipients.set_state(self._session, known.id, state, reason=reason, now=self._now)
        self._note(known, state=state)
        self.counts[what] += 1

    def _note(
        self, known: Known, *, state: RecipientState | None = None, profile: Profile | None = None
    ) -> None:
        self._known[(profile or known.profile).chat_id] = Known(
            known.id, state or known.state, profile or known.profile
        )


def _may_add(update: Update) -> bool:
    match update.event:
        case Command(kind=kind):
            return kind is not AnswerKind.HELP
        case Membership(chat=chat, lost=lost):
            return lost is None and not chat.is_private
        case Migration():
            # Tags are handed on.
            return True
        case _:
            return False
