"""Where a value comes from: flag > environment > .env > store > config.toml > defaults."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from grok2api.config.fields import setting_fields, value_at
from grok2api.config.loader import load
from grok2api.config.settings import Settings
from grok2api.errors import ConfigError

if TYPE_CHECKING:
    from pathlib import Path

LAYERS: list[tuple[str, dict[str, Any], float, str, str]] = [
    ("toml", {"toml": "[grok]\ntimeout = 10\n"}, 10.0, "file", "config.toml"),
    ("store", {"overrides": {"grok.timeout": 20}}, 20.0, "store", "the settings saved in the console"),
    (
        "dotenv",
        {"dotenv": "GROK2API_GROK__TIMEOUT=30\n"},
        30.0,
        "environment",
        "GROK2API_GROK__TIMEOUT in .env",
    ),
    (
        "environment",
        {"environ": {"GROK2API_GROK__TIMEOUT": "40"}},
        40.0,
        "environment",
        "environment variable GROK2API_GROK__TIMEOUT",
    ),
    ("flag", {"flags": {"grok.timeout": 50}}, 50.0, "flag", "--timeout"),
]


def test_nothing_set_gives_the_defaults_without_warnings(load_in: Any) -> None:
    loaded = load_in()
    assert loaded.settings == Settings()
    assert loaded.warnings == ()
    assert {source.kind for source in loaded.sources.values()} == {"default"}
    assert set(loaded.sources) == {field.path for field in setting_fields()}


@pytest.mark.parametrize("upto", range(1, len(LAYERS) + 1), ids=[layer[0] for layer in LAYERS])
def test_each_place_overrules_the_ones_before_it(load_in: Any, upto: int) -> None:
    places: dict[str, Any] = {}
    for _, given, *_ in LAYERS[:upto]:
        places.update(given)
    loaded = load_in(**places)
    _, _, value, kind, said = LAYERS[upto - 1]
    assert loaded.settings.grok.timeout == value
    assert (loaded.sources["grok.timeout"].kind, str(loaded.sources["grok.timeout"])) == (kind, said)


def test_a_real_variable_under_a_short_name_beats_the_long_name_in_dotenv(load_in: Any) -> None:
    loaded = load_in(dotenv="GROK2API_SERVER__PORT=1\n", environ={"SERVER_PORT": "2"})
    assert loaded.settings.server.port == 2


def test_a_wrong_value_that_is_overruled_does_not_stop_the_start(load_in: Any) -> None:
    loaded = load_in(toml='[server]\nport = "abc"\n', environ={"SERVER_PORT": "9000"})
    assert loaded.settings.server.port == 9000


def test_flags_that_were_not_given_change_nothing(load_in: Any) -> None:
    assert load_in(flags={"server.port": None}).settings.server.port == 8000


def test_the_store_cannot_set_what_is_needed_before_it_opens(load_in: Any) -> None:
    loaded = load_in(overrides={"storage.type": "redis", "server.port": 1})
    assert loaded.settings == Settings()
    assert len(loaded.warnings) == 2
    assert "set it in config.toml" in loaded.warnings[0]


def test_another_config_file_replaces_config_toml(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text("[server]\nport = 1\n")
    (tmp_path / "other.toml").write_text("[server]\nworkers = 2\n")
    loaded = load(environ={}, directory=tmp_path, config_file=tmp_path / "other.toml")
    assert (loaded.settings.server.port, loaded.settings.server.workers) == (8000, 2)
    assert loaded.sources["server.workers"].name == str(tmp_path / "other.toml")


def test_a_named_config_file_must_exist(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no such file"):
        load(environ={}, directory=tmp_path, config_file=tmp_path / "absent.toml")


@pytest.mark.parametrize("path", [field.path for field in setting_fields()])
def test_every_setting_can_be_given_in_the_environment(load_in: Any, path: str) -> None:
    field = next(field for field in setting_fields() if field.path == path)
    other = {
        "alerts.mute": "price.drift",
        "telemetry.otlp_endpoint": "http://collector:4318",
        "telemetry.otlp_headers": "x-key=abc",
        "telemetry.sample_share": "0.5",
        "alerts.webhook_url": "https://hooks.example/x",
        "releases.feed_url": "https://api.example/latest",
        "app.auth": "none",
        "app.app_url": "https://x.example",
        "cors.allow_origins": "https://a.example,https://b.example",
        "grok.proxy_url": "http://p:1",
        "grok.thinking": "off",
        "storage.redis_url": "redis://h/1",
        "storage.type": "redis",
        "storage.url": "sqlite:///x.db",
        "media.store_url": "s3://bucket/prefix",
        "server.trusted_proxies": "10.0.0.0/8",
        "ledger.prices": "grok-4.7 2 0.5 6",
        "ledger.media_prices": "sound/hour 0.2",
        "grok.retry_status_codes": "500",
        "responses.background_keep": "60",
        "grok.base_url": "https://proxy.example/v1",
        "oauth.issuer": "https://issuer.example",
        "oidc.issuer": "https://issuer.example/",
        "oidc.roles": "admins=owner",
        "oidc.email_domains": "example.com",
    }
    sign_on = {
        "oidc.enabled": "true",
        "oidc.issuer": "https://i",
        "oidc.client_id": "c",
        "oidc.roles": "a=owner",
    }
    beside = sign_on if path in {"oidc.enabled", "admin.password_login"} else {}
    text = other.get(path)
    if text is None and field.kind == "choice":
        text = next(choice for choice in field.choices if choice != field.default)
    if text is None:
        text = {"boolean": "off" if field.default is True else "on", "text": "x" * 32, "texts": "y" * 32}.get(
            field.kind
        )
    if text is None:
        assert field.high is not None
        text = str(int(field.high))
    given = {each.names[0]: beside[each.path] for each in setting_fields() if each.path in beside}
    loaded = load_in(environ={**given, field.names[0]: text})
    assert value_at(loaded.settings, path) != field.default
    assert loaded.sources[path].name == field.names[0]
