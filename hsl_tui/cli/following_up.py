"""What can be done to the messages of a broadcast after they were sent: edit, recall."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from hsl_tui.cli.checking import warn
from hsl_tui.cli.composition import open_context
from hsl_tui.cli.content import TextFileOption, TextOption, read_text
from hsl_tui.cli.documents import broadcast_document
from hsl_tui.cli.output import JsonOption, print_json, say, working
from hsl_tui.cli.reading import BroadcastId
from hsl_tui.cli.streams import note
from hsl_tui.models.enums import Act, DeliveryStatus, Priority

if TYPE_CHECKING:
    from hsl_tui.models.views import BroadcastView, Findable
    from hsl_tui.services.context import Context

PriorityOption = Annotated[
    Priority, typer.Option("--priority", help="Urgent ones come before all others.")
]


def edit(
    broadcast_id: BroadcastId,
    *,
    text: TextOption = None,
    text_file: TextFileOption = None,
    priority: PriorityOption = Priority.NORMAL,
    as_json: JsonOption = False,
) -> None:
    """Change the text, or the caption, of all messages that a broadcast has sent.

    Of what was sent again because an answer was lost, only the last message can be found.
    """
    from hsl_tui.services import followups

    written = read_text(text, text_file)
    with open_context() as context:
        messages = followups.findable(context, broadcast_id)
        with working("Taking down the messages"):
            broadcast = followups.edit(context, broadcast_id, written, priority=priority)
        _tell(broadcast, messages, as_json=as_json)
        warn(context, broadcast)
        _tell_of_those_to_come(context, broadcast_id)


def recall(
    broadcast_id: BroadcastId,
    *,
    priority: PriorityOption = Priority.NORMAL,
    as_json: JsonOption = False,
) -> None:
    """Delete the messages that a broadcast has sent, up to 48 hours after they were.

    Of what was sent again because an answer was lost, only the last message can be found.
    """
    from hsl_tui.services import followups

    with open_context() as context:
        messages = followups.findable(context, broadcast_id)
        with working("Taking down the messages"):
            broadcast = followups.recall(context, broadcast_id, priority=priority)
        _tell(broadcast, messages, as_json=as_json)


def _tell_of_those_to_come(context: Context, broadcast_id: int) -> None:
    from hsl_tui.services import broadcasts

    waiting = broadcasts.show(context, broadcast_id).counts[DeliveryStatus.PENDING]
    if waiting:
        wait, them = ("waits", "it") if waiting == 1 else ("wait", "them")
        note(
            f"{waiting} still {wait} in broadcast {broadcast_id} and will get the text as it was;"
            f" to give {them} the new one, cancel it and send that `--not-reached-by"
            f" {broadcast_id}`."
        )


def _tell(broadcast: BroadcastView, messages: Findable, *, as_json: bool) -> None:
    from hsl_tui.services import followups

    act = broadcast.act
    if as_json:
        print_json({**broadcast_document(broadcast), "without_number": messages.unnumbered})
    else:
        does = "edits" if act is Act.EDIT else "recalls"
        found = "1 message" if messages.found == 1 else f"{messages.found} messages"
        say(
            f"Broadcast {broadcast.id} {does} {found} of broadcast"
            f" {broadcast.target_id}; `hsl-tui broadcasts show {broadcast.id}` tells how far it is."
        )
    for unfound in followups.explain_unfound(act, messages):
        note(unfound)
