"""The names that users know, the way values are written in text, and `*_FILE`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from grok2api.config.fields import setting_fields, value_at
from grok2api.errors import ConfigError

if TYPE_CHECKING:
    from pathlib import Path

KEY = "k" * 32


@pytest.mark.parametrize(
    ("name", "text", "path", "value"),
    [
        ("SERVER_HOST", "0.0.0.0", "server.host", "0.0.0.0"),
        ("SERVER_PORT", "9000", "server.port", 9000),
        ("SERVER_WORKERS", "4", "server.workers", 4),
        ("LOG_LEVEL", "INFO", "log.level", "info"),
        ("LOG_LEVEL", "Debug", "log.level", "debug"),
        ("SERVER_STORAGE_TYPE", "redis", "storage.type", "redis"),
        ("SERVER_STORAGE_URL", "mysql://h/db", "storage.url", "mysql://h/db"),
        ("DATABASE_URL", "sqlite:///x.db", "storage.url", "sqlite:///x.db"),
        ("REDIS_HOST", "cache", "storage.redis_host", "cache"),
        ("REDIS_PORT", "6380", "storage.redis_port", 6380),
        ("REDIS_DB", "3", "storage.redis_db", 3),
        ("REDIS_PASSWORD", "pa$s,word", "storage.redis_password", "pa$s,word"),
        ("REDIS_URL", "rediss://h:1/0", "storage.redis_url", "rediss://h:1/0"),
        ("DATA_DIR", "/srv/data", "storage.data_dir", "/srv/data"),
        ("XAI_API_KEY", "xai-a, xai-b,", "grok.api_keys", ("xai-a", "xai-b")),
        ("GROK2API_SECRET_KEY", KEY, "secrets.key", KEY),
        ("GROK2API_APP__API_KEY", "sk-one", "app.api_key", ("sk-one",)),
        ("GROK2API_APP__API_KEY", '["sk-one", "sk-two"]', "app.api_key", ("sk-one", "sk-two")),
        ("GROK2API_APP__APP_KEY", "a, b", "app.app_key", "a, b"),
        ("GROK2API_CORS__ALLOW_ORIGINS", "*", "cors.allow_origins", ("*",)),
        ("GROK2API_OAUTH__SCOPES", "[]", "oauth.scopes", ()),
        ("GROK2API_GROK__RETRY_STATUS_CODES", "429, 503", "grok.retry_status_codes", (429, 503)),
        ("GROK2API_GROK__RETRY_STATUS_CODES", "[500]", "grok.retry_status_codes", (500,)),
        ("GROK2API_GROK__TIMEOUT", "90", "grok.timeout", 90.0),
        ("GROK2API_GROK__TIMEOUT", "1.5", "grok.timeout", 1.5),
        ("GROK2API_GROK__THINKING", "true", "grok.thinking", "reasoning_content"),
        ("GROK2API_GROK__THINKING", "0", "grok.thinking", "off"),
        ("GROK2API_GROK__THINKING", "off", "grok.thinking", "off"),
        ("GROK2API_GROK__THINKING", "think_tags", "grok.thinking", "think_tags"),
    ],
)
def test_a_variable_sets_its_setting(load_in: Any, name: str, text: str, path: str, value: object) -> None:
    assert value_at(load_in(environ={name: text}).settings, path) == value
    assert value_at(load_in(dotenv=f"{name}='{text}'\n").settings, path) == value


@pytest.mark.parametrize(
    ("text", "value"),
    [(text, True) for text in ("true", "1", "yes", "on", "TRUE")]
    + [(text, False) for text in ("false", "0", "no", "off", "Off")],
)
def test_booleans_are_read_in_all_their_spellings(load_in: Any, text: str, value: bool) -> None:
    assert load_in(environ={"GROK2API_TOKEN__AUTO_REFRESH": text}).settings.token.auto_refresh is value


def test_an_empty_variable_counts_as_not_set(load_in: Any) -> None:
    loaded = load_in(dotenv="XAI_API_KEY=xai-a\nSERVER_PORT=\n", environ={"XAI_API_KEY": " "})
    assert loaded.settings.grok.api_keys == ("xai-a",)
    assert loaded.settings.server.port == 8000


def test_dotenv_is_read_literally_with_quotes_comments_and_export(load_in: Any) -> None:
    dotenv = "# note\nexport SERVER_PORT=9000 # why\nREDIS_PASSWORD='a${HOME}#b'\nnot a line\n"
    loaded = load_in(dotenv=dotenv)
    assert loaded.settings.server.port == 9000
    assert loaded.settings.storage.redis_password == "a${HOME}#b"
    assert loaded.warnings == (".env, line 4: cannot be read and was ignored.",)


def test_two_names_of_one_setting_that_differ_are_reported(load_in: Any) -> None:
    environ = {"DATABASE_URL": "sqlite:///a.db", "SERVER_STORAGE_URL": "sqlite:///b.db"}
    loaded = load_in(environ=environ)
    assert loaded.settings.storage.url == "sqlite:///a.db"
    assert loaded.warnings == (
        "DATABASE_URL and SERVER_STORAGE_URL are both set and differ; DATABASE_URL is used.",
    )


@pytest.mark.parametrize("path", [field.path for field in setting_fields() if field.secret])
def test_every_secret_can_come_from_a_file(load_in: Any, tmp_path: Path, path: str) -> None:
    field = next(field for field in setting_fields() if field.path == path)
    urls = {
        "storage.url": "sqlite:///x",
        "storage.redis_url": "redis://h",
        "grok.proxy_url": "http://h",
        "alerts.webhook_url": "https://h/x",
        "telemetry.otlp_headers": "x-key=abc",
    }
    text = urls.get(path, "s" * 32)
    (tmp_path / "secret").write_text(f"{text}\n")
    for name in field.names:
        loaded = load_in(environ={f"{name}_FILE": str(tmp_path / "secret")})
        assert value_at(loaded.settings, path) in (text, (text,))
        assert loaded.warnings == ()


def test_a_file_of_keys_may_hold_one_per_line(load_in: Any, tmp_path: Path) -> None:
    (tmp_path / "keys").write_text("xai-a\nxai-b\n")
    assert load_in(dotenv="XAI_API_KEY_FILE=keys\n").settings.grok.api_keys == ("xai-a", "xai-b")


def test_a_secret_file_that_cannot_be_used_stops_the_start(load_in: Any, tmp_path: Path) -> None:
    (tmp_path / "empty").write_text("\n")
    for file, reason in (("absent", "cannot be read"), ("empty", "is empty")):
        with pytest.raises(ConfigError, match=f"XAI_API_KEY_FILE.*{reason}"):
            load_in(environ={"XAI_API_KEY_FILE": file})
    with pytest.raises(ConfigError, match="must come from one"):
        load_in(environ={"XAI_API_KEY_FILE": "empty", "XAI_API_KEY": "xai-a"})


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("GROK2API_SERVER__PROT", "did you mean GROK2API_SERVER__PORT?"),
        ("GROK2API_SERVER_PORT", "did you mean GROK2API_SERVER__PORT?"),
        ("GROK2API_SERVER__PORT_FILE", "did you mean GROK2API_SERVER__PORT?"),
        ("grok2api_secret_key", "did you mean GROK2API_SECRET_KEY?"),
        ("GROK2API_GROK__STREAM", "grok.stream is deprecated and has no effect"),
        ("GROK2API_GROK__CF_CLEARANCE", "has no effect"),
    ],
)
def test_an_unknown_name_with_our_prefix_is_reported(load_in: Any, name: str, said: str) -> None:
    (warning,) = load_in(environ={name: "1"}).warnings
    assert name in warning
    assert said in warning


def test_names_of_others_are_left_alone(load_in: Any) -> None:
    environ = {
        "GROK2API_KEY": "sk",
        "GROK2API_TEST_STORE": "x",
        "PATH": "/bin",
        "REDIS_USER": "x",
        "SERVER_PROT": "1",
    }
    assert load_in(environ=environ).warnings == ()


def test_a_slip_in_our_own_dotenv_is_reported_even_without_the_prefix(load_in: Any) -> None:
    (warning,) = load_in(dotenv="SERVER_PROT=1\nTZ=UTC\nHOST_PORT=3\n").warnings
    assert warning == "SERVER_PROT in .env is not a setting and was ignored; did you mean SERVER_PORT?"


@pytest.mark.parametrize("name", ["HTTPS_PROXY", "https_proxy", "HTTP_PROXY"])
def test_a_proxy_variable_is_not_followed_and_the_start_says_so(load_in: Any, name: str) -> None:
    (warning,) = load_in(environ={name: "http://user:canary@proxy"}).warnings
    assert name in warning
    assert "grok.proxy_url" in warning
    assert "canary" not in warning
    assert load_in(environ={name: "http://p", "GROK2API_GROK__PROXY_URL": "http://p"}).warnings == ()
