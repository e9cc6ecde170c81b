"""Reading broadcasts back: list, show, deliveries, export."""

from __future__ import annotations

from datetime import tzinfo
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from hsl_tui.cli.composition import open_context
from hsl_tui.cli.documents import broadcast_document, delivery_document
from hsl_tui.cli.output import (
    SHOWN,
    JsonOption,
    LimitOption,
    brief,
    cut_off,
    in_zone,
    print_json,
    print_json_list,
    print_table,
    say,
    whole_number,
    working,
)
from hsl_tui.cli.streams import note
from hsl_tui.models.enums import BroadcastState, DeliveryStatus, ErrorKind, Priority
from hsl_tui.models.forgotten import is_tombstone

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hsl_tui.models.views import BroadcastView, FollowUp
    from hsl_tui.services.context import Context

BroadcastId = Annotated[
    int, typer.Argument(metavar="ID", parser=whole_number, help="A broadcast's number.")
]

ReasonOption = Annotated[
    ErrorKind | None,
    typer.Option("--reason", metavar="KIND", help="Only for a reason of this kind, as show says."),
]


def list_broadcasts(
    *,
    state: Annotated[
        BroadcastState | None, typer.Option("--state", help="Only those in this state.")
    ] = None,
    limit: LimitOption = None,
    as_json: JsonOption = False,
) -> None:
    """List broadcasts, newest first."""
    from hsl_tui.services import broadcasts

    with open_context() as context:
        found = broadcasts.every(context, state=state)
        if as_json:
            print_json_list(broadcast_document(one) for one in islice(found, limit))
            return
        zone = context.settings.zone
        rows, more = cut_off(found, limit)
    columns = ("ID", "STATE", "TIME", "RECIPIENTS", "SENT", "FAILED", "UNCERTAIN", "TEXT")
    print_table(columns, (_row(one, zone) for one in rows))
    if more:
        note(f"These are the newest {SHOWN}; --limit N shows more.")


def show(broadcast_id: BroadcastId, *, as_json: JsonOption = False) -> None:
    """Show a broadcast and what has become of it so far."""
    from hsl_tui.services import broadcasts, followups

    with open_context() as context:
        broadcast = broadcasts.show(context, broadcast_id)
        done = followups.of(context, broadcast_id)
        if as_json:
            follow_ups = [{"id": one.id, "act": one.act, "state": one.state} for one in done]
            print_json({**broadcast_document(broadcast), "follow_ups": follow_ups})
        else:
            _describe(context, broadcast, done)


def deliveries(
    broadcast_id: BroadcastId,
    *,
    status: Annotated[
        DeliveryStatus | None, typer.Option("--status", help="Only those with this status.")
    ] = None,
    search: Annotated[
        str,
        typer.Option(
            "--search", metavar="TEXT", help="Only whose name, user name or chat id begins so."
        ),
    ] = "",
    reason: ReasonOption = None,
    limit: LimitOption = None,
    as_json: JsonOption = False,
) -> None:
    """List what became of each recipient of a broadcast."""
    from hsl_tui.models.delivery_criteria import Cause, DeliveryCriteria
    from hsl_tui.services import broadcasts
    from hsl_tui.services import deliveries as ledger

    with open_context() as context:
        broadcasts.show(context, broadcast_id)
        cause = None if reason is None else Cause(reason)
        found = ledger.every(context, broadcast_id, DeliveryCriteria(status, cause, search))
        if as_json:
            print_json_list(delivery_document(one) for one in islice(found, limit))
            return
        zone = context.settings.zone
        rows, more = cut_off(found, limit)
    print_table(
        ("CHAT", "STATUS", "ATTEMPTS", "MESSAGE", "SENT", "CODE", "ERROR"),
        (
            (
                "forgotten" if is_tombstone(one.chat_id) else one.chat_id,
                one.status,
                one.attempts,
                one.telegram_message_id,
                in_zone(one.sent_at, zone),
                one.error_code,
                one.error,
            )
            for one in rows
        ),
    )
    if more:
        note(
            f"These are the first {SHOWN}; --limit N shows more,"
            f" `hsl-tui broadcasts export {broadcast_id} FILE.csv` writes them all."
        )


def export(
    broadcast_id: BroadcastId,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The CSV file to write.")],
) -> None:
    """Write all deliveries of a broadcast to a CSV file."""
    from hsl_tui.services import exports

    with open_context() as context, working("Writing the deliveries"):
        count = exports.export_deliveries(context, broadcast_id, file)
    say(f"{count} deliveries are written to {file}.")


def _row(broadcast: BroadcastView, zone: tzinfo) -> tuple[object, ...]:
    from hsl_tui.services.describing import kinds_of_media

    moment = broadcast.scheduled_at or broadcast.started_at or broadcast.created_at
    urgent, content = broadcast.priority is Priority.URGENT, broadcast.content
    about = f"{broadcast.act} of {broadcast.target_id}: " if broadcast.target_id else ""
    return (
        broadcast.id,
        f"{broadcast.state}, urgent" if urgent else broadcast.state,
        in_zone(moment, zone),
        broadcast.total_recipients,
        broadcast.successful_deliveries,
        broadcast.counts[DeliveryStatus.FAILED],
        broadcast.counts[DeliveryStatus.UNCERTAIN],
        brief(about + (" ".join(content.text.split()) or kinds_of_media(content))),
    )


def _gone(broadcast: BroadcastView, zone: tzinfo) -> str | None:
    pruned_at = in_zone(broadcast.pruned_at, zone)
    return None if pruned_at is None else f"removed {pruned_at}; the counts stay"


def _describe(context: Context, broadcast: BroadcastView, done: Sequence[FollowUp]) -> None:
    from hsl_tui.services import broadcasts, describing

    zone = context.settings.zone
    content = broadcast.content
    media = "; ".join(describing.media_words(context, content))
    buttons = "; ".join(describing.button_words(content))
    options = ", ".join(describing.option_words(content))
    why = f": {broadcast.state_reason}" if broadcast.state_reason else ""
    about = f", {broadcast.act} of broadcast {broadcast.target_id}" if broadcast.target_id else ""
    counts = ", ".join(f"{count} {status}" for status, count in broadcast.counts.items() if count)
    lines = (
        ("broadcast", f"{broadcast.id}, {broadcast.state}{about}{why}"),
        ("recipients", f"{broadcast.total_recipients}{' – ' if counts else ''}{counts}"),
        ("follow-ups", ", ".join(f"{one.act} {one.id} ({one.state})" for one in done) or None),
        ("to", " ".join(broadcast.audience)),
        ("media", media or None),
        ("buttons", buttons or None),
        ("options", options or None),
        ("when uncertain", broadcast.on_uncertain.value),
        ("priority", broadcast.priority.value),
        ("created", f"{in_zone(broadcast.created_at, zone)} by {broadcast.created_by}"),
        ("scheduled for", in_zone(broadcast.scheduled_at, zone)),
        ("started", in_zone(broadcast.started_at, zone)),
        ("finished", in_zone(broadcast.finished_at, zone)),
        ("deliveries", _gone(broadcast, zone)),
    )
    for name, value in lines:
        if value is not None:
            say(f"{name:<16}{value}")
    for kind, description, count in broadcasts.top_reasons(context, broadcast.id):
        say(f"{'failed':<16}{count} × {kind}: {description}")
    say("")
    say(broadcast.content.text, newlines=True)
