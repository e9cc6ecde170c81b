"""Acts on a broadcast: what one would do is said first, with the numbers of that moment."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from textual.content import Content
from textual.screen import ModalScreen

from hsl_tui.console.acts import Act, Confirm
from hsl_tui.console.background import ask
from hsl_tui.console.dialogs.question import Question
from hsl_tui.console.explaining import Explained
from hsl_tui.console.screens.base import ConsoleScreen
from hsl_tui.console.settling import Choice
from hsl_tui.console.widgets.typed_count import to_type
from hsl_tui.console.wording import headline
from hsl_tui.models.delivery_criteria import EVERY
from hsl_tui.models.views import BroadcastView
from hsl_tui.services import broadcasts


def propose(
    screen: ConsoleScreen, act: Act, one: BroadcastView | None, done: Callable[[], None]
) -> None:
    """Say what an act would do to a broadcast, and do it if that is wanted.

    Args:
        screen: in front of which it is asked.
        one: None where none is chosen.
        done: called when it was done and told.
    """
    if one is None:
        screen.notify("There is no broadcast to do that to.", severity="warning", markup=False)
        return
    if not act.can_be_done_to(one):
        screen.notify(act.why_not(one), severity="warning", markup=False)
        return
    way = act.way
    if not isinstance(way, Confirm):
        way(screen, Choice(one.id, EVERY, "of this broadcast"), done)
        return

    def answered(answer: str | None) -> None:
        if answer is not None:
            _carry_out(
                screen, act.name, partial(way.carry_out, screen.context, one.id, answer), done
            )

    def put(explained: Explained) -> None:
        # Who has gone on to another screen meanwhile means something else with the next key.
        if screen.is_current:
            screen.console_app.open(_dialog(screen, act.title, way, one, explained), answered)

    ask(
        screen,
        # Read anew: the list may be seconds old, and the numbers are what is agreed to.
        lambda: way.explain(screen.context, broadcasts.show(screen.context, one.id)),
        put,
        group="explain",
    )


def _dialog(
    screen: ConsoleScreen, title: str, way: Confirm, one: BroadcastView, explained: Explained
) -> ModalScreen[str | None]:
    if way.dialog is not None:
        return way.dialog(screen.context, one, explained)
    body = Content.assemble((headline(one), "$text-muted"), "\n\n", explained.text)
    return Question(
        f"{title}: broadcast {one.id}",
        body,
        way.answers,
        to_type=to_type(screen.context.settings, explained.reach),
    )


def _carry_out(
    screen: ConsoleScreen, name: str, carry_out: Callable[[], str], done: Callable[[], None]
) -> None:
    def tell(said: str) -> None:
        screen.notify(said, markup=False)
        screen.console_app.wake_worker()
        done()

    ask(
        screen,
        carry_out,
        tell,
        group=name,
        exclusive=False,
    )
