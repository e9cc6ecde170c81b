"""The dialog that tells all that is on record of one delivery."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import tzinfo
from typing import ClassVar, Final

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from hsl_tui.console.terminal_text import terminal_text
from hsl_tui.console.widgets.pane import Pane
from hsl_tui.console.wording import (
    DELIVERY_SIGNS,
    RECIPIENT_SIGNS,
    TONE_STYLES,
    chat_of,
    full_moment,
    full_name,
    handle,
    number,
    plural,
)
from hsl_tui.models.enums import DeliveryStatus
from hsl_tui.models.forgotten import is_tombstone
from hsl_tui.models.views import RecipientView
from hsl_tui.services.deliveries import DeliveryCard

_NAME: Final = 16
"""Cells."""


class DeliveryDialog(ModalScreen[RecipientView | None]):
    """A field a line; ends with the recipient, if their card is wanted."""

    AUTO_FOCUS = "#dialog-body"
    HELP_TITLE = "One delivery"
    HELP_TEXT = "All that is on record of it, and of whom it is to."
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,enter", "dismiss(None)", "Close", id="delivery.close"),
        Binding("r", "recipient", "The recipient's card", id="delivery.recipient"),
        Binding("y", "copy_out", "Copy", id="delivery.copy"),
    ]

    def __init__(self, card: DeliveryCard, zone: tzinfo) -> None:
        super().__init__(classes="-wide-dialog")
        self._recipient = card.recipient
        self._fields = [*_of_delivery(card, zone), *_of_recipient(card, zone)]
        delivery = card.delivery
        self._title = f"Delivery {number(delivery.seq)} of broadcast {delivery.broadcast_id}"

    def compose(self) -> ComposeResult:
        lines = [
            Content.assemble((f"{name:<{_NAME}}", "$text-muted"), said)
            for name, said in self._fields
        ]
        with Vertical(id="dialog"):
            yield Static(Content.styled(self._title, "bold"), id="title", markup=False)
            with Pane(id="dialog-body"):
                yield Static(Content("\n").join(lines), markup=False)
            hint = "r the recipient's card · y copies it · esc closes"
            yield Static(Content.styled(hint, "$text-muted"), id="hint", markup=False)

    def action_recipient(self) -> None:
        """Go on to whom it is to."""
        if is_tombstone(self._recipient.chat_id):
            said = "This recipient was forgotten: there is no card."
            self.notify(said, severity="warning", markup=False)
            return
        self.dismiss(self._recipient)  # type: ignore[unused-awaitable] # it is removed on its own

    def action_copy_out(self) -> None:
        """Put all of it on the clipboard, through the terminal."""
        lines = [f"{name}: {said.plain}" for name, said in self._fields]
        self.app.copy_to_clipboard("\n".join([self._title, *lines]))
        self.notify("Copied to the terminal's clipboard.", markup=False)


def _of_delivery(card: DeliveryCard, zone: tzinfo) -> Iterator[tuple[str, Content]]:
    one = card.delivery
    sign = DELIVERY_SIGNS[one.status]
    yield "status", Content.styled(f"{sign.glyph} {one.status}", TONE_STYLES[sign.tone])
    if one.error is not None:
        code = "" if one.error_code is None else f" ({one.error_code})"
        yield "reason", Content(f"{terminal_text(one.error)}{code}")
    if one.error_kind is not None:
        again = "sending again may help" if one.error_kind.can_pass else "sending again is no help"
        yield "kind of reason", Content(f"{one.error_kind}: {again}")
    yield "attempts", Content(f"{one.attempts}, claimed {plural(card.claims, 'time')}")
    if one.sent_at is not None:
        yield "sent", Content(full_moment(one.sent_at, zone))
    if one.status is DeliveryStatus.PENDING and one.not_before is not None:
        yield "again at", Content(full_moment(one.not_before, zone))
    if one.telegram_message_id is not None:
        numbers = ", ".join(map(str, (one.telegram_message_id, *card.album)))
        yield "message", Content(numbers)
    if card.worker is not None:
        yield "last worker", Content(terminal_text(card.worker))


def _of_recipient(card: DeliveryCard, zone: tzinfo) -> Iterator[tuple[str, Content]]:
    one = card.recipient
    sign = RECIPIENT_SIGNS[one.state]
    yield "", Content("")
    yield "recipient", Content.styled(full_name(one.first_name, one.last_name), "bold")
    yield (
        "chat",
        Content(" ".join(part for part in (chat_of(one.chat_id), handle(one.username)) if part)),
    )
    yield "state", Content.styled(f"{sign.glyph} {one.state}", TONE_STYLES[sign.tone])
    if one.state_changed_at is not None:
        why = f": {terminal_text(one.state_reason)}" if one.state_reason else ""
        yield "since", Content(f"{full_moment(one.state_changed_at, zone)}{why}")
    if one.language_code:
        yield "language", Content(terminal_text(one.language_code))
    if one.tags:
        yield "tags", Content(terminal_text(" ".join(one.tags)))
    for name, said in one.attributes.items():
        yield terminal_text(name), Content(terminal_text(said))
