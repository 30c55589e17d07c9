"""Wrong values: one line with field, source, value, rule and fix."""

from __future__ import annotations

from typing import Any

import pytest

from grok2api.config.fields import value_at
from grok2api.errors import ConfigError

KEY = "k" * 32


def test_the_line_says_field_value_source_rule_and_fix(load_in: Any) -> None:
    with pytest.raises(ConfigError) as caught:
        load_in(environ={"SERVER_PORT": "abc"})
    assert str(caught.value) == (
        "server.port = 'abc' (from environment variable SERVER_PORT): "
        "must be a whole number from 0 to 65535. Fix: set it to a number, e.g. 8000."
    )


def test_more_wrong_values_are_counted(load_in: Any) -> None:
    environ = {"SERVER_PORT": "abc", "LOG_LEVEL": "loud", "GROK2API_APP__AUTH": "maybe"}
    with pytest.raises(ConfigError, match=r"^server\.port .* \(2 more settings are wrong as well\.\)$"):
        load_in(environ=environ)


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        ("server.port", 70000, "must be a whole number from 0 to 65535"),
        ("server.port", True, "must be a whole number"),
        ("server.port", "8000", "must be a whole number"),
        ("server.workers", 0, "from 1 to 256"),
        ("server.host", "", "must be a host name or an IP address"),
        ("server.trusted_proxies", ["proxy"], "must be a list of IP addresses or networks"),
        ("fetch.allow_hosts", ["http://minio.lan"], "must be a list of hosts, addresses and networks"),
        ("fetch.allow_hosts", ["10.0.0.1/8"], "one entry must be a network without host bits"),
        ("fetch.ports", [0], "must be a list of whole numbers from 1 to 65535"),
        ("log.level", "loud", "must be one of debug, info, warning, error, critical"),
        ("token.auto_refresh", 1, "must be true or false"),
        ("grok.timeout", float("nan"), "must be a number from 1 to 86400"),
        ("grok.timeout", float("inf"), "must be a number from 1 to 86400"),
        ("grok.retry_status_codes", [200], "must be a list of whole numbers from 400 to 599"),
        ("grok.retry_budget", 11, "it is not a number of seconds"),
        ("grok.base_url", "http://api.x.ai/v1", "http:// is accepted on loopback hosts only"),
        ("grok.base_url", "http://localhost.example.com/v1", "http:// is accepted on loopback hosts only"),
        ("grok.base_url", "https://u:p@api.x.ai/v1", "without user name or password"),
        ("grok.base_url", "https://api.x.ai/v1?a=b", "without query or fragment"),
        ("grok.base_url", "https://api.x.ai/v1#a", "without query or fragment"),
        ("grok.base_url", "https:///v1", "names a host"),
        ("grok.base_url", "https://h:99999/v1", "valid host and port"),
        ("grok.base_url", "ftp://h/v1", "begins with https://"),
        ("oauth.issuer", "http://auth.x.ai", "http:// is accepted on loopback hosts only"),
        ("grok.proxy_url", "ftp://h:1", "begins with http://, https://"),
        ("app.app_url", "grok.example.com", "begins with https://, http://"),
        ("app.api_key", "with space", "visible ASCII characters without spaces"),
        ("cors.allow_origins", ["*", "https://a.example"], "must be * alone"),
        ("cors.allow_origins", ["https://a.example/path"], "without a path"),
        ("secrets.key", "short", "must have 32 or more characters"),
        ("secrets.previous_keys", ["short"], "must have 32 or more characters"),
        ("storage.url", "oracle://h/db", "must be a URL that begins with postgresql://"),
        ("storage.url", "mysql:///db", "names a host"),
        ("storage.url", "sqlite://x.db", "must name a file after sqlite:///"),
        ("storage.redis_url", "http://h", "redis://"),
        ("media.store_url", "ftp://bucket", "s3://, gs:// or az://"),
        ("media.store_url", "bucket", "s3://, gs:// or az://"),
        ("media.store_url", "s3://", "names a host"),
        ("media.store_url", "s3://key:secret@bucket", "without user name or password"),
        ("media.store_url", "s3://bucket?endpoint=x", "without query or fragment"),
        ("media.store_url", "file://relative", "must name a folder"),
        ("media.link_hours", 0, "from 0.01 to 8760"),
    ],
)
def test_a_wrong_value_is_refused_with_its_rule(load_in: Any, path: str, value: object, said: str) -> None:
    with pytest.raises(ConfigError) as caught:
        load_in(flags={path: value})
    line = str(caught.value)
    assert line.startswith(f"{path} = ")
    assert said in line
    assert " Fix: " in line
    assert "\n" not in line


