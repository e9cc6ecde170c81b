"""Reading a database's address without ever showing its password."""

from __future__ import annotations

import re
from urllib.parse import parse_qsl, quote, unquote, urlencode

ACCEPTED_FORMS = "sqlite:///PATH or postgresql://USER:PASSWORD@HOST/NAME"

_SCHEMES = {
    "sqlite": "sqlite",
    "postgresql": "postgresql",
    # The customary short form, and SQLAlchemy's name for the driver in use anyway.
    "postgres": "postgresql",
    "postgresql+psycopg": "postgresql",
}
_YES = {"true", "yes", "on", "y", "t", "1"}
"""What SQLAlchemy takes for true."""

_URI_OPTIONS = {"uri", "vfs", "mode", "cache", "psow", "nolock", "immutable"}
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
    if known == "sqlite":
        _check_sqlite(rest)
    return f"{known}://{rest}"


def _check_sqlite(rest: str) -> None:
    """See that this names a file to keep, and that nothing in it would be passed over.

    With ``uri=true`` SQLite reads the path, see https://www.sqlite.org/uri.html. The driver's own
    options (a timeout, how transactions begin) are this program's business.

    Raises:
        ValueError: otherwise.
    """
    path, _, query = rest.partition("?")
    if not path.startswith("/") or path == "/":
        raise ValueError("the path of an SQLite file comes after three slashes: sqlite:///PATH")
    path = path.removeprefix("/")
    pairs = parse_qsl(query, keep_blank_values=True)
    options = dict(pairs)
    is_uri = options.get("uri", "").lower() in _YES
    if len(dict(pairs)) < len(pairs) or options.keys() - (_URI_OPTIONS if is_uri else set()):
        raise ValueError(
            "an SQLite file takes no options, or those of SQLite's URIs, each once, as in"
            " sqlite:///file:PATH?uri=true&mode=ro"
        )
    if path.startswith("file:") is not is_uri:
        raise ValueError("file: before the path of an SQLite file goes with uri=true behind it")
    name = unquote(path.removeprefix("file:").partition("#")[0]) if is_uri else path
    in_memory = options.get("mode") == "memory" or options.get("vfs") == "memdb"
    if in_memory or name in {"", "//", ":memory:"}:
        raise ValueError(
            "a database in memory is lost when a command ends; name a file: sqlite:///PATH"
        )


def with_hosts_as_options(url: str) -> str:
    """The same address as SQLAlchemy reads it: ``//u@h1:1,h2/n`` as ``//u@/n?host=h1,h2&port=1,``.

    Only where it names several hosts, or a socket's folder (``//%2Frun%2Fpostgresql/n``), which
    libpq takes before the name and SQLAlchemy does not. Any other address is given back as it is.
    """
    scheme, _, rest = url.partition("://")
    userinfo, hosts, name, query = _split(rest)
    if scheme == "sqlite" or _is_ambiguous(rest) or not ("," in hosts or "%" in hosts):
        return url
    pairs = [_host_and_port(one) for one in hosts.split(",")]
    options = [("host", ",".join(unquote(host) for host, _ in pairs))]
    if any(port for _, port in pairs):
        options.append(("port", ",".join(port for _, port in pairs)))
    # Options come last in libpq's reading too, and win over what stands before the name.
    named = {key for key, _ in parse_qsl(query)}
    added = urlencode([(key, value) for key, value in options if key not in named])
    query = "&".join(part for part in (query, added) if part)
    return f"{scheme}://{userinfo}{'@' if userinfo else ''}{name}?{query}"


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


def _host_and_port(written: str) -> tuple[str, str]:
    if written.startswith("["):  # an IPv6 address, which has colons of its own
        host, _, port = written[1:].partition("]")
        return host, port.removeprefix(":")
    host, _, port = written.partition(":")
    return host, port


def _is_ambiguous(rest: str) -> bool:
    """Whether a password was pasted in unquoted, with a ``/`` or ``?`` of its own.

    Then it is anybody's guess where it ends, and no part may be shown.
    """
    userinfo, _, name, query = _split(rest)
    return "@" in name or ("@" in query and not userinfo)
