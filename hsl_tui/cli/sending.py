"""Queueing broadcasts: send, and queue for a draft."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Final

import typer

from hsl_tui.cli.checking import warn
from hsl_tui.cli.composition import open_context
from hsl_tui.cli.content import (
    TemplateOption,
    TextFileOption,
    TextOption,
    read_text,
    takes_content,
)
from hsl_tui.cli.output import JsonOption, in_utc, in_zone, print_json, say, whole_number
from hsl_tui.cli.progress import progress_bar
from hsl_tui.cli.reading import BroadcastId
from hsl_tui.cli.streams import note
from hsl_tui.models.enums import BroadcastState, Priority, UncertainPolicy
from hsl_tui.models.selector import SELECTORS, Selector, SelectorKind

if TYPE_CHECKING:
    from hsl_tui.models.views import BroadcastView
    from hsl_tui.services.composing import Composition
    from hsl_tui.services.context import Context

_TO = typer.Option("--to", metavar="SELECTOR", help=f"{SELECTORS}; ! takes away. Repeatable.")
ToOption = Annotated[list[str], _TO]
LeaveOutOption = Annotated[
    bool,
    typer.Option(
        "--leave-out-unfit",
        help="Leave out those for whom the text would come out too long, empty or broken.",
    ),
]
AtOption = Annotated[
    str | None,
    typer.Option(
        "--at",
        metavar="TIME",
        help="When: ISO 8601, tomorrow 9:00, mon 9:00 or in 2 h; now by default.",
    ),
]
NOW: Final = "now"


@takes_content
def send(
    *,
    to: Annotated[list[str] | None, _TO] = None,
    not_reached_by: Annotated[
        int | None,
        typer.Option(
            "--not-reached-by",
            parser=whole_number,
            metavar="ID",
            help="Those whom this broadcast failed to reach.",
        ),
    ] = None,
    template: TemplateOption = None,
    composition: Composition,
    at: AtOption = None,
    on_uncertain: Annotated[
        UncertainPolicy,
        typer.Option("--on-uncertain", help="When an answer is lost: hold it, or send it again."),
    ] = UncertainPolicy.HOLD,
    priority: Annotated[
        Priority, typer.Option("--priority", help="Urgent ones are sent before all others.")
    ] = Priority.NORMAL,
    idempotency_key: Annotated[
        str | None,
        typer.Option("--idempotency-key", metavar="K", help="The same key queues nothing twice."),
    ] = None,
    draft: Annotated[bool, typer.Option("--draft", help="Keep it; queue it later.")] = False,
    leave_out_unfit: LeaveOutOption = False,
    as_json: JsonOption = False,
) -> None:
    """Queue a broadcast, for now or for a time."""
    from hsl_tui.services import queueing, templates

    selectors = _selectors(to, not_reached_by)
    with open_context() as context:
        # The template may be gone by the time of a second call.
        is_new = queueing.queued_before(context, idempotency_key) is None
        if template is not None and is_new:
            composition = templates.adapt(context, template, composition)
        order = queueing.Order(
            composition=composition,
            to=selectors,
            at=_moment(context, at),
            on_uncertain=on_uncertain,
            priority=priority,
            idempotency_key=idempotency_key,
            draft=draft,
            leave_out_unfit=leave_out_unfit,
        )
        with progress_bar("Checking the text for everyone") as on_progress:
            broadcast = queueing.queue(context, order, on_progress=on_progress)
        _tell(context, broadcast, as_json=as_json)
        warn(context, broadcast)


def queue(
    broadcast_id: BroadcastId,
    *,
    at: Annotated[
        str | None,
        typer.Option(
            "--at",
            metavar="TIME",
            help="When, like --at of send; by default when it was drafted for, or now.",
        ),
    ] = None,
    leave_out_unfit: LeaveOutOption = False,
    as_json: JsonOption = False,
) -> None:
    """Queue a draft, for now or for a time."""
    from hsl_tui.services import queueing

    with open_context() as context:
        moment = _moment(context, at)
        with progress_bar("Checking the text for everyone") as on_progress:
            broadcast = queueing.queue_draft(
                context,
                broadcast_id,
                at=moment,
                at_once=at is not None and moment is None,
                leave_out_unfit=leave_out_unfit,
                on_progress=on_progress,
            )
        _tell(context, broadcast, as_json=as_json)


def duplicate(
    broadcast_id: BroadcastId,
    *,
    text: TextOption = None,
    text_file: TextFileOption = None,
    to: Annotated[list[str] | None, _TO] = None,
    as_json: JsonOption = False,
) -> None:
    """Make a draft of a broadcast: what its messages say by now, to the same selectors."""
    from hsl_tui.services import duplicating

    has_text = text is not None or text_file is not None
    written = read_text(text, text_file) if has_text else None
    with open_context() as context:
        made = duplicating.duplicate(context, broadcast_id, text=written, to=to)
        _tell(context, made, as_json=as_json)


def _selectors(to: list[str] | None, not_reached_by: int | None) -> list[str]:
    if not to and not_reached_by is None:
        raise typer.BadParameter("say who is to get it, such as all.", param_hint="--to")
    if not_reached_by is None:
        return to or []
    return [*(to or ()), str(Selector.of(SelectorKind.NOT_REACHED_BY, not_reached_by))]


def _moment(context: Context, at: str | None) -> datetime | None:
    from hsl_tui.services.times import explain_twin, read_time

    if at is None or at.strip().lower() == NOW:
        return None
    # A time in the past is refused later: a second call with the same key only finds the first.
    zone = context.settings.zone
    read = read_time(at, zone, now=context.clock.now())
    if twin := explain_twin(read, zone):
        note(twin)
    return read.moment


def _tell(context: Context, broadcast: BroadcastView, *, as_json: bool) -> None:
    if as_json:
        print_json(
            {
                "id": broadcast.id,
                "state": broadcast.state.value,
                "scheduled_at": in_utc(broadcast.scheduled_at),
                "total_recipients": broadcast.total_recipients,
            }
        )
        return
    at = in_zone(broadcast.scheduled_at, context.settings.zone)
    when = "" if at is None else f" for {at}"
    number = broadcast.id
    if broadcast.state is BroadcastState.DRAFT:
        say(f"Broadcast {number} is a draft; `hsl-tui broadcasts queue {number}` queues it{when}.")
        return
    if broadcast.state is not BroadcastState.SCHEDULED:
        when = ""
    count = broadcast.total_recipients
    noun = "recipient" if count == 1 else "recipients"
    say(f"Broadcast {number} is {broadcast.state}{when}, to {count} {noun}.")
