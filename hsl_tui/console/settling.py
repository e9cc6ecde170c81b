"""Retrying and resolving a choice of deliveries: what would happen to how many is said first."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from textual.content import Content

from hsl_tui.console.background import ask
from hsl_tui.console.dialogs.question import Answer, Question
from hsl_tui.console.screens.base import ConsoleScreen
from hsl_tui.console.widgets.typed_count import to_type
from hsl_tui.console.wording import number, people, plural
from hsl_tui.models.delivery_criteria import DeliveryCriteria
from hsl_tui.models.views import Retriable
from hsl_tui.services import steering


@dataclass(frozen=True, slots=True)
class Choice:
    """Some deliveries of a broadcast.

    Attributes:
        said: which those are, as the operator chose them: «marked», «in this list».
    """

    broadcast_id: int
    criteria: DeliveryCriteria
    said: str


def retry(screen: ConsoleScreen, choice: Choice, done: Callable[[], None]) -> None:
    """Ask, with how many it is, whether to send again to those that failed; then do it."""

    def carry_out(expected: int) -> str:
        _, count = steering.retry(
            screen.context, choice.broadcast_id, choice.criteria, expected=expected
        )
        return f"Broadcast {choice.broadcast_id} is sent again to {people(count)}."

    def propose(counted: Retriable) -> None:
        if not counted.again:
            _warn(screen, _nothing_to_retry(counted, choice))
            return
        answer = Answer("yes", f"Send again to {number(counted.again)}")
        body = Content(_explain_retry(counted, choice))
        title = f"Retry failed: broadcast {choice.broadcast_id}"
        guard = to_type(screen.context.settings, counted.again)
        question = Question(title, body, (answer,), to_type=guard)
        _open(screen, question, lambda _: carry_out(counted.again), done)

    ask(
        screen,
        lambda: steering.retriable(screen.context, choice.broadcast_id, choice.criteria),
        propose,
        group="explain",
    )


def resolve(screen: ConsoleScreen, choice: Choice, done: Callable[[], None]) -> None:
    """Ask, with how many it is, what the uncertain ones are to be taken for; then do it."""

    def carry_out(answer: str, expected: int) -> str:
        resend = answer == "resend"
        _, count = steering.resolve(
            screen.context,
            choice.broadcast_id,
            choice.criteria,
            resend=resend,
            expected=expected,
        )
        what = "sent again to" if resend else "marked as sent for"
        return f"Broadcast {choice.broadcast_id} is {what} {people(count)}."

    def propose(count: int) -> None:
        if not count:
            _warn(screen, f"Nothing {choice.said} is uncertain.")
            return
        body = (
            f"{plural(count, 'delivery', 'deliveries').capitalize()} {choice.said}"
            f" {'is' if count == 1 else 'are'} uncertain: the answer was never learnt, so the"
            " message may have arrived or not.\n\nMark as sent: it counts as delivered, nobody"
            " gets it twice.\nSend again: nobody misses it, some may get it twice."
        )
        answers = (Answer("sent", "Mark as sent"), Answer("resend", "Send again"))
        title = f"Resolve uncertain: broadcast {choice.broadcast_id}"
        guard = to_type(screen.context.settings, count)
        question = Question(title, Content(body), answers, to_type=guard)
        _open(screen, question, lambda answer: carry_out(answer, count), done)

    ask(
        screen,
        lambda: steering.count_uncertain(screen.context, choice.broadcast_id, choice.criteria),
        propose,
        group="explain",
    )


def _open(
    screen: ConsoleScreen,
    question: Question,
    carry_out: Callable[[str], str],
    done: Callable[[], None],
) -> None:
    def tell(said: str) -> None:
        screen.notify(said, markup=False)
        screen.console_app.wake_worker()
        done()

    def answered(answer: str | None) -> None:
        if answer is not None:
            ask(screen, lambda: carry_out(answer), tell, group="settle", exclusive=False)

    screen.console_app.open(question, answered)


def _explain_retry(counted: Retriable, choice: Choice) -> str:
    stay = []
    if hopeless := counted.failed - counted.can_pass:
        stay.append(f"{number(hopeless)} failed for a reason that does not pass")
    if gone := counted.can_pass - counted.again:
        stay.append(f"{plural(gone, 'recipient')} {'is' if gone == 1 else 'are'} not active")
    said = f"The message is sent again to {people(counted.again)}."
    of = f"{plural(counted.failed, 'delivery', 'deliveries')} {choice.said} failed."
    left = f"\n\nThe others stay as they are: {', and '.join(stay)}." if stay else ""
    return f"{of}\n\n{said}{left}"


def _nothing_to_retry(counted: Retriable, choice: Choice) -> str:
    if not counted.failed:
        return f"Nothing {choice.said} has failed."
    if not counted.can_pass:
        return (
            f"Of {plural(counted.failed, 'failed delivery', 'failed deliveries')} {choice.said}"
            " none failed for a reason that can pass."
        )
    return "The recipients for whom it could succeed are not active any more."


def _warn(screen: ConsoleScreen, said: str) -> None:
    screen.notify(said, severity="warning", markup=False)
