"""The broadcasts of an hsl-dashboard, taken over with what became of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import groupby
from typing import Final, NamedTuple

from hsl_tui.models.enums import DeliveryStatus
from hsl_tui.services import adopted_messages, recipient_cells
from hsl_tui.services.adopted_messages import MOST_NAMED
from hsl_tui.services.adopted_people import moment
from hsl_tui.services.adoption import MOST_TOLD, Run
from hsl_tui.services.recipient_cells import RowRefusedError
from hsl_tui.store import adopted, broadcasts, dashboard_rows, suppression
from hsl_tui.store.adopted import BY, Foreign, Known, Outcome
from hsl_tui.store.dashboard_rows import Fate, Message
from hsl_tui.store.database import Session

_MESSAGES: Final = 200
_FATES: Final = 5000


class Past(NamedTuple):
    """A past broadcast that has a row here.

    Attributes:
        id: 0 in a dry run for one that is not here yet.
    """

    id: int
    is_new: bool
    sent_at: str | None


@dataclass(slots=True)
class _History:
    """What a run has met.

    Attributes:
        past: past broadcasts by their ids there; None for those whose deliveries are not entered.
        unaddressed: new drafts of which it is not clear to whom they go.
        outdated: drafts from an earlier run that have been sent there since.
        updated: broadcasts from an earlier run that got something new.
        uncertain: how many deliveries came in as uncertain.
        orphans: how many belong to no broadcast.
    """

    past: dict[str, Past | None] = field(default_factory=dict)
    unaddressed: list[int] = field(default_factory=list)
    outdated: list[int] = field(default_factory=list)
    updated: set[int] = field(default_factory=set)
    uncertain: int = 0
    orphans: int = 0


def take_history(run: Run) -> None:
    """Take over all broadcasts, and then what became of the past ones for each recipient."""
    history = _History()
    for messages in run.batches(dashboard_rows.messages(run.snapshot), _MESSAGES):
        with run.write() as session:
            keys = [key for one in messages for key in _keys(run, one)]
            known = adopted.known(session, keys)
            for message in messages:
                _take(run, session, history, message, known)
    if dashboard_rows.has_fates(run.snapshot.shape):
        for fates in run.batches(dashboard_rows.fates(run.snapshot), _FATES):
            _enter(run, history, fates)
    _tell(run, history)


def _keys(run: Run, message: Message) -> tuple[str, str]:
    """Its key as a past broadcast, and as a draft."""
    name = run.snapshot.database
    return (
        adopted_messages.key_of(name, message, draft=False),
        adopted_messages.key_of(name, message, draft=True),
    )


def _take(
    run: Run, session: Session, history: _History, message: Message, known: dict[str, Known]
) -> None:
    if message.id is None:
        run.report.skip("a broadcast", "it has no id")
        return
    now = run.context.clock.now()
    past_key, draft_key = _keys(run, message)
    past, draft = known.get(past_key), known.get(draft_key)
    if past is not None:
        run.report.broadcasts.unchanged += 1
        is_ours = past.created_by == BY and not past.pruned
        entry = Past(past.id, is_new=False, sent_at=message.sent_at)
        history.past[message.id] = entry if is_ours else None
    elif not adopted_messages.is_to_come(message, now):
        number = _add(run, session, adopted_messages.finished(past_key, message, now), message)
        entry = Past(0 if run.report.dry_run else number, is_new=True, sent_at=message.sent_at)
        history.past[message.id] = entry
        if draft is not None:
            history.outdated.append(draft.id)
    elif draft is not None:
        run.report.broadcasts.unchanged += 1
        history.past[message.id] = None
    else:
        chats: Sequence[str] = ()
        if message.listed:
            chats = dashboard_rows.chats_of(run.snapshot, message.id, limit=MOST_NAMED + 1)
        to = adopted_messages.audience(message, _remembered(session, chats))
        number = _add(run, session, adopted_messages.draft(draft_key, message, to, now), message)
        run.report.drafts += 1
        history.past[message.id] = None
        if not to:
            history.unaddressed.append(number)


def _remembered(session: Session, chats: Sequence[str]) -> Sequence[str]:
    """Without those who were forgotten here; more than are named one by one stay as they are."""
    if len(chats) > MOST_NAMED:
        return chats
    numbers: dict[int, str] = {}
    for chat in chats:
        with suppress(RowRefusedError):
            numbers[recipient_cells.chat_id(chat)] = chat
    forgotten = suppression.among(session, numbers)
    return [chat for number, chat in numbers.items() if number not in forgotten]


def _add(run: Run, session: Session, foreign: Foreign, message: Message) -> int:
    number = adopted.add(session, foreign)
    run.report.broadcasts.imported += 1
    run.context.record(
        session,
        "broadcast.adopted",
        number,
        source=run.report.source,
        state=foreign.state.value,
        there={
            "id": message.id,
            "total_recipients": message.total_recipients,
            "successful_deliveries": message.successful_deliveries,
            "recipients_on_record": message.listed,
        },
    )
    return number


def _enter(run: Run, history: _History, fates: Sequence[Fate]) -> None:
    """Enter some outcomes, of one broadcast or several, in one transaction."""
    groups: list[tuple[Past, dict[int, Outcome]]] = []
    for message, group in groupby(fates, key=lambda fate: fate.message):
        past = history.past.get(message)
        if past is not None:
            groups.append((past, _outcomes(group, past)))
        elif message not in history.past:
            history.orphans += sum(1 for _ in group)
    with run.write() as session:
        broadcasts.lock(session, (past.id for past, _ in groups if past.id))
        forgotten = suppression.among(session, {chat for _, those in groups for chat in those})
        moved = Counter[int]()
        for past, outcomes in groups:
            for chat in outcomes.keys() & forgotten:
                del outcomes[chat]
            moved[past.id] += _enter_one(run, session, history, past, outcomes)
        if +moved:
            run.context.record(
                session,
                "deliveries.adopted",
                source=run.report.source,
                broadcasts=sorted(+moved),
                deliveries=moved.total(),
            )


def _enter_one(
    run: Run, session: Session, history: _History, past: Past, outcomes: dict[int, Outcome]
) -> int:
    """Enter outcomes of one broadcast; how many were new or settled."""
    entered = adopted.Entered(0, 0, 0)
    if past.id and outcomes:
        entered = adopted.enter(session, past.id, outcomes)
    # In a dry run the new recipients are not here, and no deliveries of theirs.
    ahead = len(outcomes) - entered.total if run.report.dry_run else 0
    run.report.deliveries.add(entered.added + ahead, entered.changed, entered.same)
    moved = entered.added + ahead + entered.changed
    if moved and not past.is_new:
        history.updated.add(past.id)
    if past.is_new:
        history.uncertain += sum(
            one.status is DeliveryStatus.UNCERTAIN for one in outcomes.values()
        )
    return moved


def _outcomes(fates: Iterable[Fate], past: Past) -> dict[int, Outcome]:
    """By chat id; those of chats that are none have been told of with the people."""
    outcomes: dict[int, Outcome] = {}
    sent_at = moment(past.sent_at)
    for fate in fates:
        try:
            chat = recipient_cells.chat_id(fate.chat)
        except RowRefusedError:
            continue
        outcomes[chat] = adopted_messages.outcome(fate, sent_at)
    return outcomes


def _tell(run: Run, history: _History) -> None:
    report = run.report
    updated = len(history.updated)
    report.broadcasts.add(0, updated, -updated)
    report.note(
        f"{report.drafts} broadcasts are still to come there and are drafts here: nothing is sent"
        " until you queue them, and what stays scheduled there is sent there.",
        when=report.drafts,
    )
    # The numbers of a dry run are nobody's.
    numbers = not report.dry_run
    report.note(
        f"It is not clear to whom these drafts are to go; choose it: {_list(history.unaddressed)}.",
        when=numbers and history.unaddressed,
    )
    report.note(
        "These were taken over before they were sent there, and stay here as they are:"
        f" {_list(history.outdated)}.",
        when=history.outdated,
    )
    report.note(
        f"Of {history.uncertain} deliveries it was never written down there whether they arrived;"
        " they are uncertain here.",
        when=history.uncertain,
    )
    report.note(
        f"{history.orphans} deliveries belong to broadcasts that are not on record there any more,"
        " and were left out.",
        when=history.orphans,
    )


def _list(numbers: Sequence[int]) -> str:
    shown = ", ".join(map(str, numbers[:MOST_TOLD]))
    more = len(numbers) - MOST_TOLD
    return f"{shown} and {more} more" if more > 0 else shown
