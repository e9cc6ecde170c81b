"""`recipients forget`: a person's data is removed for good."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from hsl_tui.cli.composition import open_context
from hsl_tui.cli.output import JsonOption, print_json, say, working
from hsl_tui.cli.streams import note
from hsl_tui.errors import InvalidInputError, RefusedError

if TYPE_CHECKING:
    from hsl_tui.services.forgetting import Forgotten

YesOption = Annotated[bool, typer.Option("--yes", help="Do it without a question.")]


def forget(
    chat: Annotated[str, typer.Argument(metavar="CHAT", help="The chat id.")],
    *,
    reason: Annotated[str, typer.Option(metavar="TEXT", help="Why; the audit log keeps it.")] = "",
    yes: YesOption = False,
    as_json: JsonOption = False,
) -> None:
    """Remove a person's data for good; what they were sent stays counted.

    Their names, chat id, attributes and tags go, and where texts and the
    audit log hold them there is a mark. What waits for them is cancelled.
    A digest of the chat id stays, by which db adopt leaves them out; a later
    /start, add or import of the chat is somebody new.
    """
    from hsl_tui.services import forgetting

    with open_context() as context:
        known = forgetting.look(context, chat)
        names = " ".join(name for name in (known.first_name, known.last_name) if name)
        agree(f"Forget {known.chat_id}{names and f' ({names})'} for good?", yes=yes)
        with working("Looking for them everywhere"):
            done = forgetting.forget(context, chat, reason=reason)
    if as_json:
        print_json(
            {
                "deliveries": done.deliveries,
                "cancelled": done.cancelled,
                "texts": done.texts,
                "audit_entries": done.audit_entries,
            }
        )
    else:
        _tell(done)


def agree(question: str, *, yes: bool) -> None:
    """Go on only if whoever sits at the terminal agrees.

    Raises:
        InvalidInputError: nobody can be asked.
        RefusedError: they do not agree.
    """
    if yes:
        return
    if not _can_ask():
        msg = "This cannot be undone, and nobody can be asked here; say --yes to do it."
        raise InvalidInputError(msg)
    note(f"{question} [y/N]")
    if sys.stdin.readline().strip().lower() not in {"y", "yes"}:
        raise RefusedError("Nothing was changed.")


def _can_ask() -> bool:
    return sys.stdin.isatty() and sys.stderr.isatty()


def _tell(done: Forgotten) -> None:
    waiting = f", of which {done.cancelled} will not be sent" if done.cancelled else ""
    say(f"Forgotten. Their deliveries stay counted: {done.deliveries}{waiting}.")
    for what, number in done.texts.items():
        say(f"  a mark in their place: {what}, {number} of them")
    if done.audit_entries:
        say(f"  a mark in their place: entry of the audit log, {done.audit_entries} of them")
    note(
        "what a first name alone or a former name gives away stays, and so do backups and exported"
        " files."
    )
