"""What the audit log is narrowed to: a kind of act, and fields that are there when needed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import Input, Static

from hsl_tui.console.terminal_text import terminal_text
from hsl_tui.console.widgets.choice_bar import ChoiceBar
from hsl_tui.console.widgets.fields import LineField
from hsl_tui.errors import InvalidInputError
from hsl_tui.services import times
from hsl_tui.services.context import Context

_KINDS: Final = (
    ("", "all", "all"),
    ("broadcast.*", "broadcasts", "sends"),
    ("recipient*", "recipients", "people"),
    ("worker.*", "worker", "worker"),
    ("bot.*", "bot", "bot"),
    ("template.*", "templates", "texts"),
)
"""Beginnings of actions."""

_FIELDS: Final = ("action", "operator", "since", "until", "broadcast")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What holds of each entry that is shown; ``action`` and ``actor`` may end with a ``*``."""

    action: str | None = None
    actor: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    broadcast_id: int | None = None


class AuditFilter(Vertical):
    """A line of kinds with the state of the chain, and a line of fields."""

    class Changed(Message):
        """Something else is asked for."""

    def __init__(self, context: Context) -> None:
        super().__init__(id="filter")
        self.context = context
        self.wanted = Wanted()
        """What is asked for, as far as it can be read."""

    def compose(self) -> ComposeResult:
        with Horizontal(id="kinds"):
            yield ChoiceBar(_KINDS, id="kind")
            yield Static(id="chain", markup=False)
        with Horizontal(id="fields"):
            for name in _FIELDS:
                yield LineField(id=name, compact=True, placeholder=name)
        yield Static(id="verdict", markup=False)

    def on_mount(self) -> None:
        self._show_lines("")

    @property
    def bar(self) -> ChoiceBar:
        """The kinds."""
        return self.query_one("#kind", ChoiceBar)

    @property
    def narrows(self) -> bool:
        """Whether anything is asked for, or about to be."""
        fields = self.query(LineField)
        return self.bar.index > 0 or any(one.value or one.has_focus for one in fields)

    def say(self, of_chain: Content) -> None:
        """Say what is known of the chain, in a place that stays."""
        chain = self.query_one("#chain", Static)
        if chain.content != of_chain:
            chain.update(of_chain)

    def write(self) -> None:
        """Lead to the first field."""
        self.query_one("#fields").display = True
        self.query_one("#action", Input).focus()

    def narrow_to_broadcast(self, broadcast_id: int) -> None:
        """Ask for the entries about one broadcast."""
        self.query_one("#broadcast", Input).value = str(broadcast_id)

    def clear(self) -> None:
        """Ask for everything."""
        for one in self.query(LineField):
            one.value = ""
        self.bar.index = 0
        self._look()

    def _value(self, name: str) -> str:
        return self.query_one(f"#{name}", Input).value.strip()

    def _read(self) -> Wanted:
        action, actor, broadcast = (self._value(one) for one in ("action", "operator", "broadcast"))
        if broadcast and not broadcast.removeprefix("#").isdecimal():
            raise InvalidInputError("A broadcast is told by its number.")
        return Wanted(
            action=f"{action}*" if action else self.bar.value or None,
            actor=f"{actor}*" if actor else None,
            since=self._moment("since"),
            until=self._moment("until"),
            broadcast_id=int(broadcast.removeprefix("#")) if broadcast else None,
        )

    def _moment(self, name: str) -> datetime | None:
        written = self._value(name)
        if not written:
            return None
        zone, now = self.context.settings.zone, self.context.clock.now()
        return times.read_time(written, zone, now=now).moment

    @on(Input.Changed)
    @on(ChoiceBar.Changed)
    def _look(self) -> None:
        try:
            wanted = self._read()
        except InvalidInputError as error:
            self._show_lines(str(error))
            return
        self._show_lines("")
        if wanted != self.wanted:
            self.wanted = wanted
            self.post_message(self.Changed())

    @on(Input.Blurred)
    def _leave(self) -> None:
        self.query_one("#fields").display = self._has_fields

    @property
    def _has_fields(self) -> bool:
        return any(one.value or one.has_focus for one in self.query(LineField))

    def _show_lines(self, wrong: str) -> None:
        self.query_one("#fields").display = self._has_fields
        verdict = self.query_one("#verdict", Static)
        verdict.display = bool(wrong)
        verdict.update(Content.styled(f"✗ {terminal_text(wrong)}", "$text-error"))
