"""The last look at a broadcast before it is queued."""

from __future__ import annotations

from datetime import datetime, timedelta

from textual.content import Content

from hsl_tui.console.dialogs.question import Answer, Question
from hsl_tui.console.preview.message import message_of
from hsl_tui.console.terminal_text import terminal_text
from hsl_tui.console.wording import duration, full_moment, name_of, number, people
from hsl_tui.models.enums import Priority, UncertainPolicy
from hsl_tui.services.audience_check import Unfit
from hsl_tui.services.context import Context
from hsl_tui.services.describing import option_words
from hsl_tui.services.previewing import appearance
from hsl_tui.services.queueing import Order
from hsl_tui.services.reviewing import Review
from hsl_tui.telegram.warnings import TextWarning


def review_dialog(context: Context, order: Order, review: Review) -> Question:
    """Shows what will be sent to how many, when, for how long; ends with ``queue`` or None."""
    facts = [
        ("To", f"{people(review.recipients)}: {terminal_text(' '.join(order.to))}"),
        ("When", _when(context, order.at)),
        ("Lasts", _lasts(context, review.lasts)),
        ("Unsure", _unsure(order.on_uncertain)),
    ]
    if options := _options(order):
        facts.append(("Options", options))
    if unfit := len(review.check.unfit):
        facts.append(("Left out", f"{people(unfit)}: {review.check.summary()}"))
    if review.stars:
        facts.append(("Costs", f"up to {number(review.stars)} Stars"))
    width = max(len(name) for name, _ in facts) + 2
    lines = [Content.assemble((name.ljust(width), "$text-muted"), said) for name, said in facts]
    lines += [_left_out(one) for one in review.check.first]
    lines += [_warning(one) for one in review.warnings]
    head = Content.styled(f"As {name_of(review.person)} will read it:", "$text-muted")
    body = Content("\n").join([*lines, Content(""), head])
    label = "Queue it" if order.at is not None else "Send it"
    if unfit:
        label += " without them"
    message = message_of(
        appearance(review.text, order.composition),
        order.composition,
        (order.at or context.clock.now()).astimezone(context.settings.zone),
    )
    return Question("Review", body, [Answer("queue", label)], message=message, wide=True)


def _left_out(one: Unfit) -> Content:
    said = f"{name_of(one.person)} ({one.person.chat_id}): {terminal_text(one.reason)}"
    return Content.assemble(("  ✗ ", "$text-error"), said)


def _warning(one: TextWarning) -> Content:
    said = f"! line {one.line}, column {one.column}: {terminal_text(one.message)}"
    return Content.styled(said, "$text-warning")


def _when(context: Context, at: datetime | None) -> str:
    if at is None:
        return "now"
    return f"{full_moment(at, context.settings.zone)}, in {duration(at - context.clock.now())}"


def _lasts(context: Context, lasts: timedelta) -> str:
    rate = context.settings.messages_per_second
    if not rate:
        return "as long as Telegram lets it: no pace is set"
    return f"about {duration(max(lasts, timedelta(seconds=1)))} at {rate:g} a second"


def _unsure(policy: UncertainPolicy) -> str:
    if policy is UncertainPolicy.RESEND:
        return "resend when no answer comes: nobody misses it, some may get it twice"
    return "hold when no answer comes: nobody gets it twice"


def _options(order: Order) -> str:
    words = [terminal_text(word) for word in option_words(order.composition)]
    if order.priority is Priority.URGENT:
        words.append("urgent: before all others")
    return ", ".join(words)
