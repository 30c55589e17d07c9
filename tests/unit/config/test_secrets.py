"""Secrets are never printed: not by repr, str, rich, error lines, sources, warnings or explain."""

from __future__ import annotations

import io
import traceback
from typing import Any

import pytest
from rich.console import Console

from grok2api.config.fields import explain, setting_fields
from grok2api.config.schema import MASK
from grok2api.errors import ConfigError
from grok2api.observability.logging import get_logger
from support.log_lines import logging_as

CANARY = "canary-canary-canary-canary-canary"
VALUES = {
    "storage.url": f"mysql://user:{CANARY}@h/db",
    "storage.redis_url": f"redis://:{CANARY}@h/0",
    "grok.proxy_url": f"http://user:{CANARY}@h:1",
    "app.api_key": f"client-{CANARY}",
    "alerts.webhook_url": f"https://h/{CANARY}",
    "telemetry.otlp_headers": f"x-key={CANARY}",
}
SECRETS = [field for field in setting_fields() if field.secret]


def everything(load_in: Any) -> Any:
    return load_in(environ={field.names[0]: VALUES.get(field.path, CANARY) for field in SECRETS})


def test_the_list_of_secrets_is_the_one_we_know() -> None:
    assert {field.path for field in SECRETS} == {
        "alerts.secret",
        "alerts.webhook_url",
        "oidc.client_secret",
        "app.api_key",
        "app.app_key",
        "grok.api_keys",
        "grok.proxy_url",
        "metrics.token",
        "secrets.key",
        "secrets.previous_keys",
        "storage.redis_password",
        "storage.redis_url",
        "storage.url",
        "telemetry.otlp_headers",
    }


def test_settings_print_without_secrets(load_in: Any) -> None:
    loaded = everything(load_in)
    assert CANARY in loaded.settings.secrets.key
    printed = io.StringIO()
    Console(file=printed, width=200).print(loaded.settings, loaded.settings.app, loaded)
    shown = [printed.getvalue(), f"{loaded.settings}", f"{loaded.settings.grok!r}", repr(loaded)]
    for text in shown:
        assert CANARY not in text
        assert MASK in text


@pytest.mark.parametrize("style", ["console", "json"])
def test_a_traceback_in_the_log_shows_no_secret_that_was_at_hand(
    load_in: Any, style: Any, capfd: pytest.CaptureFixture[str]
) -> None:
    """Not even in the coloured form for terminals, which could print what every variable held."""

    def falls(settings: Any, key: str) -> None:
        raise RuntimeError(f"with {settings!r}")

    with logging_as(style):
        try:
            falls(everything(load_in).settings, CANARY)
        except RuntimeError:
            get_logger("grok2api.tests").exception("fell")
    told = capfd.readouterr().err
    assert "in falls" in told
    assert CANARY not in told


def test_explain_shows_every_setting_and_no_secret(load_in: Any) -> None:
    rows = explain(everything(load_in))
    assert [row.path for row in rows] == [field.path for field in setting_fields()]
    assert CANARY not in repr(rows)
    by_path = {row.path: row for row in rows}
    assert by_path["secrets.key"].value == MASK
    assert by_path["app.api_key"].value == [MASK]
    assert by_path["secrets.key"].source == "environment variable GROK2API_SECRETS__KEY"
    assert by_path["server.port"].value == 8000
    assert by_path["server.port"].source.endswith("the defaults")


def test_an_unset_secret_shows_as_unset(load_in: Any) -> None:
    by_path = {row.path: row for row in explain(load_in())}
    assert (by_path["app.app_key"].value, by_path["app.api_key"].value) == ("", [])


@pytest.mark.parametrize("path", [field.path for field in SECRETS])
def test_an_error_line_shows_no_secret(load_in: Any, path: str) -> None:
    with pytest.raises(ConfigError) as caught:
        load_in(flags={path: {"wrong": CANARY}})
    assert str(caught.value).startswith(f"{path} = {MASK} (from --")
    assert CANARY not in "".join(traceback.format_exception(caught.value))


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("XAI_API_KEY", "canary canary"),
        ("GROK2API_APP__API_KEY", '["canary", '),
        ("GROK2API_SECRET_KEY", "canary"),
        ("GROK2API_SECRETS__PREVIOUS_KEYS", "canary"),
        ("DATABASE_URL", "canary://canary"),
        ("DATABASE_URL", "mysql://u:canary@[[/x"),
        ("REDIS_URL", "redis://:canary@h:port/0"),
        ("GROK2API_GROK__PROXY_URL", "canary"),
    ],
)
def test_a_malformed_secret_in_the_environment_is_not_shown(load_in: Any, name: str, text: str) -> None:
    with pytest.raises(ConfigError) as caught:
        load_in(environ={name: text})
    assert f"= {MASK} (from environment variable {name})" in str(caught.value)
    assert "canary" not in "".join(traceback.format_exception(caught.value))


def test_a_password_in_an_address_that_must_have_none_is_masked(load_in: Any) -> None:
    with pytest.raises(ConfigError) as caught:
        load_in(environ={"GROK2API_GROK__BASE_URL": "https://user:canary@api.x.ai/v1"})
    assert "canary" not in str(caught.value)
