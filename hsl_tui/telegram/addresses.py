"""Addresses of the web in what a link shows, and the hosts that they and the link lead to."""

from __future__ import annotations

import html
import re
from typing import Final
from urllib.parse import urlsplit

from hsl_tui.telegram import tdlib

_LIKE_A_DOMAIN: Final = re.compile(r"[^.]\.[^\W\d_]{2,}$")
_TELEGRAM_HOSTS: Final = frozenset({"telegram.me", "telegram.dog"})


def misleading_address(text: str, url: str, typed: str) -> str | None:
    """An address in a link's text that is on another host than the link leads to.

    Args:
        typed: what the operator wrote. An address that a recipient bears for a name is none of
            the text's.
    """
    host = _host(url)
    for shown in _addresses_in(text):
        other = _host(shown)
        if not host or not other or host == other or host.endswith(f".{other}"):
            continue
        if _written_host(shown) in typed.lower():
            return shown
    return None


def _addresses_in(text: str) -> list[str]:
    found = tdlib.find_addresses(text)
    # A link without an address leads to where its text says, if that is an address. TDLib then
    # knows no list of top-level domains, but takes «here.» too.
    if not found and _LIKE_A_DOMAIN.search(_written_host(text)):
        linked = tdlib.parse(f"<a>{html.escape(text)}</a>")
        return [text] if linked.get("entities") else []
    return found


def _host(address: str) -> str:
    if address.lower().startswith("tg:"):
        return "t.me"
    host = _written_host(address)
    try:
        host = host.encode("idna").decode()
    except UnicodeError:
        host = host.lower()
    host = host.removeprefix("www.")
    return "t.me" if host in _TELEGRAM_HOSTS else host


def _written_host(address: str) -> str:
    try:
        return urlsplit(address if "://" in address else f"http://{address}").hostname or ""
    except ValueError:
        return ""
