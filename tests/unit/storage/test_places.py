"""What is said of a server that cannot be used, and which of its errors pass by themselves."""

from __future__ import annotations

import sys
from typing import Any

import pytest
from sqlalchemy import Connection

from grok2api.errors import ConfigError
from grok2api.storage.sql import mysql, postgresql
from grok2api.storage.sql.address import read_address
from grok2api.storage.sql.engine import Fault

POSTGRESQL = postgresql.PostgresqlPlace(read_address("pgsql", "postgresql://me:hunter2@[::1]:5433/mine"))
MYSQL = mysql.MysqlPlace(read_address("mysql", "mariadb://me:hunter2@db.example.com/mine"))


class Answering(Connection):
    """A connection to a server that says these facts of itself."""

    def __init__(self, *facts: object) -> None:
        self._facts = facts

    def execute(self, *_: Any, **__: Any) -> Any:  # type: ignore[explicit-override]
        return self

    def one(self) -> tuple[object, ...]:
        return self._facts


class ServerError(Exception):
    """An error as a driver raises it."""

    def __init__(self, code: int = 0, sqlstate: str = "") -> None:
        super().__init__(code, "words of the server, with a row's values")
        self.sqlstate = sqlstate


def test_an_address_is_told_without_its_password() -> None:
    assert str(POSTGRESQL) == "PostgreSQL database 'mine' on [::1]:5433"
    assert str(MYSQL) == "MySQL database 'mine' on db.example.com"
    assert "hunter2" not in f"{POSTGRESQL!r}{MYSQL!r}"


@pytest.mark.parametrize(
    ("facts", "says"),
    [
        ((129999, "UTF8", False, "public"), "is version 12; 13 or newer is needed"),
        (
            (150004, "SQL_ASCII", False, "public"),
            "keeps text as SQL_ASCII; make one in UTF8: CREATE",
        ),
        ((150004, "UTF8", True, "public"), "can only be read"),
        ((150004, "UTF8", False, None), "has no schema"),
    ],
)
def test_a_postgresql_that_is_not_fit_is_refused(facts: tuple[object, ...], says: str) -> None:
    with pytest.raises(ConfigError) as caught:
        POSTGRESQL.check(Answering(*facts))
    assert says in str(caught.value)


@pytest.mark.parametrize(
    ("facts", "says"),
    [
        (("5.7.44-log", 0, "utf8mb4"), "is MySQL 5.7.44-log; MySQL 8.0 or newer is needed"),
        (("10.5.23-MariaDB", 0, "utf8mb4"), "is MariaDB 10.5.23-MariaDB; MariaDB 10.6 or newer is needed"),
        (("8.0.36", 0, "latin1"), "keeps text as latin1; change it: ALTER DATABASE `mine`"),
        (("11.8.2-MariaDB-ubu2404", 1, "utf8mb4"), "can only be read"),
    ],
)
def test_a_mysql_that_is_not_fit_is_refused(facts: tuple[object, ...], says: str) -> None:
    with pytest.raises(ConfigError) as caught:
        MYSQL.check(Answering(*facts))
    assert says in str(caught.value)


@pytest.mark.parametrize("version", ["8.0.36", "8.4.3", "9.1.0", "10.6.1-MariaDB", "11.8.2-MariaDB-ubu2404"])
def test_a_mysql_of_today_is_fit(version: str) -> None:
    MYSQL.check(Answering(version, 0, "utf8mb4"))


@pytest.mark.parametrize("version", [130000, 150020, 180001])
def test_a_postgresql_of_today_is_fit(version: int) -> None:
    POSTGRESQL.check(Answering(version, "UTF8", False, "public"))


@pytest.mark.parametrize(
    ("error", "fault"),
    [
        (ServerError(sqlstate="40P01"), Fault.ROLLED_BACK),
        (ServerError(sqlstate="40001"), Fault.ROLLED_BACK),
        (ServerError(sqlstate="57P01"), Fault.CUT_OFF),
        (ServerError(sqlstate="25006"), Fault.CUT_OFF),
        (ConnectionResetError(), Fault.CUT_OFF),
        (ConnectionRefusedError(), Fault.LASTING),
        (TimeoutError(), Fault.LASTING),
        (ServerError(sqlstate="42P01"), Fault.LASTING),
    ],
)
def test_what_passes_by_itself_on_postgresql(error: Exception, fault: Fault) -> None:
    assert postgresql.judge(error) is fault


@pytest.mark.parametrize(
    ("error", "fault"),
    [
        (ServerError(1213), Fault.ROLLED_BACK),
        (ServerError(1020), Fault.ROLLED_BACK),
        (ServerError(1927), Fault.CUT_OFF),
        (ServerError(2013), Fault.CUT_OFF),
        (ServerError(1290), Fault.CUT_OFF),
        (BrokenPipeError(), Fault.CUT_OFF),
        (ServerError(2003), Fault.LASTING),
        (ServerError(1205), Fault.LASTING),
        (ServerError(1146), Fault.LASTING),
    ],
)
def test_what_passes_by_itself_on_mysql(error: Exception, fault: Fault) -> None:
    assert mysql.judge(error) is fault


@pytest.mark.parametrize(
    ("place", "error", "says"),
    [
        (POSTGRESQL, ServerError(sqlstate="28P01"), "refuses the user 'me'"),
        (POSTGRESQL, ServerError(sqlstate="3D000"), 'CREATE DATABASE "mine" OWNER "me"'),
        (POSTGRESQL, ServerError(sqlstate="42501"), 'ALTER DATABASE "mine" OWNER TO "me"'),
        (POSTGRESQL, ServerError(sqlstate="53300"), "no connection left"),
        (POSTGRESQL, ServerError(sqlstate="42P07"), "not this program's"),
        (POSTGRESQL, ConnectionRefusedError(), "cannot be reached"),
        (MYSQL, ServerError(1045), "refuses the user 'me'"),
        (MYSQL, ServerError(1049), "CREATE DATABASE `mine`"),
        (MYSQL, ServerError(1142), "GRANT ALL ON `mine`.* TO 'me'@'%'"),
        (MYSQL, ServerError(1040), "no connection left"),
        (MYSQL, ServerError(1050), "not this program's"),
        (MYSQL, ServerError(2003), "cannot be reached"),
    ],
)
def test_each_trouble_has_its_remedy(
    place: postgresql.PostgresqlPlace | mysql.MysqlPlace, error: Exception, says: str
) -> None:
    explained = place.explained(error)
    assert says in str(explained)
    assert "words of the server" not in str(explained)
    assert "hunter2" not in str(explained)


@pytest.mark.parametrize("place", [POSTGRESQL, MYSQL])
def test_a_trouble_that_passes_has_none(place: postgresql.PostgresqlPlace | mysql.MysqlPlace) -> None:
    assert place.explained(ServerError(1213, "40P01")) is None


@pytest.mark.parametrize(
    ("place", "driver", "extra"), [(POSTGRESQL, "asyncpg", "postgres"), (MYSQL, "asyncmy", "mysql")]
)
def test_a_missing_driver_is_named_by_what_installs_it(
    monkeypatch: pytest.MonkeyPatch,
    place: postgresql.PostgresqlPlace | mysql.MysqlPlace,
    driver: str,
    extra: str,
) -> None:
    monkeypatch.setitem(sys.modules, driver, None)
    with pytest.raises(ConfigError, match=rf"pip install '\.\[{extra}\]'"):
        place.open()
