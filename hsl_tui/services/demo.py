"""What the demo shows: invented people, and what is announced to them.

Nothing is written by hand: broadcasts are queued as an operator does it.
"""

from __future__ import annotations

from datetime import UTC, timedelta
from itertools import islice
from typing import Final

from hsl_tui.models.content import Button
from hsl_tui.models.criteria import Criteria
from hsl_tui.models.enums import RecipientState
from hsl_tui.services import followups, queueing, recipients, segments
from hsl_tui.services.composing import Composition
from hsl_tui.services.context import Context
from hsl_tui.services.demo_people import invent_people
from hsl_tui.services.queueing import Order
from hsl_tui.store.intake import take_in
from hsl_tui.telegram.simulator import FaultRule, Match

_BATCH: Final = 5000

FAULTS: Final = (
    FaultRule("blocked", Match(fraction=0.03, seed=1)),
    FaultRule("chat_not_found", Match(fraction=0.01, seed=2)),
    FaultRule("deactivated", Match(fraction=0.003, seed=3)),
)
"""Whom the simulated Telegram cannot reach: the same chats in every run."""

_HOURS = Composition(
    "<b>The reading room is open longer</b>\n\n"
    "Hello {{ first_name }}, from Monday on the reading room is open until <b>23:00</b>, on"
    " weekends until 20:00.\n\n"
    "<blockquote>Please bring your card; the doors lock themselves after 18:00.</blockquote>",
    buttons=((Button(text="Opening hours", url="https://library.example/hours"),),),
)
_EXAMS = Composition(
    "📝 <b>Exam rooms</b>\n\n"
    "{{ first_name }}, the rooms for this term’s exams are out."
    "{% if course %}\nYour course: <i>{{ course }}</i>{% endif %}\n\n"
    "<u>Be there 15 minutes early</u> and bring a photo ID.",
    buttons=(
        (
            Button(text="Find my room", url="https://exams.example/rooms"),
            Button(text="Rules", url="https://exams.example/rules"),
        ),
        (Button(text="Ask a question", url="https://exams.example/help"),),
    ),
)
_REUNION = Composition(
    "Dear {{ first_name }},\n\nthe <b>summer reunion</b> is on <s>12 June</s> <b>19 June</b>."
    ' Tell us <a href="https://alumni.example/reunion">whether you come</a>.',
)
_LUNCH = Composition("🍜 <b>Free lunch for everybody</b> in the canteen, today at noon!")
_WEEKLY = Composition(
    "<b>This week on campus</b>\n\n"
    "• Tuesday: open rehearsal of the orchestra\n"
    "• Thursday: talk, <i>What the deep sea sounds like</i>\n"
    "• Friday: night of the telescopes 🔭\n\n"
    "See you there{% if first_name %}, {{ first_name }}{% endif %}!",
    buttons=((Button(text="All dates", url="https://campus.example/week"),),),
)
_NETWORK = Composition(
    "⚠️ <b>The network is down tomorrow, 6:00–7:30</b>\n\n"
    "Wi-Fi, mail and <code>vpn.campus.example</code> are out of reach meanwhile."
    "{% if city %} The site in {{ city }} is concerned as well.{% endif %}",
    buttons=((Button(text="Status page", url="https://status.example"),),),
    link_preview=False,
)
_SURVEY = Composition(
    "How do you like the new <b>canteen</b>, {{ first_name | default('friend', true) }}?\n\n"
    "<tg-spoiler>There is cake for every answer.</tg-spoiler>",
    buttons=((Button(text="Two minutes, three questions", url="https://canteen.example/survey"),),),
)


def populate(context: Context, recipients: int) -> None:
    """Take in so many invented people."""
    people = invent_people(recipients)
    while batch := list(islice(people, _BATCH)):
        with context.database.write() as session:
            taken = take_in(session, batch, now=context.clock.now())
            context.record(session, "recipients.imported", file="demo", imported=taken.added)


def save_segments(context: Context) -> None:
    """Keep a few audiences under names."""
    segments.save(context, "german-speaking students", ["tag:students+lang:de"])
    segments.save(context, "everyone but staff", ["all", "!tag:staff"])
    segments.save(context, "readers abroad", ["tag:newsletter", "tag:alumni", "!lang:en"])


def hear_from_readers(context: Context) -> None:
    """Have one unsubscribe and one come back, by hand."""
    first, second = (
        str(found.recipient.chat_id)
        for found in recipients.window(context, Criteria(tag="newsletter"), limit=2)
    )
    for chat in (first, second):
        recipients.set_state(context, chat, RecipientState.UNSUBSCRIBED, "asked by mail")
    recipients.set_state(context, second, RecipientState.ACTIVE, "asked for it again")


def queue_to_all(context: Context) -> int:
    """Queue one broadcast to everyone, for now; its number."""
    return queueing.queue(context, Order(_NETWORK, to=["all"])).id


# --- the day before ---------------------------------------------------------------------------


def announce_hours(context: Context) -> int:
    """Queue what all readers of the newsletter get; its number."""
    return queueing.queue(context, Order(_HOURS, to=["tag:newsletter"])).id


def correct_hours(context: Context, broadcast_id: int) -> int:
    """Queue an edit of that; its number."""
    return followups.edit(context, broadcast_id, _HOURS.text.replace("23:00", "22:00")).id


def invite_to_reunion(context: Context) -> int:
    """Queue what alumni get; its number."""
    return queueing.queue(context, Order(_REUNION, to=["tag:alumni"])).id


def promise_lunch(context: Context) -> int:
    """Queue a mistake, to a few; its number."""
    return queueing.queue(context, Order(_LUNCH, to=["tag:pilot"])).id


def take_back(context: Context, broadcast_id: int) -> int:
    """Queue the recall of a broadcast; its number."""
    return followups.recall(context, broadcast_id).id


def announce_exams(context: Context) -> int:
    """Queue what students get; its number."""
    return queueing.queue(context, Order(_EXAMS, to=["tag:students"])).id


# --- the present ------------------------------------------------------------------------------


def begin_present(context: Context) -> int:
    """A draft, one that is scheduled for tomorrow, and one that goes out: the number of that."""
    today = context.clock.now().astimezone(context.settings.zone)
    tomorrow = today.replace(hour=9, minute=0, second=0, microsecond=0) + timedelta(days=1)
    queueing.queue(context, Order(_SURVEY, to=["tag:students", "tag:staff"], draft=True))
    queueing.queue(context, Order(_WEEKLY, to=["all", "!tag:staff"], at=tomorrow.astimezone(UTC)))
    return queue_to_all(context)
