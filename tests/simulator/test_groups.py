"""Groups, channels and other pollers, as the simulated Telegram tells of them."""

from __future__ import annotations

from tests.simulator.conftest import Client


async def test_a_group_that_lets_the_bot_in_can_be_written_to_and_asked_for(client: Client) -> None:
    assert (await client.call("getChat", chat_id="-1005"))["error_code"] == 400
    assert (await client.send(-1005))["error_code"] == 400
    shape = {"chat_id": -1005, "status": "administrator", "title": "News", "type": "channel"}
    await client.control("POST", "updates", {**shape, "can_post_messages": True})
    chat = (await client.call("getChat", chat_id="-1005"))["result"]
    assert (chat["id"], chat["title"], chat["type"]) == (-1005, "News", "channel")
    assert (await client.send(-1005))["ok"]
    (update,) = (await client.call("getUpdates"))["result"]
    assert update["my_chat_member"]["new_chat_member"]["can_post_messages"] is True


async def test_groups_move_and_people_write_in_them(client: Client) -> None:
    await client.control(
        "POST",
        "updates",
        [
            {"chat_id": -5, "migrate_to": -1005},
            {"chat_id": -5, "user_id": 7, "text": "/stop@x", "title": "G"},
        ],
    )
    moved, written = (await client.call("getUpdates"))["result"]
    assert moved["message"]["migrate_to_chat_id"] == -1005
    assert (written["message"]["from"]["id"], written["message"]["chat"]["title"]) == (7, "G")
    assert (await client.send(-1005))["ok"]


async def test_an_offset_that_lies_far_ahead_means_nothing(client: Client) -> None:
    await client.control("POST", "updates", {"update_id": 17, "message": {}})
    found = (await client.call("getUpdates", offset="900000000"))["result"]
    assert [one["update_id"] for one in found] == [17]
    assert await client.control("POST", "updates", {"message": {}}) == {"update_ids": [18]}


async def test_another_poller_ends_every_poll(client: Client) -> None:
    await client.control("POST", "config", {"other_poller": True})
    body = await client.call("getUpdates", timeout="30")
    assert body["error_code"] == 409
