"""config.toml: what is read, what is refused, and what happens to names from other releases."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from grok2api.config.settings import Settings
from grok2api.errors import ConfigError

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("toml", "api_key"),
    [
        ('api_key = ""', ()),
        ('api_key = "sk-a"', ("sk-a",)),
        ('api_key = "sk-a,b"', ("sk-a,b",)),
        ('api_key = ["sk-a", "", "sk-b"]', ("sk-a", "sk-b")),
        ("api_key = []", ()),
    ],
)
def test_client_keys_may_be_one_text_or_a_list(load_in: Any, toml: str, api_key: tuple[str, ...]) -> None:
    assert load_in(toml=f"[app]\n{toml}\n").settings.app.api_key == api_key


@pytest.mark.parametrize(("value", "thinking"), [("true", "reasoning_content"), ("false", "off")])
def test_thinking_may_be_a_boolean(load_in: Any, value: str, thinking: str) -> None:
    assert load_in(toml=f"[grok]\nthinking = {value}\n").settings.grok.thinking == thinking


@pytest.mark.parametrize(
    ("toml", "said"),
    [
        ("[server]\nprot = 1\n", "server.prot is not a setting and was ignored; did you mean server.port?"),
        ("[server]\nstrategy = 1\n", "did you mean pool.strategy?"),
        ("[sever]\nport = 1\n", "section [sever] is not known and was ignored; did you mean [server]?"),
        ("port = 1\n", "port stands outside of any section"),
        ("[grok]\nstream = true\n", "grok.stream is deprecated and has no effect"),
        ("[voice]\ntimeout = 1\n", "voice.timeout has no effect"),
        ("[cache.local]\nimage_max_mb = 5\n", "cache.limit_mb"),
        ("[grok]\nretry_budget = 90\n", "counted seconds in older releases"),
        ('[app]\napp_key = "grok2api"\n', "choose another"),
        ('[grok]\nbase_url = "https://api.x.ai"\n', "https://api.x.ai/v1 is probably meant"),
    ],
)
def test_what_means_nothing_here_is_reported_and_the_start_goes_on(
    load_in: Any, toml: str, said: str
) -> None:
    (warning,) = load_in(toml=toml).warnings
    assert warning.startswith(("config.toml: ", "app.app_key (from config.toml)", "grok.base_url"))
    assert said in warning


def test_a_file_of_the_python_era_starts_and_keeps_what_it_can(load_in: Any) -> None:
    loaded = load_in(
        toml="""
[app]
app_url = "http://127.0.0.1:8000"
app_key = "my console password"
api_key = ""
image_format = "url"
video_format = "html"
[grok]
temporary = true
stream = true
thinking = true
dynamic_statsig = true
filter_tags = ["xaiartifact"]
timeout = 120
base_proxy_url = "http://user:canary@proxy:8080"
asset_proxy_url = ""
cf_clearance = ""
max_retry = 3
retry_status_codes = [401, 429, 403]
retry_backoff_base = 0.5
retry_budget = 90.0
[token]
auto_refresh = true
refresh_interval_hours = 8
fail_threshold = 5
[cache]
enable_auto_clean = true
limit_mb = 1024
[performance]
assets_max_concurrent = 25
nsfw_max_concurrent = 10
[nsfw]
concurrent = 1
"""
    )
    settings = loaded.settings
    assert settings.grok.proxy_url == "http://user:canary@proxy:8080"
    assert settings.grok.timeout == 120
    assert settings.grok.retry_status_codes == (401, 429, 403)
    assert settings.grok.retry_budget == Settings().grok.retry_budget
    text = "\n".join(loaded.warnings)
    for name in (
        "grok.stream",
        "grok.temporary",
        "grok.base_proxy_url",
        "grok.retry_budget",
        "nsfw.concurrent",
    ):
        assert name in text
    assert "grok.temporary, grok.dynamic_statsig, grok.cf_clearance, nsfw.concurrent have no effect" in text
    assert "canary" not in text


def test_a_moved_setting_does_not_overrule_its_new_name(load_in: Any) -> None:
    toml = '[grok]\nbase_proxy_url = "http://old:1"\nproxy_url = "http://new:1"\n'
    assert load_in(toml=toml).settings.grok.proxy_url == "http://new:1"


@pytest.mark.parametrize(
    ("toml", "where"),
    [
        ("[server]\nport = \n", "config.toml, line 2, column 8: "),
        ('[server]\nhost = "abc\n', "config.toml, line 2, column 12: "),
        ("[app]\napi_key = [", "config.toml, line 2, column 12: "),
    ],
)
def test_a_syntax_error_names_file_line_and_column(load_in: Any, toml: str, where: str) -> None:
    with pytest.raises(ConfigError) as caught:
        load_in(toml=toml)
    assert str(caught.value).startswith(where)
    assert "\n" not in str(caught.value)


def test_a_section_that_is_a_value_is_refused(load_in: Any) -> None:
    with pytest.raises(ConfigError, match=r"write \[server\] on a line of its own"):
        load_in(toml="server = 3\n")


def test_a_byte_order_mark_is_harmless_and_other_encodings_are_named(load_in: Any, tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.write_bytes("\ufeff[server]\nport = 1\n".encode())
    assert load_in().settings.server.port == 1
    file.write_bytes(b"[server]\n# \xff\n")
    with pytest.raises(ConfigError, match="line 2: is not UTF-8"):
        load_in()


def test_an_old_setting_in_a_table_of_a_table_is_understood(load_in: Any) -> None:
    loaded = load_in(toml='[proxy.egress]\nproxy_url = "http://proxy.example:8080"\n')
    assert loaded.settings.grok.proxy_url == "http://proxy.example:8080"
    assert loaded.warnings == ("config.toml: proxy.egress.proxy_url is now grok.proxy_url.",)
