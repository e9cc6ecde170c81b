"""Recipients' states: moved by hand, and what moved lately."""

from __future__ import annotations

import json
from itertools import islice
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from hsl_tui.cli.composition import open_context
from hsl_tui.cli.forgetting import forget
from hsl_tui.cli.output import (
    SHOWN,
    JsonOption,
    LimitOption,
    brief,
    cut_off,
    example,
    in_utc,
    in_zone,
    print_json_list,
    print_table,
    say,
    write_out,
)
from hsl_tui.cli.streams import note
from hsl_tui.errors import InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from hsl_tui.models.enums import RecipientState
    from hsl_tui.models.moves import MoveTotal, MoveView

_SET_STATE: Final = example(
    "hsl-tui recipients set-state 123456789 unsubscribed --reason 'asked by mail'"
)
_FORGET: Final = example("hsl-tui recipients forget 123456789 --reason 'asked by mail'")


def register(app: typer.Typer) -> None:
    """Add these commands to `recipients`."""
    # A minus in front of a group's number is no option.
    takes_groups = {"ignore_unknown_options": True}
    app.command("set-state", epilog=_SET_STATE, context_settings=takes_groups)(set_state)
    app.command("moved", epilog=example("hsl-tui recipients moved --since 2030-12-01"))(moved)
    app.command("forget", epilog=_FORGET, context_settings=takes_groups)(forget)


def set_state(
    chat: Annotated[str, typer.Argument(metavar="CHAT", help="The chat id.")],
    state: Annotated[str, typer.Argument(metavar="STATE", help="active or unsubscribed.")],
    *,
    reason: Annotated[str, typer.Option(metavar="TEXT", help="Why; it is kept beside the state.")],
) -> None:
    """Move a recipient by hand: nobody is written to unless active.

    What waits for them is cancelled when its turn comes, with the reason.
    A call that is open already ends.
    """
    from hsl_tui.models.enums import RecipientState
    from hsl_tui.services import moves, recipients

    if state not in recipients.BY_HAND:
        msg = f"{state!r} is not a state that people set; say active or unsubscribed."
        raise InvalidInputError(msg)
    wanted = RecipientState(state)
    with open_context() as context:
        moved = recipients.set_state(context, chat, wanted, reason)
        open_calls = 0
        if wanted is not RecipientState.ACTIVE:
            open_calls = moves.on_the_way(context, moved.id)
    say(f"The recipient {chat} is {state} now.")
    if open_calls:
        note("a message to them was on its way already, and may still arrive.")


def moved(
    *,
    since: Annotated[
        str | None, typer.Option("--since", metavar="TIME", help="Only from this time on.")
    ] = None,
    state: Annotated[
        str | None, typer.Option("--state", metavar="STATE", help="Only into this state.")
    ] = None,
    limit: LimitOption = None,
    as_json: JsonOption = False,
) -> None:
    """Report whose state changed lately: totals by reason, then whose."""
    from hsl_tui.services import moves
    from hsl_tui.services.times import parse_time

    wanted = read_state(state)
    with open_context() as context:
        zone = context.settings.zone
        moment = None if since is None else parse_time(since, zone)
        totals = moves.report(context, since=moment, state=wanted)
        found = moves.every(context, since=moment, state=wanted)
        if as_json:
            _print_document(totals, islice(found, limit))
            return
        rows, more = cut_off(found, limit)
    if not totals:
        say("No recipient has moved from state to state.")
        return
    print_table(
        ("RECIPIENTS", "STATE", "REASON"),
        ((one.recipients, one.state, one.reason) for one in totals),
    )
    say("")
    print_table(
        ("TIME", "CHAT", "USERNAME", "NAME", "BEFORE", "AFTER", "REASON"),
        (
            (
                in_zone(one.at, zone),
                "forgotten" if one.chat_id is None else one.chat_id,
                one.username,
                brief(" ".join(name for name in (one.first_name, one.last_name) if name)),
                one.before,
                one.after,
                one.reason,
            )
            for one in rows
        ),
    )
    if more:
        note(f"These are the newest {SHOWN}; --limit N shows more.")


def _print_document(totals: Sequence[MoveTotal], found: Iterable[MoveView]) -> None:
    """One JSON document, however long, without holding it in memory."""
    counted = [
        {"state": one.state.value, "reason": one.reason, "recipients": one.recipients}
        for one in totals
    ]
    head = json.dumps({"totals": counted}).replace("\x7f", "\\u007f")
    write_out(f'{head[:-1]}, "moves": ')
    print_json_list(move_document(one) for one in found)
    write_out("}\n")


def move_document(move: MoveView) -> dict[str, Any]:
    """One move as JSON; no chat id where the recipient was forgotten since."""
    return {
        "chat_id": move.chat_id,
        "before": move.before.value,
        "after": move.after.value,
        "reason": move.reason,
        "at": in_utc(move.at),
    }


def read_state(written: str | None) -> RecipientState | None:
    """The state that an option names.

    Raises:
        InvalidInputError: there is none of that name.
    """
    from hsl_tui.models.enums import RecipientState

    if written is None:
        return None
    try:
        return RecipientState(written)
    except ValueError:
        msg = f"{written!r} is no state of recipients; use {', '.join(RecipientState)}."
        raise InvalidInputError(msg) from None
