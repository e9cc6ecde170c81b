"""A database's address is shown without its password, however it was written."""

from __future__ import annotations

import pytest

from hsl_tui import database_url


@pytest.mark.parametrize(
    ("given", "taken"),
    [
        ("sqlite:////var/lib/a.sqlite3", "sqlite:////var/lib/a.sqlite3"),
        ("sqlite:///a.sqlite3", "sqlite:///a.sqlite3"),
        ("sqlite:///file:a.db?mode=ro&uri=true", "sqlite:///file:a.db?mode=ro&uri=true"),
        ("sqlite:////:memory:", "sqlite:////:memory:"),
        ("postgres://h/n", "postgresql://h/n"),
        ("postgresql+psycopg://u:p@h/n?a=b", "postgresql://u:p@h/n?a=b"),
        ("PostgreSQL://h/n", "postgresql://h/n"),
    ],
)
def test_two_forms_remain(given: str, taken: str) -> None:
    assert database_url.normalise(given) == taken


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ("mysql://u:hunter2@h/n", "mysql:// is not supported; it takes sqlite:///PATH or"),
        ("postgresql+asyncpg://u:hunter2@h/n", "postgresql.asyncpg:// is not supported"),
        ("/var/hunter2", "it takes sqlite:///PATH or postgresql://"),
        ("hunter2 ://h", "it takes sqlite"),
        ("sqlite://hunter2", "three slashes"),
        ("sqlite://", "three slashes"),
        ("sqlite:///", "three slashes"),
        ("sqlite:///?mode=ro", "three slashes"),
        ("sqlite:///a.db?mode=ro", "takes no options"),
        ("sqlite:///a.db?hunter2", "takes no options"),
        ("sqlite:///a.db?timeout=1&password=hunter2", "takes no options"),
        ("sqlite:///file:a.db?uri=true&password=hunter2", "takes no options"),
        ("sqlite:///file:a.db?uri=true&mode=ro&mode=rw", "takes no options"),
        ("sqlite:///file:a.db?uri=false&mode=ro", "takes no options"),
        ("sqlite:///a.db?uri=false", "takes no options"),
        ("sqlite:///a.db?uri=true&mode=ro", "goes with uri=true"),
        ("sqlite:///file:a.db", "goes with uri=true"),
        ("sqlite:///:memory:", "in memory is lost"),
        ("sqlite:///file::memory:?cache=shared&uri=true", "in memory is lost"),
        ("sqlite:///file:%3Amemory:?uri=true", "in memory is lost"),
        ("sqlite:///file:?uri=true", "in memory is lost"),
        ("sqlite:///file:a?mode=memory&uri=true", "in memory is lost"),
    ],
)
def test_others_are_refused_without_showing_them(given: str, sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence) as caught:
        database_url.normalise(given)
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize(
    ("url", "label", "passwords"),
    [
        ("sqlite:////srv/a@b.sqlite3", "sqlite:////srv/a@b.sqlite3", ()),
        ("postgresql://h:5432/n", "postgresql://h:5432/n", ()),
        ("postgresql://u@h/n", "postgresql://u@h/n", ()),
        ("postgresql://u:p%40ss@h/n", "postgresql://u@h/n", ("p%40ss", "p@ss")),
        ("postgresql://:pass@h/n", "postgresql://h/n", ("pass",)),
        ("postgresql://u:p@ss@h/n", "postgresql://u@h/n", ("p@ss",)),
        (
            "postgresql://u:pass@h1:1,h2:2/n?target_session_attrs=read-write&x=y",
            "postgresql://u@h1:1,h2:2/n?target_session_attrs=read-write",
            ("pass",),
        ),
        (
            "postgresql:///n?host=/run/pg&user=u&password=pass&sslpassword=word",
            "postgresql:///n?host=/run/pg",
            ("pass", "word"),
        ),
        ("postgresql://u:pa/ss@h/n", "postgresql://…", ("pa/ss",)),
        ("postgresql://u:pa?ss@h/n", "postgresql://…", ("pa?ss",)),
        ("postgresql://u:pa@q/ss@h/n", "postgresql://…", ("pa@q/ss",)),
        ("postgresql://h/n?password=p@ss", "postgresql://…", ("p@ss",)),
    ],
)
def test_no_password_is_in_the_label(url: str, label: str, passwords: tuple[str, ...]) -> None:
    assert database_url.label(url) == label
    assert database_url.passwords(url) == passwords


@pytest.mark.parametrize(
    ("libpq", "sqlalchemy"),
    [
        ("sqlite:////srv/a,b%20c", "sqlite:////srv/a,b%20c"),
        ("postgresql://u:p@h:1/n?host=k", "postgresql://u:p@h:1/n?host=k"),
        ("postgresql://h1,h2/n", "postgresql:///n?host=h1%2Ch2"),
        (
            "postgresql://u:p%40@h1:1,h2/n?target_session_attrs=read-write",
            "postgresql://u:p%40@/n?target_session_attrs=read-write&host=h1%2Ch2&port=1%2C",
        ),
        ("postgresql://[::1]:1,[::2]/n", "postgresql:///n?host=%3A%3A1%2C%3A%3A2&port=1%2C"),
        ("postgresql://%2Frun%2Fpg:5433/n", "postgresql:///n?host=%2Frun%2Fpg&port=5433"),
        ("postgresql://h1,h2:2/n?host=k1,k2", "postgresql:///n?host=k1,k2&port=%2C2"),
        # Where the password is anybody's guess, so are the hosts.
        ("postgresql://u:p,/ss@h/n", "postgresql://u:p,/ss@h/n"),
    ],
)
def test_several_hosts_are_read_as_libpq_does(libpq: str, sqlalchemy: str) -> None:
    assert database_url.with_hosts_as_options(libpq) == sqlalchemy
