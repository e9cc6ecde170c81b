"""What can be done to a broadcast from its list, each asked before it is done."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from textual.screen import ModalScreen

from hsl_tui.console import explaining, settling
from hsl_tui.console.dialogs.edit_text import EditText
from hsl_tui.console.dialogs.export import ExportDialog
from hsl_tui.console.dialogs.question import Answer
from hsl_tui.console.explaining import Explained
from hsl_tui.console.screens.base import ConsoleScreen
from hsl_tui.console.settling import Choice
from hsl_tui.console.wording import people, plural, said_of_pruned
from hsl_tui.models.enums import Act as BroadcastAct
from hsl_tui.models.enums import BroadcastState, DeliveryStatus
from hsl_tui.models.views import BroadcastView
from hsl_tui.services import broadcasts, followups, queueing, steering
from hsl_tui.services.context import Context

_UNDER_WAY: Final = frozenset({BroadcastState.SCHEDULED, BroadcastState.SENDING})
_RUNNING: Final = _UNDER_WAY | {BroadcastState.PAUSED, BroadcastState.FINISHED}
_SETTLED: Final = frozenset(
    {BroadcastState.PAUSED, BroadcastState.FINISHED, BroadcastState.CANCELLED}
)


Settle = Callable[[ConsoleScreen, Choice, Callable[[], None]], None]
"""Says what would become of deliveries and does it, then calls the last; see :mod:`settling`."""


@dataclass(frozen=True, slots=True)
class Confirm:
    """An act that is explained and then carried out.

    Attributes:
        explain: what will happen to how many; called in a thread, may read.
        carry_out: does it with the chosen answer and says what was done; called in a thread.
        dialog: asks for an answer that is no choice; it is given what ``explain`` gives.
    """

    explain: Callable[[Context, BroadcastView], Explained]
    answers: tuple[Answer, ...]
    carry_out: Callable[[Context, int, str], str]
    dialog: Callable[[Context, BroadcastView, Explained], ModalScreen[str | None]] | None = None


@dataclass(frozen=True, slots=True)
class Act:
    """Something to do to one broadcast.

    Attributes:
        name: by which it is proposed.
        word: for the footer, where room is scarce.
        fits: whether it can be done to a broadcast as it stands that has its deliveries.
        refusal: what to say where it cannot, after «Broadcast 3 …».
        way: how it is asked and done.
        takes_deliveries: whether it is about single deliveries, of which a pruned one has none.
    """

    name: str
    key: str
    word: str
    title: str
    fits: Callable[[BroadcastView], bool]
    refusal: str
    way: Confirm | Settle
    takes_deliveries: bool = False

    def can_be_done_to(self, one: BroadcastView) -> bool:
        """Whether it can be done to a broadcast as it stands."""
        return self.fits(one) and not self._misses_deliveries(one)

    def why_not(self, one: BroadcastView) -> str:
        """What to say where it cannot."""
        if self._misses_deliveries(one):
            return said_of_pruned(one)
        return f"Broadcast {one.id} {self.refusal.format(state=one.state)}"

    def _misses_deliveries(self, one: BroadcastView) -> bool:
        return self.takes_deliveries and one.pruned_at is not None


def _has_sent(broadcast: BroadcastView) -> bool:
    return (
        broadcast.act is BroadcastAct.SEND
        and broadcast.state in _SETTLED
        and broadcast.counts[DeliveryStatus.SENT] > 0
    )


def _queue(context: Context, broadcast_id: int, _answer: str) -> str:
    at = broadcasts.show(context, broadcast_id).scheduled_at
    late = at is not None and at <= context.clock.now()
    count = queueing.queue_draft(context, broadcast_id, at_once=late).total_recipients
    return f"Broadcast {broadcast_id} is queued for {people(count)}."


def _pause(context: Context, broadcast_id: int, _answer: str) -> str:
    steering.pause(context, broadcast_id)
    return f"Broadcast {broadcast_id} is paused."


def _resume(context: Context, broadcast_id: int, _answer: str) -> str:
    steering.resume(context, broadcast_id)
    return f"Broadcast {broadcast_id} goes on."


def _cancel(context: Context, broadcast_id: int, _answer: str) -> str:
    count = steering.cancel(context, broadcast_id).counts[DeliveryStatus.CANCELLED]
    # Sending went on while it was asked, so that it may be others than were told of.
    never = f": {people(count)} will never get it" if count else ""
    return f"Broadcast {broadcast_id} is cancelled{never}."


def _edit(context: Context, broadcast_id: int, text: str) -> str:
    messages = _messages(context, broadcast_id)
    edit = followups.edit(context, broadcast_id, text)
    return f"Broadcast {edit.id} edits {messages} of broadcast {broadcast_id}."


def _recall(context: Context, broadcast_id: int, _answer: str) -> str:
    messages = _messages(context, broadcast_id)
    recall = followups.recall(context, broadcast_id)
    return f"Broadcast {recall.id} recalls {messages} of broadcast {broadcast_id}."


def _messages(context: Context, broadcast_id: int) -> str:
    """How many messages of a broadcast can be found again; asked before they are changed."""
    return plural(followups.findable(context, broadcast_id).found, "message")


def _told_already(_: Context, _id: int, said: str) -> str:
    return said


ACTS: Final = (
    Act(
        name="pause",
        key="p",
        word="Pause",
        title="Pause",
        fits=lambda one: one.state in _UNDER_WAY,
        refusal="is {state}; only a scheduled or sending one can be paused.",
        way=Confirm(
            explain=explaining.pause,
            answers=(Answer("yes", "Pause it"),),
            carry_out=_pause,
        ),
    ),
    Act(
        name="resume",
        key="r",
        word="Resume",
        title="Resume",
        fits=lambda one: one.state is BroadcastState.PAUSED,
        refusal="is {state}; only a paused one can be resumed.",
        way=Confirm(
            explain=explaining.resume,
            answers=(Answer("yes", "Resume it"),),
            carry_out=_resume,
        ),
    ),
    Act(
        name="cancel",
        key="x",
        word="Cancel",
        title="Cancel",
        fits=lambda one: (
            one.state in _UNDER_WAY or one.state in {BroadcastState.PAUSED, BroadcastState.DRAFT}
        ),
        refusal="is {state}; it has ended.",
        way=Confirm(
            explain=explaining.cancel,
            answers=(Answer("yes", "Cancel the broadcast", danger=True),),
            carry_out=_cancel,
        ),
    ),
    Act(
        name="retry",
        key="t",
        word="Retry",
        title="Retry failed",
        fits=lambda one: one.state in _RUNNING and one.counts[DeliveryStatus.FAILED] > 0,
        refusal="has no failed delivery to send again.",
        way=settling.retry,
        takes_deliveries=True,
    ),
    Act(
        name="resolve",
        key="u",
        word="Resolve",
        title="Resolve uncertain",
        fits=lambda one: one.counts[DeliveryStatus.UNCERTAIN] > 0,
        refusal="has no uncertain delivery.",
        way=settling.resolve,
        takes_deliveries=True,
    ),
    Act(
        name="edit",
        key="e",
        word="Edit",
        title="Edit what was sent",
        fits=_has_sent,
        refusal="is {state}; what can be edited has been sent and is paused or has ended.",
        way=Confirm(
            explain=explaining.edit,
            answers=(),
            carry_out=_edit,
            dialog=EditText,
        ),
        takes_deliveries=True,
    ),
    Act(
        name="recall",
        key="d",
        word="Recall",
        title="Recall what was sent",
        fits=_has_sent,
        refusal="is {state}; what can be recalled has been sent and is paused or has ended.",
        way=Confirm(
            explain=explaining.recall,
            answers=(Answer("yes", "Delete from the chats", danger=True),),
            carry_out=_recall,
        ),
        takes_deliveries=True,
    ),
    Act(
        name="queue",
        key="q",
        word="Queue",
        title="Queue draft",
        fits=lambda one: one.state is BroadcastState.DRAFT,
        refusal="is {state}; only a draft can be queued.",
        way=Confirm(
            explain=explaining.queue,
            answers=(Answer("yes", "Queue it"),),
            carry_out=_queue,
        ),
    ),
    Act(
        name="export",
        key="w",
        word="Export",
        title="Export deliveries",
        fits=lambda one: one.total_recipients > 0,
        refusal="has no deliveries yet.",
        way=Confirm(
            explain=explaining.export,
            answers=(),
            carry_out=_told_already,
            dialog=ExportDialog,
        ),
        takes_deliveries=True,
    ),
)
"""In the order of the footer."""
