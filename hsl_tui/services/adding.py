"""Adding recipients one by one: people, groups and channels, as Telegram calls them."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace

from hsl_tui.bot_token import bot_id_of
from hsl_tui.errors import InvalidInputError, RefusedError, TelegramUnreachableError
from hsl_tui.models.enums import RecipientState
from hsl_tui.models.intake import Profile
from hsl_tui.services.context import Context
from hsl_tui.services.recipients import check_tag
from hsl_tui.store import profiles, rows
from hsl_tui.store.database import Session

_LONGEST_NAME = 256
_LONGEST_USERNAME = 64


@dataclass(frozen=True, slots=True)
class Added:
    """A recipient who was asked for.

    Attributes:
        name: as Telegram or the operator says.
        was_there: whether it was on record before.
        state: as it is; one who was there keeps theirs.
    """

    chat_id: int
    name: str | None
    username: str | None
    was_there: bool
    state: RecipientState


def add(
    context: Context,
    chat_ids: Sequence[int],
    *,
    name: str | None = None,
    username: str | None = None,
    tags: Sequence[str] = (),
    unchecked: bool = False,
) -> list[Added]:
    """Add recipients by their chat ids, or bring those up to date who are there.

    Where a bot token is set, Telegram is asked for each chat.

    Args:
        name: how the one recipient is called, whatever Telegram says; so ``username``.
        unchecked: add them without asking Telegram.

    Raises:
        InvalidInputError: no chat or an impossible one is given, one name for several, a wrong tag,
            or a chat that the bot does not know; nothing was changed.
        RefusedError: Telegram cannot be asked.
    """
    chats = list(dict.fromkeys(chat_ids))
    labels = [check_tag(tag) for tag in tags]
    _check(context, chats, name, username)
    found: dict[int, Profile] = {}
    asks = context.settings.bot_token is not None and not unchecked
    if asks:
        found = asyncio.run(_ask(context, chats))
    wanted = [_as_wanted(found.get(chat) or Profile(chat), name, username) for chat in chats]
    with context.database.write() as session:
        rows.hold_intake(session)
        added = [_put(context, session, profile, labels, full=asks) for profile in wanted]
        context.record(
            session,
            "recipients.added",
            chats=[one.chat_id for one in added if not one.was_there],
            known=[one.chat_id for one in added if one.was_there],
            tags=labels,
            checked=asks,
        )
    return added


def _check(context: Context, chats: Sequence[int], name: str | None, username: str | None) -> None:
    if not chats:
        raise InvalidInputError("No chat to add; give at least one chat id.")
    if len(chats) > 1 and (name is not None or username is not None):
        raise InvalidInputError("--name and --username are for one chat; add each by itself.")
    token = context.settings.bot_token
    if token is not None and bot_id_of(token) in chats:
        raise InvalidInputError("The bot cannot write to itself; give the ids of other chats.")
    for what, text, longest in (
        ("name", name, _LONGEST_NAME),
        ("user name", username, _LONGEST_USERNAME),
    ):
        if text is not None and not 1 <= len(text.strip().removeprefix("@")) <= longest:
            raise InvalidInputError(f"A {what} has 1 to {longest} characters.")


async def _ask(context: Context, chats: Sequence[int]) -> dict[int, Profile]:
    """What Telegram says of each chat.

    Raises:
        InvalidInputError: the bot does not know one of them.
        RefusedError: Telegram cannot be asked.
    """
    from hsl_tui.telegram.gateway import Gateway  # noqa: PLC0415 - slow: only for who asks

    settings = context.settings
    timeout = settings.request_timeout
    found: dict[int, Profile] = {}
    async with Gateway(
        context.token, settings.api_url, request_timeout=timeout, connections=1
    ) as gateway:
        for chat_id in chats:
            try:
                profile = await gateway.get_chat(chat_id)
            except TelegramUnreachableError as error:
                msg = f"{error}; --unchecked adds without asking."
                raise RefusedError(msg) from None
            if profile is None:
                msg = (
                    f"The bot does not know the chat {chat_id}: let it into the group or channel,"
                    " or the person write to it first; --unchecked adds it all the same."
                )
                raise InvalidInputError(msg)
            found[chat_id] = replace(profile, chat_id=chat_id)
    return found


def _as_wanted(profile: Profile, name: str | None, username: str | None) -> Profile:
    if name is not None:
        profile = replace(profile, first_name=name.strip(), last_name=None)
    if username is not None:
        profile = replace(profile, username=username.strip().removeprefix("@"))
    return profile


def _put(
    context: Context, session: Session, profile: Profile, labels: Sequence[str], *, full: bool
) -> Added:
    now = context.clock.now()
    before = profiles.lock(session, [profile.chat_id]).get(profile.chat_id)
    if before is None:
        known = profiles.add(session, profile, now=now)
    else:
        known = before
        if not full:
            # What the operator does not say stays.
            profile = _over(before.profile, profile)
        profiles.bring_up_to_date(session, before, profile, now=now)
    profiles.label(session, known.id, *labels)
    return Added(
        profile.chat_id,
        " ".join(part for part in (profile.first_name, profile.last_name) if part) or None,
        profile.username,
        was_there=before is not None,
        state=known.state,
    )


def _over(before: Profile, said: Profile) -> Profile:
    named = said if said.first_name is not None else before
    return replace(
        before,
        username=said.username or before.username,
        first_name=named.first_name,
        last_name=named.last_name,
    )
