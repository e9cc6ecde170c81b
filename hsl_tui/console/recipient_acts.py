"""What can be done to the recipients that are chosen in their list, each asked with its number."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, cast

from textual.content import Content

from hsl_tui.console.background import ask
from hsl_tui.console.dialogs.forget import Forget
from hsl_tui.console.dialogs.move_recipient import MoveRecipient
from hsl_tui.console.dialogs.question import Answer, Question
from hsl_tui.console.dialogs.tag_picker import PickedTag, TagPicker
from hsl_tui.console.recipient_choice import MOST_CHATS, Choice
from hsl_tui.console.terminal_text import terminal_text
from hsl_tui.console.wording import name_of, number, people, plural
from hsl_tui.models.enums import RecipientState
from hsl_tui.models.selector import Selector, SelectorKind, join_selectors
from hsl_tui.services import forgetting, recipients
from hsl_tui.services.context import Context
from hsl_tui.services.forgetting import Forgotten

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.widget import Widget

    from hsl_tui.console.app import HslTuiApp
    from hsl_tui.models.criteria import Criteria
    from hsl_tui.models.views import RecipientView


@dataclass(frozen=True, slots=True)
class _Counted:
    """How many are meant, and how many of them bear the tag."""

    chosen: int
    bearers: int


class RecipientActs:
    """Tagging, untagging and writing to those who are chosen.

    Args:
        owner: the screen that is acted from.
        changed: called when something was done.
    """

    def __init__(self, owner: Widget, context: Context, changed: Callable[[], None]) -> None:
        self._owner = owner
        self._context = context
        self._changed = changed

    @property
    def _app(self) -> HslTuiApp:
        return cast("HslTuiApp", self._owner.app)

    # --- tags -----------------------------------------------------------------------------------

    def tag(self, choice: Choice) -> None:
        """Ask which tag they are to bear, then whether."""
        self._pick(choice, adds=True)

    def untag(self, choice: Choice) -> None:
        """Ask which tag they are to lose, then whether."""
        self._pick(choice, adds=False)

    def _pick(self, choice: Choice, *, adds: bool) -> None:
        def counted(count: int) -> None:
            if not count:
                self._say_nobody()
                return
            who = choice.told(count)
            picker = TagPicker(
                self._context,
                "Tag" if adds else "Untag",
                f"{who[:1].upper()}{who[1:]}.",
                hint="enter asks whether to",
                takes_new=adds,
            )
            self._app.open(picker, lambda picked: self._ask(choice, picked, adds=adds))

        ask(
            self._owner,
            lambda: recipients.count(self._context, choice.criteria),
            counted,
            group="choice",
        )

    def _ask(self, choice: Choice, picked: PickedTag | None, *, adds: bool) -> None:
        if picked is None or (name := picked.name) is None:
            return
        criteria = choice.criteria
        tagged = _bearing(criteria, name)

        def count() -> _Counted:
            return _Counted(
                recipients.count(self._context, criteria), recipients.count(self._context, tagged)
            )

        def counted(found: _Counted) -> None:
            if adds:
                self._ask_to_tag(choice, name, found)
            else:
                self._ask_to_untag(choice, name, found)

        ask(self._owner, count, counted, group="choice")

    def _ask_to_tag(self, choice: Choice, name: str, found: _Counted) -> None:
        fresh, shown = found.chosen - found.bearers, terminal_text(name)
        if not fresh:
            said = f"All of them bear the tag {shown} already."
            self._app.notify(said, severity="warning", markup=False)
            return
        had = {0: "", 1: " One bears it already."}.get(
            found.bearers, f" {number(found.bearers)} bear it already."
        )
        body = (
            f"Of {choice.told(found.chosen)}, {_several(fresh, 'get')} the tag {shown}.{had}"
            if choice.single is None
            else f"{choice.told(1)} gets the tag {shown}."
        )
        self._open_question(
            f"Tag {people(fresh)}",
            Content(body),
            Answer("yes", "Tag it" if fresh == 1 else "Tag them"),
            lambda: self._done(
                recipients.tag(self._context, name, choice.criteria, expected=fresh),
                f"got the tag {shown}.",
            ),
        )

    def _ask_to_untag(self, choice: Choice, name: str, found: _Counted) -> None:
        shown = terminal_text(name)
        if not found.bearers:
            said = f"None of them bears the tag {shown}."
            self._app.notify(said, severity="warning", markup=False)
            return
        body = (
            f"Of {choice.told(found.chosen)}, {_several(found.bearers, 'lose')} the tag {shown}."
            if choice.single is None
            else f"{choice.told(1)} loses the tag {shown}."
        )
        self._open_question(
            f"Untag {people(found.bearers)}",
            Content(body),
            Answer("yes", "Untag it" if found.bearers == 1 else "Untag them"),
            lambda: self._done(
                recipients.untag(self._context, name, choice.criteria, expected=found.bearers),
                f"lost the tag {shown}.",
            ),
        )

    @staticmethod
    def _done(count: int, what: str) -> str:
        return f"{people(count)} {what}"

    def _open_question(
        self, title: str, body: Content, answer: Answer, act: Callable[[], str]
    ) -> None:
        def told(said: str) -> None:
            self._app.notify(said, markup=False)
            self._changed()

        def answered(value: str | None) -> None:
            if value is not None:
                ask(self._owner, act, told, group="act", exclusive=False)

        self._app.open(Question(title, body, [answer]), answered)

    # --- the state of one -----------------------------------------------------------------------

    def move(self, one: RecipientView) -> None:
        """Ask why, then unsubscribe a recipient or make it active again."""
        active = one.state is RecipientState.ACTIVE
        state = RecipientState.UNSUBSCRIBED if active else RecipientState.ACTIVE

        def moved(now: RecipientView) -> None:
            self._app.notify(f"{name_of(now.person)} is {now.state} now.", markup=False)
            self._changed()

        def answered(reason: str | None) -> None:
            if reason is not None:
                ask(
                    self._owner,
                    lambda: recipients.set_state(self._context, str(one.chat_id), state, reason),
                    moved,
                    group="act",
                    exclusive=False,
                )

        self._app.open(MoveRecipient(one, state), answered)

    # --- forgetting one -------------------------------------------------------------------------

    def forget(self, one: RecipientView, gone: Callable[[], None] | None = None) -> None:
        """Say what that erases and what stays, then forget a recipient for good.

        Args:
            gone: called when that is done, in place of what follows other acts.
        """

        def forgotten(done: Forgotten) -> None:
            self._app.notify(_said_of(done), markup=False)
            (gone or self._changed)()

        def answered(reason: str | None) -> None:
            if reason is not None:
                ask(
                    self._owner,
                    lambda: forgetting.forget(self._context, str(one.chat_id), reason=reason),
                    forgotten,
                    group="act",
                    exclusive=False,
                )

        self._app.open(Forget(one), answered)

    # --- writing to them ------------------------------------------------------------------------

    def write_to(self, choice: Choice) -> None:
        """Lead to a message for them, where selectors can say who they are."""
        selectors = choice.selectors()
        if selectors is None:
            why = (
                f"More than {MOST_CHATS} chats are too many to name one by one"
                if choice.marks
                else "Only active recipients are written to"
                if choice.criteria.state not in {None, RecipientState.ACTIVE}
                else "A message cannot be addressed to a search"
            )
            then = "" if "Only" in why else ": tag them first, then write to the tag"
            self._app.notify(f"{why}{then}.", severity="warning", markup=False)
            return
        if choice.marks and not any(mark.is_active for mark in choice.marks):
            said = "None of them is active, and nobody else is written to."
            self._app.notify(said, severity="warning", markup=False)
            return
        line = join_selectors(selectors)

        def counted(count: int) -> None:
            if not count:
                self._say_nobody()
                return
            body = (
                f"The message that you compose next is addressed to {people(count)}, and to nobody"
                f" else:\n{_shortened(line)}"
            )
            question = Question("Write to them", Content(body), [Answer("yes", "Write to them")])

            def answered(value: str | None) -> None:
                if value is not None:
                    self._app.act_on("compose", "address", line)

            self._app.open(question, answered)

        active = replace(choice.criteria, state=RecipientState.ACTIVE)
        ask(
            self._owner,
            lambda: recipients.count(self._context, active),
            counted,
            group="choice",
        )

    def _say_nobody(self) -> None:
        self._app.notify("Nobody is chosen.", severity="warning", markup=False)


def _bearing(criteria: Criteria, tag: str) -> Criteria:
    """Those of them who bear a tag, too."""
    if criteria.tag is None:
        return replace(criteria, tag=tag)
    # There are no selectors beside a tag: see the filter's.
    return replace(criteria, selectors=(Selector.of(SelectorKind.TAG, tag),))


def _said_of(done: Forgotten) -> str:
    counted = plural(done.deliveries, "delivery", "deliveries")
    waited = f", {number(done.cancelled)} cancelled" if done.cancelled else ""
    marks = sum(done.texts.values()) + done.audit_entries
    marked = f"; {plural(marks, 'text or entry', 'texts and entries')} marked" if marks else ""
    return f"Forgotten: {counted} stay counted{waited}{marked}."


def _several(count: int, verb: str) -> str:
    return f"{number(count)} {verb}{'s' if count == 1 else ''}"


def _shortened(line: str) -> str:
    shown = terminal_text(line)
    return shown if len(shown) <= 200 else f"{shown[:200]}…"  # noqa: PLR2004 - a few lines
