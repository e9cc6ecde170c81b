"""The options that say what a message says, alike for all commands that take one."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable, Mapping, Sequence
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer
from typer.core import TyperCommand

from hsl_tui.cli.output import whole_number
from hsl_tui.errors import InvalidInputError
from hsl_tui.models.enums import MediaKind, PreviewSize

if TYPE_CHECKING:
    from hsl_tui.services.composing import Attachment, Composition

TextOption = Annotated[
    str | None, typer.Option("--text", metavar="TEXT", help="The text, in Telegram's HTML.")
]
TextFileOption = Annotated[
    str | None,
    typer.Option("--text-file", metavar="FILE", help="A file with the text; - reads it here."),
]
TemplateOption = Annotated[
    str | None,
    typer.Option(
        "--template",
        metavar="NAME",
        help="A template to begin from; media, buttons and options override its own.",
    ),
]
_MEDIA_ORDER: Final = "hsl_tui.media_order"


def _media_option(kind: MediaKind) -> Any:
    help_text = "A file, URL or file_id. Repeatable: an album, in the order given."
    if kind is MediaKind.ANIMATION:
        help_text = "A GIF or a film without sound: a file, URL or file_id."
    return Annotated[list[str] | None, typer.Option(f"--{kind}", metavar="SOURCE", help=help_text)]


def _flag(name: str, help_text: str) -> Any:
    return Annotated[bool, typer.Option(name, help=help_text)]


_OPTIONS: Final[dict[str, tuple[Any, Any]]] = {
    "text": (TextOption, None),
    "text_file": (TextFileOption, None),
    **{kind.value: (_media_option(kind), None) for kind in MediaKind},
    "spoiler": (_flag("--spoiler", "Cover the media until it is tapped."), False),
    "caption_above": (_flag("--caption-above", "Put the text above its media."), False),
    "button": (
        Annotated[
            list[str] | None,
            typer.Option(
                "--button",
                metavar="TEXT=URL",
                help="A row of buttons, with | between two. Repeatable. \\[danger], \\[success] or"
                " \\[primary] before the text colours it.",
            ),
        ],
        None,
    ),
    "silent": (_flag("--silent", "Arrive without a sound."), False),
    "protect": (_flag("--protect", "Keep it from being forwarded and saved."), False),
    "no_preview": (_flag("--no-preview", "Show no preview of the first link."), False),
    "preview_size": (
        Annotated[
            PreviewSize | None, typer.Option("--preview-size", help="How large its picture is.")
        ],
        None,
    ),
    "preview_above": (_flag("--preview-above", "Put the preview above the text."), False),
    "preview_url": (
        Annotated[
            str | None,
            typer.Option("--preview-url", metavar="URL", help="Preview this, not the first link."),
        ],
        None,
    ),
    "topic": (
        Annotated[
            int | None,
            typer.Option(
                "--topic", metavar="N", parser=whole_number, help="The topic of a forum to send to."
            ),
        ],
        None,
    ),
    "effect": (
        Annotated[
            str | None,
            typer.Option("--effect", metavar="ID", help="A message effect, in private chats."),
        ],
        None,
    ),
}
"""Each option with its type and its default, in the order of the help."""


class ContentCommand(TyperCommand):
    """A command that remembers in which order media was given."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Read the arguments; of options of several names only this sees the order."""
        _, _, order = self.make_parser(ctx).parse_args(args=list(args))
        ctx.meta[_MEDIA_ORDER] = [one.name for one in order if one.name in set(MediaKind)]
        return super().parse_args(ctx, args)


