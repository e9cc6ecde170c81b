"""New drafts from broadcasts that were sent before."""

from __future__ import annotations

from collections.abc import Sequence

from hsl_tui.errors import InvalidInputError, RefusedError
from hsl_tui.models.content import MessageContent
from hsl_tui.models.enums import Act, Priority
from hsl_tui.models.selector import join_selectors, parse_selectors
from hsl_tui.models.views import BroadcastView
from hsl_tui.services import checking, composing
from hsl_tui.services.broadcasts import found
from hsl_tui.services.context import Context
from hsl_tui.services.drafts import Form
from hsl_tui.services.recipients import require_known
from hsl_tui.store import broadcasts, followups, recipients
from hsl_tui.store.broadcasts import NewDraft
from hsl_tui.store.database import Session


def duplicate(
    context: Context,
    broadcast_id: int,
    *,
    text: str | None = None,
    to: Sequence[str] | None = None,
) -> BroadcastView:
    """Make a draft that says what a broadcast's messages say by now, to the same selectors.

    Who they pick is decided anew when the draft is queued.

    Args:
        text: what it is to say instead.
        to: selectors, as they were written, in place of the old ones.

    Raises:
        NotFoundError: there is no such broadcast.
        RefusedError: it is the edit or the recall of another.
        TextRefusedError: Telegram would refuse the text.
        InvalidInputError: a selector is wrong, or names what is not on record.
    """
    with context.database.write() as session:
        original = found(session, broadcast_id)
        content = _content(session, original)
        audience = original.audience
        if to is not None:
            selectors = parse_selectors(to)
            require_known(session, selectors)
            audience = tuple(str(one) for one in selectors)
        if text is not None:
            checking.check_for_anyone(
                text,
                caption=bool(content.media),
                known=recipients.attribute_names(session),
                person=checking.someone(session, parse_selectors(audience)),
            )
            content = content.model_copy(update={"text": text})
        draft = NewDraft(
            content=content,
            audience=audience,
            on_uncertain=original.on_uncertain,
            priority=original.priority,
            created_by=context.actor,
            created_at=context.clock.now(),
        )
        number = broadcasts.add(session, draft)
        context.record(session, "broadcast.duplicated", number, **{"from": broadcast_id})
        return found(session, number)


def begin_anew(context: Context, broadcast_id: int) -> Form:
    """A form filled in like a broadcast, with what its messages say by now, to go on from it.

    Raises:
        NotFoundError: there is no such broadcast.
        RefusedError: it is the edit or the recall of another.
    """
    with context.database.read() as session:
        original = found(session, broadcast_id)
        return Form(
            composition=composing.take_up(session, _content(session, original)),
            to=_line(original.audience),
            on_uncertain=original.on_uncertain,
            urgent=original.priority is Priority.URGENT,
        )


def _line(audience: Sequence[str]) -> str:
    try:
        return join_selectors(parse_selectors(audience))
    except InvalidInputError:  # another version's, to be put right in the form
        return " ".join(audience)


def _content(session: Session, original: BroadcastView) -> MessageContent:
    if original.act is not Act.SEND:
        msg = (
            f"Broadcast {original.id} sends nothing itself: it is the {original.act} of broadcast"
            f" {original.target_id}, and that is what can be duplicated."
        )
        raise RefusedError(msg)
    text = followups.last_edit(session, original.id) or original.content.text
    return original.content.model_copy(update={"text": text})
