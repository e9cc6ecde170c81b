"""The library that the product sends with must be able to read every answer."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import telegram
from telegram.error import BadRequest, ChatMigrated, Forbidden, InvalidToken, RetryAfter

from hsl_tui.telegram.simulator import FaultRule, SimulatorThread
from hsl_tui.telegram.simulator.updates import command_update, membership_update


@pytest.fixture
async def bot(simulator: SimulatorThread) -> AsyncIterator[telegram.Bot]:
    async with telegram.Bot("42:TOKEN", base_url=f"{simulator.url}/bot") as bot:
        yield bot


async def test_messages_are_sent_edited_and_deleted(bot: telegram.Bot) -> None:
    button = telegram.InlineKeyboardButton("Open", url="https://example.org")
    sent = await bot.send_message(
        5,
        '<b>hi</b> <tg-time unix="1" format="r">x</tg-time> <a href="tg://user?id=7">y</a>',
        parse_mode="HTML",
        reply_markup=telegram.InlineKeyboardMarkup([[button]]),
        link_preview_options=telegram.LinkPreviewOptions(is_disabled=True),
        disable_notification=True,
        protect_content=True,
    )
    assert sent.text == "hi x y"
    assert [each.type for each in sent.entities] == ["bold", "date_time", "text_mention"]
    assert sent.reply_markup is not None
    assert sent.reply_markup.inline_keyboard[0][0].url == "https://example.org"

    edited = await bot.edit_message_text("new", chat_id=5, message_id=sent.message_id)
    assert isinstance(edited, telegram.Message)
    assert edited.text == "new"
    assert await bot.delete_message(5, sent.message_id)
    assert await bot.delete_messages(5, [sent.message_id])


async def test_media_is_uploaded_and_sent_again(bot: telegram.Bot) -> None:
    photo = await bot.send_photo(5, b"bytes", caption="x")
    video = await bot.send_video(5, b"bytes", filename="x.mp4")
    document = await bot.send_document(5, "https://example.org/x.pdf")

    assert (await bot.send_photo(6, photo.photo[-1].file_id)).photo == photo.photo
    assert video.video is not None
    assert (await bot.send_video(6, video.video)).video == video.video
    assert document.document is not None
    assert (await bot.send_document(6, document.document)).document == document.document
    edited = await bot.edit_message_caption(5, photo.message_id, caption="y")
    assert isinstance(edited, telegram.Message)
    assert edited.caption == "y"


async def test_intake_is_readable(bot: telegram.Bot, simulator: SimulatorThread) -> None:
    me = await bot.get_me()
    simulator.queue_update(command_update(5, "/start abc", username="ann"))
    simulator.queue_update(membership_update(5, me.to_dict(), blocked=True))
    simulator.queue_update(membership_update(5, me.to_dict(), blocked=False))

    start, block, unblock = await bot.get_updates()

    assert (me.id, me.is_bot) == (42, True)
    assert start.message is not None
    assert start.message.text == "/start abc"
    assert block.my_chat_member is not None
    assert block.my_chat_member.new_chat_member.status == "kicked"
    assert unblock.my_chat_member is not None
    assert unblock.my_chat_member.new_chat_member.status == "member"
    assert (await bot.get_webhook_info()).url == ""


@pytest.mark.parametrize(
    ("action", "error"),
    [
        ("blocked", Forbidden),
        ("chat_not_found", BadRequest),
        ("migrated", ChatMigrated),
        ("flood", RetryAfter),
        ("unauthorized", InvalidToken),
    ],
)
async def test_refusals_raise_what_they_should(
    bot: telegram.Bot,
    simulator: SimulatorThread,
    monkeypatch: pytest.MonkeyPatch,
    action: str,
    error: type[Exception],
) -> None:
    # Without it the library warns of its own future type of retry_after.
    monkeypatch.setenv("PTB_TIMEDELTA", "true")
    simulator.add_faults(FaultRule(action))

    with pytest.raises(error):
        await bot.send_message(5, "x")
