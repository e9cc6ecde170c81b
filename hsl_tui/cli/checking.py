"""Reading a text as Telegram does, for one or for a whole audience, and sending it nowhere."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hsl_tui.cli.composition import open_context, open_database, open_settings
from hsl_tui.cli.content import TextFileOption, TextOption, read_text
from hsl_tui.cli.output import JsonOption, print_json, say, write_out
from hsl_tui.cli.streams import note
from hsl_tui.errors import HslTuiError, SettingsError, TextRefusedError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hsl_tui.models.views import BroadcastView
    from hsl_tui.services.audience_check import AudienceCheck
    from hsl_tui.services.context import Context
    from hsl_tui.settings import Settings
    from hsl_tui.telegram.markup import ParsedText
    from hsl_tui.telegram.warnings import TextWarning


def check(
    *,
    text: TextOption = None,
    text_file: TextFileOption = None,
    caption: Annotated[
        bool, typer.Option("--caption", help="It goes with media: 1024 characters at most.")
    ] = False,
    to: Annotated[
        list[str] | None,
        typer.Option("--to", metavar="SELECTOR", help="Make it up for all of these. Repeatable."),
    ] = None,
    reveal: Annotated[
        bool, typer.Option("--reveal", help="Show what spoilers hide, and quotes in full.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Read a text as Telegram does, without sending it anywhere."""
    from hsl_tui.services.audience_check import UnfitRecipientsError, require_fit

    source = read_text(text, text_file)
    settings = open_settings()
    audience: AudienceCheck | None = None
    try:
        if to:
            parsed, warnings, audience = _check_for(settings, source, to, caption=caption)
            require_fit(audience)
        else:
            parsed, warnings = _check(settings, source, caption=caption)
    except (TextRefusedError, UnfitRecipientsError) as error:
        if as_json:
            print_json({**_refusal(error), **_document(getattr(error, "check", audience))})
        raise
    if as_json:
        print_json({**_reading(parsed, warnings), **_document(audience)})
    else:
        _show(settings, source, parsed, caption=caption, reveal=reveal)
        _tell(warnings, audience)


def warn(context: Context, broadcast: BroadcastView) -> None:
    """Say on standard error what of a broadcast's text is shown otherwise than it was meant."""
    from hsl_tui.services import reviewing
    from hsl_tui.services.composing import Composition

    try:
        read = reviewing.read_text(context, Composition(broadcast.content.text), broadcast.audience)
    except TextRefusedError:  # a draft's text may not suit its first reader
        return
    for one in read.warnings:
        note(_warning(one))


def _check(
    settings: Settings, source: str, *, caption: bool
) -> tuple[ParsedText, Sequence[TextWarning]]:
    from hsl_tui.services import checking

    known = _known_attributes(settings)
    parsed = checking.check(source, caption=caption, known=known)
    return parsed, checking.look_for_warnings(source, known=known)


def _check_for(
    settings: Settings, source: str, to: Sequence[str], *, caption: bool
) -> tuple[ParsedText, Sequence[TextWarning], AudienceCheck]:
    from hsl_tui.cli.progress import progress_bar
    from hsl_tui.services import reviewing

    with (
        open_context(settings) as context,
        progress_bar("Checking the text for everyone") as on_progress,
    ):
        of = reviewing.review_text(context, source, to, caption=caption, on_progress=on_progress)
    return of.text, of.warnings, of.check


def _show(
    settings: Settings, source: str, parsed: ParsedText, *, caption: bool, reveal: bool
) -> None:
    from hsl_tui.cli.preview import preview
    from hsl_tui.clock import SystemClock
    from hsl_tui.services.composing import Composition
    from hsl_tui.telegram.markup import CAPTION_LIMIT, TEXT_LIMIT

    now = SystemClock().now().astimezone(settings.zone)
    # Beside media no link is previewed.
    composition = Composition(source, link_preview=not caption)
    write_out(preview(parsed, composition, now, revealed=reveal))
    limit = CAPTION_LIMIT if caption else TEXT_LIMIT
    count = len(parsed.entities)
    noun = "entity" if count == 1 else "entities"
    say(f"Telegram takes it: {parsed.length} of {limit} characters, {count} {noun}.")


def _tell(warnings: Sequence[TextWarning], audience: AudienceCheck | None) -> None:
    if audience is not None and audience.checked:
        count = audience.checked
        whom = "the 1 recipient" if count == 1 else f"all {count} recipients"
        say(f"It comes out well for {whom}.")
    for one in warnings:
        say(_warning(one))


def _warning(one: TextWarning) -> str:
    return f"Warning (line {one.line}, column {one.column}): {one.message}"


def _reading(parsed: ParsedText, warnings: Sequence[TextWarning]) -> dict[str, Any]:
    return {
        "ok": True,
        "text": parsed.text,
        "entities": [entity.to_json() for entity in parsed.entities],
        "length": parsed.length,
        "error": None,
        "error_at": None,
        "warnings": [asdict(one) for one in warnings],
    }


def _refusal(error: HslTuiError) -> dict[str, Any]:
    place = None
    if isinstance(error, TextRefusedError) and error.line is not None:
        place = {"line": error.line, "column": error.column}
    return {
        "ok": False,
        "text": None,
        "entities": [],
        "length": None,
        "error": str(error),
        "error_at": place,
        "warnings": [],
    }


def _document(audience: AudienceCheck | None) -> dict[str, Any]:
    if audience is None:
        return {}
    first = [
        {
            "chat_id": one.person.chat_id,
            "username": one.person.username,
            "first_name": one.person.first_name,
            "last_name": one.person.last_name,
            "reason": one.reason,
        }
        for one in audience.first
    ]
    counts = {name: getattr(audience, name) for name in ("checked", "too_long", "empty", "broken")}
    return {"audience": {**counts, "first": first}}


def _known_attributes(settings: Settings) -> frozenset[str]:
    """Names of recipients' attributes, where there is a database to ask; a check needs none.

    Raises:
        SettingsError: the database's URL cannot be read.
    """
    from hsl_tui.store import recipients

    try:
        with open_database(settings) as database:
            if not database.exists:
                return frozenset()
            with database.read() as session:
                return recipients.attribute_names(session)
    except SettingsError:
        raise
    except HslTuiError:
        return frozenset()
