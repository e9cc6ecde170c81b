"""What a review says of an order: to whom, when, how long, what it costs, what to beware of."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from textual.content import Content

from hsl_tui.console.planned_time import planned
from hsl_tui.console.terminal_text import terminal_text
from hsl_tui.console.wording import duration, full_moment, name_of, number, people, plural
from hsl_tui.models.enums import BroadcastState, Priority, UncertainPolicy
from hsl_tui.models.selector import join_selectors, parse_selectors
from hsl_tui.models.views import Person
from hsl_tui.services.audience_check import Unfit
from hsl_tui.services.context import Context
from hsl_tui.services.describing import option_words
from hsl_tui.services.queueing import Order
from hsl_tui.services.reviewing import Repetition, Review
from hsl_tui.telegram.warnings import TextWarning


def facts_of(context: Context, order: Order, review: Review) -> Iterator[tuple[str, str]]:
    """What will happen to whom: names and what is to be said of them, safe to show."""
    yield from _audience(order, review)
    yield "When", _when(context, order)
    yield from _effort(context, review)
    yield "Unsure", _unsure(order.on_uncertain)
    if options := _options(order):
        yield "Options", options


def cautions_of(context: Context, review: Review) -> Content:
    """What to beware of, a line each."""
    return Content("\n").join(
        [
            *(_repetition(context, one) for one in review.repetitions),
            *(_left_out(one) for one in review.check.first),
            *(_warning(one) for one in review.warnings),
        ]
    )


def _audience(order: Order, review: Review) -> Iterator[tuple[str, str]]:
    to = terminal_text(join_selectors(parse_selectors(order.to)))
    yield "To", f"{people(review.recipients)}: {to}"
    yield "First", _names(review.first, review.recipients)
    if unfit := len(review.check.unfit):
        yield "Left out", f"{people(unfit)}: {review.check.summary()}"


def _names(first: tuple[Person, ...], number_of: int) -> str:
    names = ", ".join(map(name_of, first))
    more = number_of - len(first)
    return f"{names} and {number(more)} more" if more > 0 else names


def _when(context: Context, order: Order) -> str:
    if order.at is None:
        return "now"
    return planned(order.at, context.settings.zone, context.clock.now())


def _effort(context: Context, review: Review) -> Iterator[tuple[str, str]]:
    rate = context.settings.messages_per_second
    lasts = "as long as Telegram lets it: no pace is set"
    if rate:
        least = max(review.lasts, timedelta(seconds=1))
        lasts = f"about {duration(least)} at {rate:g} a second"
    if review.sharing:
        lasts += (
            f"; shares it with {plural(review.sharing, 'running broadcast')}"
            f" ({plural(review.waiting, 'message')} to go)"
        )
    yield "Lasts", lasts
    if review.stars:
        yield "Costs", f"up to {number(review.stars)} Stars"
    elif context.settings.paid_broadcast:
        yield "Costs", "nothing: Telegram charges what is above 30 a second"


def _unsure(policy: UncertainPolicy) -> str:
    if policy is UncertainPolicy.RESEND:
        return "resend when no answer comes: nobody misses it, some may get it twice"
    return "hold when no answer comes: nobody gets it twice"


def _options(order: Order) -> str:
    words = [terminal_text(word) for word in option_words(order.composition)]
    if order.priority is Priority.URGENT:
        words.append("urgent: before all others")
    return ", ".join(words)


def _repetition(context: Context, one: Repetition) -> Content:
    more = "more than " if one.more else ""
    whom = f"{more}{number(one.recipients)} of them"
    ago = context.clock.now() - one.at
    match one.state:
        case BroadcastState.FINISHED | BroadcastState.CANCELLED:
            said = f"had this very text {duration(ago)} ago"
        case BroadcastState.SCHEDULED:
            said = f"will get this very text at {full_moment(one.at, context.settings.zone)}"
        case _:
            said = "are being sent this very text"
    return Content.styled(f"! {whom} {said}: broadcast {one.broadcast_id}", "$text-warning")


def _left_out(one: Unfit) -> Content:
    said = f"{name_of(one.person)} ({one.person.chat_id}): {terminal_text(one.reason)}"
    return Content.assemble(("  ✗ ", "$text-error"), said)


def _warning(one: TextWarning) -> Content:
    said = f"! line {one.line}, column {one.column}: {terminal_text(one.message)}"
    return Content.styled(said, "$text-warning")
