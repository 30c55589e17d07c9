"""What becomes of an earlier release's settings file: a verdict for every value, and no guess."""

from __future__ import annotations

import pytest

from grok2api.config.adoption import Verdict, judge
from support.old_settings import FEBRUARY, GENERATIONS, nested


def verdict(setting: str, value: object, **more: object) -> Verdict:
    return judge(nested({setting: value, **more}))[0]


@pytest.mark.parametrize("generation", GENERATIONS)
def test_a_file_that_nobody_changed_gives_nothing_and_every_setting_is_explained(generation: str) -> None:
    verdicts = judge(nested(GENERATIONS[generation]))
    assert {each.setting for each in verdicts} == set(GENERATIONS[generation])
    assert {each.outcome for each in verdicts} <= {"default", "dropped"}
    assert all(each.reason for each in verdicts)


@pytest.mark.parametrize(
    ("setting", "value", "path", "taken"),
    [
        ("app.app_url", "https://grok.example.com/", "app.app_url", "https://grok.example.com"),
        ("global.base_url", "https://grok.example.com", "app.app_url", "https://grok.example.com"),
        ("app.app_key", "correct horse", "app.app_key", "correct horse"),
        ("global.admin_password", "correct horse", "app.app_key", "correct horse"),
        ("app.api_key", "sk-one", "app.api_key", ("sk-one",)),
        ("app.api_key", "sk-one, sk-two", "app.api_key", ("sk-one", "sk-two")),
        ("app.api_key", ["sk-one", "sk-two"], "app.api_key", ("sk-one", "sk-two")),
        ("grok.api_key", "sk-one", "app.api_key", ("sk-one",)),
        ("app.image_format", "base64", "app.image_format", "base64"),
        ("features.image_format", "local_url", "app.image_format", "link"),
        ("global.image_mode", "b64_json", "app.image_format", "base64"),
        ("app.video_format", "url", "app.video_format", "url"),
        ("features.video_format", "local_url", "app.video_format", "url"),
        ("grok.thinking", False, "grok.thinking", "off"),
        ("features.thinking", False, "grok.thinking", "off"),
        ("app.thinking", False, "grok.thinking", "off"),
        ("grok.show_thinking", False, "grok.thinking", "off"),
        ("grok.timeout", 300, "grok.timeout", 300.0),
        ("network.timeout", "300", "grok.timeout", 300.0),
        ("grok.base_proxy_url", "socks5h://proxy:1080", "grok.proxy_url", "socks5h://proxy:1080"),
        ("proxy.base_proxy_url", "http://proxy:8080", "grok.proxy_url", "http://proxy:8080"),
        ("proxy.egress.proxy_url", "http://proxy:8080", "grok.proxy_url", "http://proxy:8080"),
        ("grok.max_retry", 5, "grok.max_retry", 5),
        ("retry.max_retries", 4, "grok.max_retry", 4),
        ("retry.on_codes", "429,503", "grok.retry_status_codes", (429, 503)),
        ("retry.retry_backoff_max", 45.0, "grok.retry_backoff_max", 45.0),
        ("token.fail_threshold", 9, "token.fail_threshold", 9),
        ("token.auto_refresh", False, "token.auto_refresh", False),
        ("cache.limit_mb", 4096, "cache.limit_mb", 4096),
        ("cache.enable_auto_clean", False, "cache.enable_auto_clean", False),
        ("performance.media_max_concurrent", 8, "performance.media_max_concurrent", 8),
        ("logging.file_level", "DEBUG", "log.level", "debug"),
        ("global.log_level", "WARN", "log.level", "warning"),
        ("server.port", 9000, "server.port", 9000),
    ],
)  # fmt: skip
def test_what_still_means_something_is_taken(setting: str, value: object, path: str, taken: object) -> None:
    found = verdict(setting, value)
    assert (found.outcome, found.path, found.value) == ("take", path, taken)


