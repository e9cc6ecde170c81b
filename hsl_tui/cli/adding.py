"""`hsl-tui recipients add`: people, groups and channels by their chat ids."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from hsl_tui.cli.composition import open_context
from hsl_tui.cli.output import JsonOption, print_json, say
from hsl_tui.cli.streams import note

if TYPE_CHECKING:
    from hsl_tui.services.adding import Added


def add(
    chats: Annotated[
        list[str],
        typer.Argument(metavar="CHAT_ID…", help="Chat ids; those of groups and channels are < 0."),
    ],
    *,
    name: Annotated[
        str | None, typer.Option("--name", metavar="TEXT", help="What to call it.")
    ] = None,
    username: Annotated[
        str | None, typer.Option("--username", metavar="NAME", help="Its @username.")
    ] = None,
    tags: Annotated[
        list[str] | None, typer.Option("--tag", metavar="T", help="Label them so. Repeatable.")
    ] = None,
    unchecked: Annotated[
        bool, typer.Option("--unchecked", help="Do not ask Telegram whether the bot knows them.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Add recipients by their chat ids: people, groups and channels.

    Where a bot token is set, Telegram is asked what they are called, and a
    chat that the bot does not know is refused.
    """
    from hsl_tui.models.selector import check_chat_id
    from hsl_tui.services import adding

    chat_ids = [check_chat_id(written) for written in chats]
    with open_context() as context:
        is_blind = context.settings.bot_token is None and not unchecked
        added = adding.add(
            context, chat_ids, name=name, username=username, tags=tags or (), unchecked=unchecked
        )
    if as_json:
        print_json([_document(one) for one in added])
    else:
        for one in added:
            say(_sentence(one))
    if is_blind:
        note("BOT_TOKEN is not set: Telegram was not asked whether the bot knows them.")


def _sentence(one: Added) -> str:
    called = f" ({one.name})" if one.name else ""
    if not one.was_there:
        return f"The recipient {one.chat_id}{called} is added."
    return f"The recipient {one.chat_id}{called} was there already, and is {one.state}."


def _document(one: Added) -> dict[str, Any]:
    return {
        "chat_id": one.chat_id,
        "name": one.name,
        "username": one.username,
        "added": not one.was_there,
        "state": one.state.value,
    }
