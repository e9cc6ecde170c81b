"""One key after the other, however fast they come.

Over a line that stalls, what was typed meanwhile arrives at once. Textual hands keys on to the
field that has the focus, and does what is bound to them when they have bubbled up from there: of
keys that come at once, those that are bound are overtaken by the others, and then change what was
typed behind them.
"""

from __future__ import annotations

from textual import events
from textual.app import App
from textual.widgets import Input, TextArea


class KeysInOrder(App[None]):
    """An app that has done with a key, or with what was pasted, before it looks at the next."""

    async def on_event(self, event: events.Event) -> None:
        if isinstance(event, events.Key) and not event.is_forwarded:
            self.app_focus = True
            if await self._carry_out(event):
                return
        elif isinstance(event, events.Paste) and not event.is_forwarded:
            field = self.focused
            if isinstance(field, Input | TextArea):
                event.stop()  # or it would bubble up to here
                await field.on_event(event)
                return
        await super().on_event(event)

    async def _carry_out(self, event: events.Key) -> bool:
        """Whether the key was typed into a field, or has done what it is bound to."""
        if await self._check_bindings(event.key, priority=True):
            return True
        field = self.focused
        if isinstance(field, Input | TextArea) and _is_text(field, event):
            await field.on_event(event)
            return True
        return await self._check_bindings(event.key)


def _is_text(field: Input | TextArea, event: events.Key) -> bool:
    if isinstance(field, TextArea) and event.key == "enter":
        return not field.read_only
    return field.check_consume_key(event.key, event.character)
