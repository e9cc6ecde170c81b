"""What the console's tests share: invented data, and waiting without sleeping."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

from textual.pilot import Pilot
from textual.worker import WorkerCancelled, WorkerFailed

from hsl_tui.console.app import HslTuiApp
from hsl_tui.models.enums import BroadcastState, DeliveryStatus, ErrorKind, UncertainPolicy
from hsl_tui.models.enums import RecipientState as State
from hsl_tui.models.views import BroadcastView
from hsl_tui.services import queueing, steering
from hsl_tui.services.composing import Composition
from hsl_tui.services.context import Context
from hsl_tui.services.queueing import Order
from hsl_tui.store import broadcasts, ledger, recipients, recording, workers
from hsl_tui.store.intake import Arrival, take_in
from hsl_tui.store.reasons import Reason

HOSTILE = ("[/b] bold", "\x1b[31mred", "\u202egnp.exe", "[@click=app.quit]x[/]")
"""Names that act where they are not shown as text."""

NAMES = (
    "Ada Lovelace",
    "Grace Hopper",
    "Jörg Müller",
    "王 小明",
    "Amélie Poulain",
    "Zoë van der Berg",
    "Олена Коваль",
    "Kwame Mensah",
)

BLOCKED = Reason(ErrorKind.BLOCKED, 403, "bot was blocked by the user")
NOT_CONNECTED = Reason(ErrorKind.NOT_CONNECTED, None, "the Bot API could not be reached")
NO_ANSWER = Reason(ErrorKind.NO_ANSWER, None, "no answer came within 20 s")


async def settle(pilot: Pilot[Any]) -> None:
    """Wait until nothing is being read or drawn."""
    while True:
        await pilot.pause()
        if not getattr(pilot.app.screen, "ready", True):
            continue
        running = [worker for worker in pilot.app.workers if not worker.is_finished]
        if not running:
            await pilot.pause()
            if all(worker.is_finished for worker in pilot.app.workers):
                return
        for worker in running:
            try:
                await worker.wait()
            except (WorkerCancelled, WorkerFailed):
                continue


async def press(pilot: Pilot[Any], *keys: str) -> None:
    """Press keys, each when the one before has had its effect."""
    for key in keys:
        await pilot.press(key)
        await settle(pilot)


@asynccontextmanager
async def console(
    context: Context, *, size: tuple[int, int] = (80, 24), why_off: str | None = "No token."
) -> AsyncIterator[Pilot[None]]:
    """The console at work, with nothing left to read."""
    app = HslTuiApp(context, why_off=why_off, reread_every=None)
    async with app.run_test(size=size, notifications=True) as pilot:
        await settle(pilot)
        yield pilot


def shown(pilot: Pilot[Any]) -> str:
    """All that the terminal shows."""
    return "\n".join(strip.text for strip in pilot.app.screen._compositor.render_strips())


def notices(pilot: Pilot[Any]) -> list[str]:
    """What the operator was told, oldest first."""
    return [notice.message for notice in pilot.app._notifications]


def take_people(context: Context, names: Sequence[str] = NAMES, *, count: int = 40) -> None:
    """Put recipients on record, with chat ids from 1001."""
    batch = []
    for at in range(count):
        first, _, last = names[at % len(names)].partition(" ")
        tags = (
            {"news"} | ({"vip"} if at % 5 == 0 else set()) | ({"staff"} if at % 9 == 8 else set())
        )
        batch.append(
            Arrival(
                chat_id=1001 + at,
                username=f"user{at + 1}",
                first_name=first,
                last_name=last or None,
                language_code="de" if at % 3 == 0 else "en",
                tags=frozenset(tags),
                attributes={"city": "Ghent" if at % 2 else "Oslo"},
            )
        )
    with context.database.write() as session:
        take_in(session, batch, now=context.clock.now())


def queue(context: Context, text: str, *to: str, hours: float = 0, **more: Any) -> BroadcastView:
    """Queue a broadcast, now or in so many hours."""
    at = context.clock.now() + timedelta(hours=hours) if hours else None
    return queueing.queue(context, Order(Composition(text), to or ("all",), at=at, **more))


def deliver(
    context: Context,
    broadcast_id: int,
    *,
    sent: int = 0,
    blocked: int = 0,
    unreached: int = 0,
    uncertain: int = 0,
    deleted: int = 0,
) -> None:
    """Let a worker have settled so many deliveries."""
    now = context.clock.now()
    outcomes = [
        *[(DeliveryStatus.SENT, None)] * sent,
        *[(DeliveryStatus.FAILED, BLOCKED)] * blocked,
        *[(DeliveryStatus.FAILED, NOT_CONNECTED)] * unreached,
        *[(DeliveryStatus.UNCERTAIN, NO_ANSWER)] * uncertain,
        *[(DeliveryStatus.DELETED, None)] * deleted,
    ]
    with context.database.write() as session:
        worker_id = workers.enter(
            session, host="here", pid=1, process_started="1", bot_id=1, now=now
        )
        target_id = broadcasts.lock(session, [broadcast_id])[broadcast_id].target_id
        claims = ledger.claim(
            session, broadcast_id, worker_id=worker_id, limit=len(outcomes), now=now
        )
        results = [
            recording.Result(
                broadcast_id,
                claim.seq,
                claim.token,
                status,
                at=now,
                message_id=5000 + claim.seq if status is DeliveryStatus.SENT else None,
                reason=reason,
                target_id=target_id,
            )
            for claim, (status, reason) in zip(claims, outcomes, strict=True)
        ]
        recording.record(session, results, now=now)
        workers.leave(session, worker_id, now=now)


def fill(context: Context) -> None:
    """A database with something in every state."""
    take_people(context, (*NAMES, *HOSTILE))
    with context.database.write() as session:
        for recipient_id, state in (
            (4, State.BLOCKED),
            (7, State.UNSUBSCRIBED),
            (9, State.INVALID),
        ):
            recipients.set_state(
                session,
                recipient_id,
                state,
                reason="bot was blocked by the user",
                now=context.clock.now(),
            )
    done = queue(context, "<b>Maintenance tonight</b>\nWe are back at six, {{ first_name }}.")
    deliver(context, done.id, sent=31, blocked=3, unreached=1, uncertain=2)
    gone = queue(context, "Summer sale: everything must go", "tag:vip", hours=3)
    steering.cancel(context, gone.id)
    held = queue(context, "Weather [/b] warning \x1b[31m for the \u202ecoast", "tag:news")
    deliver(context, held.id, sent=12, blocked=1)
    with context.database.write() as session:
        reason = "Telegram refuses the message: can't parse entities"
        broadcasts.set_state(session, held.id, BroadcastState.PAUSED, reason=reason)
    queue(context, "See you at the meeting", "tag:staff", hours=30)
    queue(context, "A draft for the <i>autumn</i> letter", "all", draft=True)
    busy = queue(
        context,
        "<b>The new timetable is here.</b>\n\nTrains leave ten minutes earlier from Monday on.\n"
        'All times: <a href="https://example.org/timetable">example.org</a>',
        "all",
        "!tag:staff",
        on_uncertain=UncertainPolicy.RESEND,
    )
    deliver(context, busy.id, sent=17, blocked=2, uncertain=1)
