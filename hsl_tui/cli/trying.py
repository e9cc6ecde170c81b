"""Trying a message out before it is queued: check reads it, test sends it to a few chats."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hsl_tui.cli.composition import open_context, open_database, open_settings
from hsl_tui.cli.content import TextFileOption, TextOption, read_text, takes_content
from hsl_tui.cli.output import JsonOption, print_json, print_table, say
from hsl_tui.errors import HslTuiError, SettingsError, TextRefusedError
from hsl_tui.models.selector import check_chat_id

if TYPE_CHECKING:
    from hsl_tui.services.composing import Composition
    from hsl_tui.services.testing import ChatResult


def check(
    *,
    text: TextOption = None,
    text_file: TextFileOption = None,
    caption: Annotated[
        bool, typer.Option("--caption", help="It goes with media: 1024 characters at most.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Read a text as Telegram does, without sending it anywhere."""
    from hsl_tui.services import checking
    from hsl_tui.telegram.markup import CAPTION_LIMIT, TEXT_LIMIT

    source = read_text(text, text_file)
    try:
        parsed = checking.check(source, caption=caption, known=_known_attributes())
    except TextRefusedError as error:
        if as_json:
            print_json(_refusal(error))
        raise
    entities = [entity.to_json() for entity in parsed.entities]
    if as_json:
        print_json(
            {
                "ok": True,
                "text": parsed.text,
                "entities": entities,
                "length": parsed.length,
                "error": None,
                "error_at": None,
            }
        )
        return
    limit = CAPTION_LIMIT if caption else TEXT_LIMIT
    say(parsed.text, newlines=True)
    say("")
    say(f"Telegram takes it: {parsed.length} of {limit} characters, {len(entities)} entities.")


@takes_content
def send_test(
    *,
    chats: Annotated[
        list[str], typer.Option("--chat", metavar="CHAT_ID", help="Where to. Repeatable.")
    ],
    composition: Composition,
    as_json: JsonOption = False,
) -> None:
    """Send a message at once to these chats, outside any broadcast."""
    from hsl_tui.services import testing

    chat_ids = [check_chat_id(written) for written in chats]
    with open_context() as context:
        results = testing.send_test(context, composition, chat_ids)
    if as_json:
        print_json([asdict(result) for result in results])
    else:
        print_table(("CHAT", "", "MESSAGE", "CODE", "ERROR"), map(_row, results))
    failed = sum(not result.ok for result in results)
    if failed:
        msg = f"The test did not arrive in {failed} of {len(results)} chats."
        raise HslTuiError(msg)


def _row(result: ChatResult) -> tuple[object, ...]:
    return (
        result.chat_id,
        "sent" if result.ok else "failed",
        result.telegram_message_id,
        result.error_code,
        result.error,
    )


def _refusal(error: TextRefusedError) -> dict[str, Any]:
    place = None if error.line is None else {"line": error.line, "column": error.column}
    return {
        "ok": False,
        "text": None,
        "entities": [],
        "length": None,
        "error": str(error),
        "error_at": place,
    }


def _known_attributes() -> frozenset[str]:
    """Names of recipients' attributes, where there is a database to ask; a check needs none.

    Raises:
        SettingsError: a setting is wrong.
    """
    from hsl_tui.store import recipients

    try:
        with open_database(open_settings()) as database:
            if not database.exists:
                return frozenset()
            with database.read() as session:
                return recipients.attribute_names(session)
    except SettingsError:
        raise
    except HslTuiError:
        return frozenset()