@pytest.mark.parametrize(
    ("path", "value", "settled"),
    [
        ("grok.base_url", "https://api.x.ai/v1/", "https://api.x.ai/v1"),
        ("grok.base_url", "http://127.0.0.1:9/v1", "http://127.0.0.1:9/v1"),
        ("grok.base_url", "http://[::1]:9/v1", "http://[::1]:9/v1"),
        ("oauth.issuer", "http://localhost:9/", "http://localhost:9"),
        ("app.app_url", "http://grok.example.com/", "http://grok.example.com"),
        ("cors.allow_origins", "https://Chat.example.com/", ("https://chat.example.com",)),
        ("cors.allow_origins", ["tauri://localhost"], ("tauri://localhost",)),
        ("server.trusted_proxies", ["10.0.0.1/8", "::1"], ("10.0.0.1/8", "::1")),
        ("fetch.allow_hosts", "minio.lan:9000", ("minio.lan:9000",)),
        ("fetch.ports", [443, 8443], (443, 8443)),
        ("storage.url", "sqlite+aiosqlite:///x.db", "sqlite:///x.db"),
        ("grok.retry_budget", 0, 0.0),
    ],
)
def test_a_value_is_settled(load_in: Any, path: str, value: object, settled: object) -> None:
    assert value_at(load_in(flags={path: value}).settings, path) == settled


@pytest.mark.parametrize(
    ("environ", "said"),
    [
        ({"GROK2API_APP__AUTH": "none", "SERVER_HOST": "0.0.0.0"}, "app.auth = 'none'"),
        ({"GROK2API_APP__API_KEY": KEY, "GROK2API_APP__APP_KEY": KEY}, "must differ from every client key"),
        ({"SERVER_STORAGE_TYPE": "mysql"}, "must be set when storage.type is mysql"),
        ({"SERVER_STORAGE_TYPE": "mysql", "DATABASE_URL": "postgres://h/d"}, "storage.type = 'mysql'"),
        ({"SERVER_STORAGE_TYPE": "redis", "DATABASE_URL": "mysql://h/d"}, "storage.type = 'redis'"),
        ({"SERVER_STORAGE_TYPE": "local", "DATABASE_URL": "mysql://h/d"}, "storage.type = 'local'"),
    ],
)
def test_settings_that_contradict_each_other_are_refused(load_in: Any, environ: Any, said: str) -> None:
    with pytest.raises(ConfigError) as caught:
        load_in(environ=environ)
    assert said in str(caught.value)
    assert KEY not in str(caught.value)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "::1", "127.8.8.8"])
def test_access_without_keys_works_on_loopback(load_in: Any, host: str) -> None:
    assert load_in(environ={"GROK2API_APP__AUTH": "none", "SERVER_HOST": host}).settings.app.auth == "none"


@pytest.mark.parametrize(
    ("url", "kind"),
    [
        ("mysql://user:p@localhost/grok2api", "mysql"),
        ("mysql+aiomysql://user:p@localhost/grok2api", "mysql"),
        ("mariadb://h/d", "mysql"),
        ("postgres://h/d", "pgsql"),
        ("postgresql://h/d", "pgsql"),
        ("postgresql+asyncpg://h/d", "pgsql"),
        ("sqlite:///./data/x.db", "local"),
        ("redis://h/0", "redis"),
    ],
)
def test_the_database_address_chooses_the_store(load_in: Any, url: str, kind: str) -> None:
    loaded = load_in(toml='[storage]\ntype = "local"\n', environ={"DATABASE_URL": url})
    assert loaded.settings.storage.type == kind
    assert loaded.sources["storage.type"].name == "DATABASE_URL"


@pytest.mark.parametrize(
    ("environ", "location"),
    [
        ({}, ""),
        ({"SERVER_STORAGE_TYPE": "redis"}, "redis://localhost:6379/0"),
        ({"REDIS_HOST": "cache", "REDIS_DB": "2", "REDIS_PASSWORD": "a@b"}, "redis://:a%40b@cache:6379/2"),
        ({"REDIS_HOST": "::1"}, "redis://[::1]:6379/0"),
        ({"REDIS_URL": "redis://other:1/3", "REDIS_HOST": "cache"}, "redis://other:1/3"),
        ({"SERVER_STORAGE_URL": "redis://other:1/3"}, "redis://other:1/3"),
    ],
)
def test_redis_is_found_from_its_address_or_its_parts(load_in: Any, environ: Any, location: str) -> None:
    assert load_in(environ=environ).settings.storage.redis_location() == location


@pytest.mark.parametrize("text", ["", " ", ",", "[]", '[""]'])
def test_an_empty_list_of_keys_is_no_key_and_never_an_empty_one(load_in: Any, text: str) -> None:
    """A start without a key makes one (S4)."""
    environ = {"GROK2API_APP__API_KEY": text, "SERVER_HOST": "0.0.0.0"}
    assert load_in(environ=environ).settings.app.api_key == ()