def takes_content(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command the options that say what a message says, in place of its ``composition``.

    Where the command takes a ``template``, the text is that one's; see
    :func:`~hsl_tui.services.templates.adapt`.

    To have albums in the order in which they are typed, register it with :class:`ContentCommand`.
    """
    own = inspect.signature(command, eval_str=True, locals={"Composition": object})
    parameters: list[inspect.Parameter] = []
    for parameter in own.parameters.values():
        if parameter.name != "composition":
            parameters.append(parameter)
            continue
        parameters += [
            inspect.Parameter(name, parameter.kind, default=default, annotation=annotation)
            for name, (annotation, default) in _OPTIONS.items()
        ]
    context = inspect.Parameter("context", parameter.KEYWORD_ONLY, annotation=typer.Context)
    parameters.append(context)

    @wraps(command)
    def with_content(*, context: typer.Context, **given: Any) -> None:
        content = {name: given.pop(name) for name in _OPTIONS}
        order = context.meta.get(_MEDIA_ORDER, ())
        begun = given.get("template") is not None
        command(composition=compose(media_order=order, begun=begun, **content), **given)

    with_content.__signature__ = own.replace(parameters=parameters)  # type: ignore[attr-defined] # what Typer reads
    with_content.__annotations__ = {one.name: one.annotation for one in parameters}
    return with_content


def read_text(text: str | None, text_file: str | None) -> str:
    """The text itself, however it was given.

    Raises:
        InvalidInputError: neither or both were given, or the file cannot be read.
    """
    if text is not None and text_file is None:
        return text
    if text_file is None:
        raise InvalidInputError("There is no text; give it with --text or with --text-file.")
    if text is not None:
        raise InvalidInputError("Give the text in one way: with --text or with --text-file.")
    try:
        raw = sys.stdin.buffer.read() if text_file == "-" else Path(text_file).read_bytes()
        return raw.decode("utf-8-sig").replace("\r\n", "\n")
    except OSError as error:
        reason = (error.strerror or type(error).__name__).lower()
        msg = f"The text in {text_file!r} cannot be read: {reason}; give it with --text, or name a"
        msg += " file that can be read."
        raise InvalidInputError(msg) from None
    except UnicodeDecodeError:
        raise InvalidInputError(f"The text in {text_file!r} is not UTF-8; save it so.") from None


def compose(
    *,
    text: str | None,
    text_file: str | None,
    button: Sequence[str] | None,
    silent: bool,
    protect: bool,
    no_preview: bool,
    preview_size: PreviewSize | None,
    preview_above: bool,
    preview_url: str | None,
    spoiler: bool,
    caption_above: bool,
    topic: int | None,
    effect: str | None,
    media_order: Sequence[str],
    begun: bool = False,
    **media: Sequence[str] | None,
) -> Composition:
    """What was given by these options; nothing is checked against Telegram's rules yet.

    Args:
        media_order: the kind of each of the ``media``, as they were given; those that are not in
            it come last.
        begun: whether these go on from a template, which has a text.
        media: sources, by kind.

    Raises:
        InvalidInputError: it does not make one message.
    """
    from hsl_tui.services.composing import Composition, parse_buttons

    attachments = _attachments(media, media_order, spoiler=spoiler)
    given = text is not None or text_file is not None
    if begun and given:
        raise InvalidInputError("A template has its own text; leave out --text and --text-file.")
    if not given and (begun or attachments):
        text = ""
    if spoiler and not attachments:
        raise InvalidInputError("A spoiler covers media; give a --photo, --video or --animation.")
    return Composition(
        text=read_text(text, text_file),
        attachments=attachments,
        buttons=parse_buttons(button or ()),
        silent=silent,
        protect=protect,
        link_preview=not no_preview,
        preview_size=preview_size,
        preview_above=preview_above,
        preview_url=preview_url,
        caption_above=caption_above,
        message_thread_id=topic,
        message_effect_id=effect,
    )


def _attachments(
    media: Mapping[str, Sequence[str] | None], order: Sequence[str], *, spoiler: bool
) -> tuple[Attachment, ...]:
    from hsl_tui.services.composing import Attachment

    sources = {kind: iter(given or ()) for kind, given in media.items()}
    kinds = [*order, *(kind for kind, given in media.items() for _ in given or ())]
    given = ((kind, next(sources[kind], None)) for kind in kinds)
    return tuple(
        Attachment(MediaKind(kind), source, spoiler) for kind, source in given if source is not None
    )
