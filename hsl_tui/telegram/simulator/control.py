"""The control endpoint: reads the record and sets faults, limits and updates over HTTP.

| request | does |
| --- | --- |
| GET /control/record?chat_id= | accepted messages, oldest first |
| GET /control/messages?chat_id= | what is to be seen in that chat now |
| GET /control/stats | counts |
| POST /control/faults | adds a rule, or a list of rules |
| DELETE /control/faults | removes all rules |
| POST /control/config | changes settings |
| POST /control/updates | queues an update, or a list of updates |
| POST /control/reset | forgets messages, counts, faults, updates and limits |
"""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from aiohttp import web

from hsl_tui.telegram.simulator.answers import json_answer
from hsl_tui.telegram.simulator.faults import Ending, Fault, FaultRule, Match
from hsl_tui.telegram.simulator.messages import bot_user
from hsl_tui.telegram.simulator.updates import (
    command_update,
    group,
    group_membership_update,
    group_message_update,
    membership_update,
    migration_update,
)

if TYPE_CHECKING:
    from hsl_tui.telegram.simulator.server import Simulator

_Types = dict[str, type | tuple[type, ...]]

_SETTINGS: _Types = {
    "rate": int,
    "paid_rate": int,
    "chat_rate": int,
    "retry_after": int,
    "halt_after_429": bool,
    "latency": (int, float),
    "known_chats": (list, type(None)),
    "undeletable": list,
    "uploads_become": str,
    "webhook_url": str,
    "other_poller": bool,
    "down": (bool, str),
}
_MATCH: _Types = {
    "chats": (int, list, type(None)),
    "fraction": (int, float),
    "seed": int,
    "method": (str, type(None)),
}
_RULE: _Types = {"action": (str, dict), "times": (int, type(None)), "parameters": dict}
_FAULT: _Types = {
    "code": int,
    "description": str,
    "parameters": dict,
    "accepted": bool,
    "ending": str,
}
_DOWN = {True: "close", False: "", "": "", "close": "close", "bad_gateway": "bad_gateway"}


async def control(simulator: Simulator, request: web.BaseRequest) -> web.Response:
    """Answer one request to the control endpoint; 400 says what is wrong with it."""
    act = f"{request.method} {request.path.removeprefix('/control/')}"
    try:
        body = json.loads(await request.read() or b"null")
        return json_answer(_carry_out(simulator, act, request, body))
    except (ValueError, TypeError) as error:
        return json_answer({"error": str(error)}, 400)
    except LookupError:
        return json_answer({"error": f"there is no {act}"}, 404)


def _carry_out(simulator: Simulator, act: str, request: web.BaseRequest, body: Any) -> Any:
    match act:
        case "GET record":
            chat_id = request.query.get("chat_id")
            wanted = None if chat_id is None else int(chat_id)
            return [asdict(message) for message in simulator.accepted(wanted)]
        case "GET messages":
            return simulator.chat_messages(int(request.query.get("chat_id", "")))
        case "GET stats":
            return asdict(simulator.stats)
        case "POST faults":
            rules = [rule_from_json(each) for each in _list(body)]
            simulator.add_faults(*rules)
            return {"added": len(rules)}
        case "DELETE faults":
            simulator.clear_faults()
        case "POST config":
            simulator.configure(**_settings_from_json(body))
        case "POST updates":
            updates = [_update_from_json(each) for each in _list(body)]
            return {"update_ids": [simulator.queue_update(each) for each in updates]}
        case "POST reset":
            simulator.reset()
        case _:
            raise LookupError(act)
    return {"ok": True}


def rule_from_json(shape: Any) -> FaultRule:
    """A fault rule: ``{"action": …, "chats": […], "method": …, "times": 2, …}``.

    ``action`` is a name or ``{"code", "description", "parameters", "accepted", "ending"}``;
    what to match (``chats``, ``fraction``, ``seed``, ``method``) may lie in an own ``match``.

    Raises:
        ValueError: A field is unknown or not of its type.
    """
    shape = dict(_object(shape, "a fault rule"))
    match = dict(_object(shape.pop("match", {}), "match"))
    match |= {name: shape.pop(name) for name in _MATCH if name in shape}
    _check_fields(match, _MATCH, "match")
    _check_fields(shape, _RULE, "a fault rule")
    if match.get("chats") is not None:
        match["chats"] = frozenset(map(int, _list(match["chats"])))
    if "action" not in shape:
        raise ValueError("a fault rule needs an action")
    action = shape.pop("action")
    if isinstance(action, dict):
        _check_fields(action, _FAULT, "action")
        action = Fault(**{**action, "ending": Ending(action.get("ending", "answer"))})
    return FaultRule(action, Match(**match), **shape)


def _settings_from_json(body: Any) -> dict[str, Any]:
    settings = dict(_object(body, "the settings"))
    _check_fields(settings, _SETTINGS, "the settings")
    if settings.get("known_chats") is not None:
        settings["known_chats"] = frozenset(map(int, settings["known_chats"]))
    if "undeletable" in settings:
        settings["undeletable"] = frozenset(map(int, settings["undeletable"]))
    if "down" in settings:
        if settings["down"] not in _DOWN:
            raise ValueError("down is true, false, 'close' or 'bad_gateway'")
        settings["down"] = _DOWN[settings["down"]]
    return settings


def _update_from_json(shape: Any) -> dict[str, Any]:
    """A raw update, or in short, of a person or of a group or channel.

    ``{"chat_id", "text", "username", …}``, ``{"chat_id", "blocked", "bot_id"}``; with a negative
    ``chat_id`` ``{"status", "title", "type", "bot_id", …rights}``, ``{"migrate_to"}``, or
    ``{"user_id", "text", "title"}``.
    """
    update = dict(_object(shape, "an update"))
    if "chat_id" not in update:
        return update
    chat_id = int(update.pop("chat_id"))
    bot = bot_user(int(update.pop("bot_id", 1)))
    if "blocked" in update:
        return membership_update(chat_id, bot, blocked=bool(update["blocked"]))
    if "migrate_to" in update:
        return migration_update(chat_id, int(update["migrate_to"]))
    text = str(update.pop("text", "/start"))
    if chat_id > 0:
        return command_update(chat_id, text, **update)
    title = str(update.pop("title", ""))
    if "status" in update:
        where = group(chat_id, title, str(update.pop("type", "")))
        return group_membership_update(where, bot, str(update.pop("status")), **update)
    return group_message_update(chat_id, int(update.pop("user_id", 1)), text, title=title, **update)


def _list(body: Any) -> list[Any]:
    return body if isinstance(body, list) else [body]


def _object(body: Any, what: str) -> dict[str, Any]:
    if not isinstance(body, dict):
        raise ValueError(f"{what} must be a JSON object")  # noqa: TRY004 — one kind of bad body
    return body


def _check_fields(shape: dict[str, Any], types: _Types, what: str) -> None:
    unknown = shape.keys() - types.keys()
    if unknown:
        raise ValueError(f"{what} has no {', '.join(sorted(unknown))}")
    for name, value in shape.items():
        if not isinstance(value, types[name]):
            raise ValueError(f"{name} cannot be {value!r}")  # noqa: TRY004 — one kind of bad body