@pytest.mark.parametrize(
    ("setting", "value", "reason"),
    [
        ("app.api_key", "", "left the API open"),
        ("app.api_key", [], "left the API open"),
        ("app.app_key", "grok2api", "published"),
        ("global.admin_password", "admin", "published"),
        ("app.public_key", "secret", "app.auth"),
        ("app.webui_key", "secret", "keys create"),
        ("grok.cf_clearance", "secret", "official API"),
        ("proxy.clearance.cf_cookies", "secret", "official API"),
        ("grok.retry_budget", 5, "counted seconds"),
        ("retry.retry_budget", 60, "counted seconds"),
        ("proxy.egress.proxy_pool", ["http://a:1"], "credentials edit --proxy"),
        ("account.selection.max_inflight", 4, "--max-concurrency"),
        ("features.custom_instruction", "be kind", "system message"),
        ("token.refresh_interval_hours", 1, "token.auto_refresh"),
    ],
)
def test_what_means_nothing_here_is_told_with_what_to_do_instead(
    setting: str, value: object, reason: str
) -> None:
    found = verdict(setting, value)
    assert (found.outcome, found.value) == ("dropped", None)
    assert reason in found.reason


@pytest.mark.parametrize(
    ("setting", "value", "reason"),
    [
        ("grok.base_proxy_url", "socks4://canary:1", "socks5h://"),
        ("grok.max_retry", 99, "from 0 to 20"),
        ("grok.timeout", "soon", "a number"),
        ("grok.max_retry", True, "whole number"),
        ("app.api_key", ["two canaries"], "without spaces"),
        ("app.image_format", "canary", "one of url, link, base64"),
        ("retry.on_codes", "429,canary", "list of whole numbers"),
        ("token.fail_threshold", {"canary": 1}, "whole number"),
    ],
)
def test_a_value_that_cannot_be_used_is_told_without_being_repeated(
    setting: str, value: object, reason: str
) -> None:
    found = verdict(setting, value)
    assert (found.outcome, found.value) == ("wrong", None)
    assert reason in found.reason
    assert "canar" not in f"{found.reason}{found!r}"


@pytest.mark.parametrize(
    ("setting", "reason"),
    [
        ("server.prot", "did you mean server.port?"),
        ("perfromance.max", "did you mean [performance]?"),
        ("billing.currency", "section [billing] is not known"),
        ("stray", "outside of any section"),
    ],
)
def test_what_nobody_knows_is_listed(setting: str, reason: str) -> None:
    found = verdict(setting, 1)
    assert found.outcome == "unknown"
    assert reason in found.reason


def test_a_proxy_that_was_not_in_use_is_not_put_into_use() -> None:
    (mode, proxy) = judge({"proxy": {"egress": {"mode": "direct", "proxy_url": "http://proxy:1"}}})
    assert mode.outcome == "dropped"
    assert (proxy.outcome, proxy.path) == ("dropped", "grok.proxy_url")


def test_a_password_that_clients_know_is_not_taken() -> None:
    key, password = judge(nested({"app.api_key": "same", "app.app_key": "same"}))
    assert key.outcome == "take"
    assert (password.outcome, password.path) == ("wrong", "app.app_key")


def test_of_several_old_settings_for_one_the_first_counts_and_the_others_are_told() -> None:
    old = {"app.thinking": False, "grok.thinking": False, "features.thinking": "think_tags"}
    first, same, other = judge(nested(old))
    assert first.outcome == "take"
    assert (same.outcome, same.reason) == ("dropped", "app.thinking says the same")
    assert (other.outcome, other.reason) == ("wrong", "app.thinking says otherwise and is taken")


def test_old_defaults_are_taken_if_they_are_wanted() -> None:
    taken = {each.path for each in judge(nested(FEBRUARY), with_defaults=True) if each.outcome == "take"}
    assert taken == {"app.app_url", "grok.timeout", "grok.retry_status_codes"}


def test_of_a_file_in_doubtful_letters_only_plain_values_are_taken() -> None:
    old = nested({"app.app_key": "密码", "app.api_key": "sk-plain"})
    password, key = judge(old, certain=False)
    assert (password.outcome, key.outcome) == ("wrong", "take")
    assert [each.outcome for each in judge(old)] == ["take", "take"]
