"""Templates: messages under names, to begin broadcasts from.

A broadcast takes over a template's content when it is queued; what becomes of the template later
is nothing to it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from hsl_tui.errors import NotFoundError
from hsl_tui.models.content import MessageContent
from hsl_tui.models.views import TemplateView
from hsl_tui.services import checking, composing
from hsl_tui.services.attachments import read_attachments
from hsl_tui.services.composing import Composition
from hsl_tui.services.context import Context
from hsl_tui.services.names import check_name
from hsl_tui.store import templates
from hsl_tui.store.database import Session


def every(context: Context) -> Sequence[TemplateView]:
    """All templates, by name."""
    with context.database.read() as session:
        return templates.every(session)


def show(context: Context, name: str) -> TemplateView:
    """One template.

    Raises:
        NotFoundError: there is none of this name.
    """
    with context.database.read() as session:
        return _found(templates.get(session, name.strip()), name)


def take_up(context: Context, name: str) -> Composition:
    """What a template says, to go on from.

    Raises:
        NotFoundError: there is none of this name.
    """
    with context.database.read() as session:
        template = _found(templates.get(session, name.strip()), name)
        return composing.take_up(session, template.content)


def adapt(context: Context, name: str, given: Composition) -> Composition:
    """What a template says, with what is given beside it in place of its own.

    Args:
        given: its text is left aside; media, rows of buttons and options that it has take the
            place of the template's, and what it has not stays.

    Raises:
        NotFoundError: there is none of this name.
    """
    own = take_up(context, name)
    return replace(
        own,
        attachments=given.attachments or own.attachments,
        buttons=given.buttons or own.buttons,
        silent=given.silent or own.silent,
        protect=given.protect or own.protect,
        link_preview=given.link_preview and own.link_preview,
        preview_size=given.preview_size or own.preview_size,
        preview_above=given.preview_above or own.preview_above,
        preview_url=given.preview_url or own.preview_url,
        caption_above=given.caption_above or own.caption_above,
        message_thread_id=given.message_thread_id or own.message_thread_id,
        message_effect_id=given.message_effect_id or own.message_effect_id,
    )


def save(context: Context, name: str, composition: Composition) -> TemplateView:
    """Keep a message under a name, in place of what was there; its files are kept with it.

    Raises:
        TextRefusedError: Telegram would refuse the text.
        InvalidInputError: the name cannot be a template's, or what goes with the text cannot be
            sent.
    """
    name = check_name(name, of="template")
    files = read_attachments(composition)
    with context.database.write() as session:
        checking.check_composition(session, composition)
        content = composing.keep(session, composition, files)
        _put(context, session, name, content)
        return _found(templates.get(session, name), name)


def delete(context: Context, name: str) -> TemplateView:
    """Remove a template and return it; broadcasts that came from it keep what they say.

    Raises:
        NotFoundError: there is none of this name.
    """
    with context.database.write() as session:
        template = _found(templates.lock(session, name.strip()), name)
        templates.remove(session, template.name)
        context.record(
            session, "template.deleted", name=template.name, before=_on_record(template.content)
        )
        return template


def _put(context: Context, session: Session, name: str, content: MessageContent) -> None:
    actor, now = context.actor, context.clock.now()
    before = templates.lock(session, name)
    if before is None and templates.add(session, name, content, changed_by=actor, now=now):
        context.record(session, "template.saved", name=name, after=_on_record(content))
        return
    # Where another transaction added it since the look above, it is there by now.
    before = _found(before or templates.lock(session, name), name)
    if content == before.content:
        return
    templates.change(session, name, content, changed_by=actor, now=now)
    context.record(
        session,
        "template.changed",
        name=name,
        before=_on_record(before.content),
        after=_on_record(content),
    )


def _found(template: TemplateView | None, name: str) -> TemplateView:
    if template is None:
        msg = f"There is no template {name!r}; see `hsl-tui templates list`."
        raise NotFoundError(msg)
    return template


def _on_record(content: MessageContent) -> dict[str, Any]:
    """What the audit log says of a message: what it says, and no more than differs from plain."""
    return content.model_dump(mode="json", exclude_defaults=True)
