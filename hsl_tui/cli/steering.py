"""Steering broadcasts: pause, resume, cancel, retry, resolve."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from hsl_tui.cli.composition import open_context
from hsl_tui.cli.documents import broadcast_document
from hsl_tui.cli.output import JsonOption, print_json, say
from hsl_tui.cli.reading import BroadcastId, ReasonOption
from hsl_tui.models.selector import check_chat_id

if TYPE_CHECKING:
    from hsl_tui.models.delivery_criteria import DeliveryCriteria
    from hsl_tui.models.enums import ErrorKind
    from hsl_tui.models.views import BroadcastView


class Settlement(StrEnum):
    """What uncertain deliveries are taken for."""

    SENT = "sent"
    RESEND = "resend"


ChatsOption = Annotated[
    list[str] | None,
    typer.Option("--chat-id", metavar="C", help="Only for this chat. Repeatable."),
]
SearchOption = Annotated[
    str,
    typer.Option(
        "--search", metavar="TEXT", help="Only for whose name, user name or chat id begins so."
    ),
]


def pause(broadcast_id: BroadcastId, *, as_json: JsonOption = False) -> None:
    """Hold a broadcast; it takes effect within 2 seconds."""
    from hsl_tui.services import steering

    with open_context() as context:
        _tell(steering.pause(context, broadcast_id), as_json=as_json)


def resume(broadcast_id: BroadcastId, *, as_json: JsonOption = False) -> None:
    """Let a paused broadcast go on."""
    from hsl_tui.services import steering

    with open_context() as context:
        _tell(steering.resume(context, broadcast_id), as_json=as_json)


def cancel(broadcast_id: BroadcastId, *, as_json: JsonOption = False) -> None:
    """Send nothing more of a broadcast."""
    from hsl_tui.services import steering

    with open_context() as context:
        _tell(steering.cancel(context, broadcast_id), as_json=as_json)


def retry(
    broadcast_id: BroadcastId,
    *,
    chat_ids: ChatsOption = None,
    search: SearchOption = "",
    reason: ReasonOption = None,
    as_json: JsonOption = False,
) -> None:
    """Send again to those that failed for a reason that can pass."""
    from hsl_tui.services import steering

    with open_context() as context:
        broadcast, count = steering.retry(
            context, broadcast_id, _criteria(chat_ids, search, reason)
        )
        _tell(broadcast, as_json=as_json, what=f"{count} deliveries wait again")


def resolve(
    broadcast_id: BroadcastId,
    *,
    settle_as: Annotated[
        Settlement, typer.Option("--as", help="Count them as sent, or send again.")
    ],
    chat_ids: ChatsOption = None,
    search: SearchOption = "",
    reason: ReasonOption = None,
    as_json: JsonOption = False,
) -> None:
    """Settle the deliveries of a broadcast that are uncertain."""
    from hsl_tui.services import steering

    criteria = _criteria(chat_ids, search, reason)
    with open_context() as context:
        broadcast, count = steering.resolve(
            context, broadcast_id, criteria, resend=settle_as is Settlement.RESEND
        )
        become = "wait again" if settle_as is Settlement.RESEND else "count as sent"
        _tell(broadcast, as_json=as_json, what=f"{count} uncertain deliveries {become}")


def _criteria(
    chat_ids: list[str] | None, search: str, reason: ErrorKind | None
) -> DeliveryCriteria:
    from hsl_tui.models.delivery_criteria import Cause, DeliveryCriteria

    chats = frozenset(check_chat_id(written) for written in chat_ids) if chat_ids else None
    cause = None if reason is None else Cause(reason)
    return DeliveryCriteria(cause=cause, search=search, chat_ids=chats)


def _tell(broadcast: BroadcastView, *, as_json: bool, what: str = "") -> None:
    if as_json:
        print_json(broadcast_document(broadcast))
    else:
        say(f"Broadcast {broadcast.id} is {broadcast.state}{what and ': '}{what}.")
