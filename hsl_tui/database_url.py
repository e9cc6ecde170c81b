"""Reading a database's address without ever showing its password."""

from __future__ import annotations

import re
from urllib.parse import parse_qsl, quote, unquote

ACCEPTED_FORMS = "sqlite:///PATH or postgresql://USER:PASSWORD@HOST/NAME"

_SCHEMES = {
    "sqlite": "sqlite",
    "postgresql": "postgresql",
    # The customary short form, and SQLAlchemy's name for the driver in use anyway.
    "postgres": "postgresql",
    "postgresql+psycopg": "postgresql",
}
_PASSWORD_KEYS = {"password", "sslpassword"}
_SHOWN_KEYS = ("host", "port", "dbname", "target_session_attrs", "sslmode")


def normalise(url: str) -> str:
    """The same address as ``sqlite:///…`` or ``postgresql://…``.

    Raises:
        ValueError: It is neither. The message shows nothing of the address but its scheme.
    """
    scheme, separator, rest = url.partition("://")
    if not separator or not re.fullmatch(r"[A-Za-z][A-Za-z0-9+.-]*", scheme):
        raise ValueError(f"it takes {ACCEPTED_FORMS}")
    known = _SCHEMES.get(scheme.lower())
    if known is None:
        raise ValueError(f"{scheme}:// is not supported; it takes {ACCEPTED_FORMS}")
    if known == "sqlite" and (not rest.startswith("/") or rest == "/"):
        raise ValueError("the path of an SQLite file comes after three slashes: sqlite:///PATH")
    return f"{known}://{rest}"


def label(url: str) -> str:
    """A normalised address as it may be shown: no password, no option that could hold one."""
    scheme, _, rest = url.partition("://")
    if scheme == "sqlite":
        return url
    if _is_ambiguous(rest):
        return f"{scheme}://…"
    userinfo, hosts, name, query = _split(rest)
    user = userinfo.partition(":")[0]
    shown = "&".join(
        f"{key}={quote(value, safe=',:/')}"
        for key, value in parse_qsl(query, keep_blank_values=True)
        if key in _SHOWN_KEYS
    )
    return f"{scheme}://{user}{'@' if user else ''}{hosts}{name}{'?' if shown else ''}{shown}"


def passwords(url: str) -> tuple[str, ...]:
    """Every password in a normalised address, as written there and decoded, without repeats."""
    scheme, _, rest = url.partition("://")
    if scheme == "sqlite":
        return ()
    userinfo, _, _, query = _split(rest)
    if _is_ambiguous(rest):
        userinfo = rest.rpartition("@")[0]
    written = userinfo.partition(":")[2]
    named = [value for key, value in parse_qsl(query) if key in _PASSWORD_KEYS]
    return tuple(dict.fromkeys(found for found in (written, unquote(written), *named) if found))


def _split(rest: str) -> tuple[str, str, str, str]:
    """User and password, hosts, name with its slash, query."""
    before_query, _, query = rest.partition("?")
    authority, slash, name = before_query.partition("/")
    userinfo, _, hosts = authority.rpartition("@")
    return userinfo, hosts, slash + name, query


def _is_ambiguous(rest: str) -> bool:
    """Whether a password was pasted in unquoted, with a ``/`` or ``?`` of its own.

    Then it is anybody's guess where it ends, and no part may be shown.
    """
    userinfo, _, name, query = _split(rest)
    return "@" in name or ("@" in query and not userinfo)
