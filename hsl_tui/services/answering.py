"""What a command is answered: the operator's template of its name, or a default."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from hsl_tui.errors import TextRefusedError
from hsl_tui.models.content import MessageContent
from hsl_tui.models.intake import AnswerKind
from hsl_tui.models.views import Person
from hsl_tui.services import enclosures
from hsl_tui.store import profiles, recipients, templates
from hsl_tui.store.database import Session
from hsl_tui.telegram.markup import check_text
from hsl_tui.telegram.rendering import RenderingError, compile_template

if TYPE_CHECKING:
    from hsl_tui.telegram.uploads import Upload

logger = logging.getLogger(__name__)

DEFAULTS: Final[Mapping[AnswerKind, str]] = {
    AnswerKind.START: "You will get messages from this bot.\n\nSend /stop to get none.",
    AnswerKind.STOP: "You will get no more messages from this bot.\n\nSend /start to get them.",
    AnswerKind.HELP: "/start – get messages from this bot\n/stop – get none",
}
"""What is answered where no template has the command's name."""


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer ready to be sent.

    Attributes:
        kept: the template's content as it is kept, whose files may get ids of Telegram's.
        content: the same as it is sent.
    """

    text: str
    kept: MessageContent
    content: MessageContent
    uploads: Mapping[int, Upload]


def make_up(session: Session, kind: AnswerKind, chat_id: int, bot_id: int) -> Answer:
    """Make up the answer to a command for one chat.

    A template that does not work for this chat is passed over for the default, and logged.
    """
    template = templates.get(session, kind.value)
    if template is not None:
        content = template.content
        try:
            text = compile_template(content.text, known=None).render(_person(session, chat_id))
            check_text(text, caption=bool(content.media))
        except (RenderingError, TextRefusedError) as error:
            logger.warning("The template %r cannot answer: %s", kind.value, error)
        else:
            sent, uploads = enclosures.with_files(session, bot_id, content)
            return Answer(text, content, sent, uploads)
    plain = MessageContent(text=DEFAULTS[kind])
    return Answer(plain.text, plain, plain, {})


def _person(session: Session, chat_id: int) -> Person:
    """Whom a chat belongs to; an attribute that others have, and they do not, is empty."""
    blank = dict.fromkeys(recipients.attribute_names(session), "")
    person = profiles.person(session, chat_id) or Person(chat_id)
    return replace(person, attributes={**blank, **person.attributes})
