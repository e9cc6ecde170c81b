"""Trying a message out before it is queued: sent at once to a few chats."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from hsl_tui.cli.composition import open_context
from hsl_tui.cli.content import TemplateOption, takes_content
from hsl_tui.cli.output import JsonOption, print_json, print_table
from hsl_tui.errors import HslTuiError
from hsl_tui.models.selector import check_chat_id

if TYPE_CHECKING:
    from hsl_tui.services.composing import Composition
    from hsl_tui.services.testing import ChatResult


@takes_content
def send_test(
    *,
    chats: Annotated[
        list[str], typer.Option("--chat", metavar="CHAT_ID", help="Where to. Repeatable.")
    ],
    template: TemplateOption = None,
    composition: Composition,
    as_json: JsonOption = False,
) -> None:
    """Send a message at once to these chats, outside any broadcast."""
    from hsl_tui.services import templates, testing

    chat_ids = [check_chat_id(written) for written in chats]
    with open_context() as context:
        if template is not None:
            composition = templates.adapt(context, template, composition)
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
