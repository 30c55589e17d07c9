"""What becomes of each value in an earlier release's file: taken, left, or named with what to do instead.

Older releases wrote all their defaults into the file, so a value that was a default there was chosen by
nobody; it is left out, and the default here counts.
Pure: must never read a file, and must never put a value into a reason, since it may be a secret.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final, Literal

from grok2api.config import deprecations
from grok2api.config.fields import SettingField, setting_fields
from grok2api.config.layers import advice, closest, flattened, known_sections
from grok2api.config.schema import WrongValue
from grok2api.config.values import read_value

Outcome = Literal["take", "default", "dropped", "wrong", "unknown"]

PUBLISHED_PASSWORDS: Final = frozenset({deprecations.OLD_CONSOLE_PASSWORD, "admin"})
"""What older releases had as the console's password until somebody changed it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What becomes of one value.

    Attributes:
        setting: Its dotted path in the old file.
        path: The setting here that it is about; empty if there is none.
        value: What that setting gets, settled; None unless it is taken.
        reason: One sentence, without the value.
    """

    setting: str
    outcome: Outcome
    path: str = ""
    value: object = field(default=None, repr=False)
    reason: str = ""


def _keys(value: object) -> object:
    """Read one key, several in one text, or a list."""
    return [part.strip() for part in value.split(",")] if isinstance(value, str) else value


def _codes(value: object) -> object:
    """Read status codes written as one text."""
    if not isinstance(value, str):
        return value
    parts = [part.strip() for part in value.split(",") if part.strip()]
    return [int(part) if re.fullmatch(r"[0-9]{3}", part) else part for part in parts]


def _named(names: Mapping[str, str]) -> Callable[[object], object]:
    """Return a reader of words that had other names."""
    return lambda value: names.get(value.strip().lower(), value) if isinstance(value, str) else value


_PICTURES: Final = {
    "grok_md": "url",
    "local_md": "url",
    "grok_url": "link",
    "local_url": "link",
    "b64_json": "base64",
}
_CLIPS: Final = {"grok_html": "html", "local_html": "html", "grok_url": "url", "local_url": "url"}
_LEVELS: Final = {"warn": "warning", "fatal": "critical", "trace": "debug", "success": "info"}

_READERS: Final[Mapping[str, tuple[str, Callable[[object], object]]]] = MappingProxyType(
    {
        "app.api_key": ("app.api_key", _keys),
        "grok.api_key": ("app.api_key", _keys),
        "app.image_format": ("app.image_format", _named(_PICTURES)),
        "features.image_format": ("app.image_format", _named(_PICTURES)),
        "global.image_mode": ("app.image_format", _named(_PICTURES)),
        "app.video_format": ("app.video_format", _named(_CLIPS)),
        "features.video_format": ("app.video_format", _named(_CLIPS)),
        "retry.on_codes": ("grok.retry_status_codes", _codes),
        "global.log_level": ("log.level", _named(_LEVELS)),
        "logging.file_level": ("log.level", _named(_LEVELS)),
    }
)
"""Old settings whose values are written otherwise here: the setting, and how the value is read."""

_OLD_DEFAULTS: Final[Mapping[str, tuple[object, ...]]] = MappingProxyType(
    {
        "app.app_url": ("http://127.0.0.1:8000", "http://localhost:8000"),
        "features.image_format": ("grok_url",),
        "features.video_format": ("grok_url",),
        "grok.timeout": (120,),
        "network.timeout": (120,),
        "grok.retry_status_codes": ([401, 429, 403], [401, 429], [401, 429, 403, 502]),
        "retry.retry_status_codes": ([401, 429, 403], [401, 429, 403, 502]),
        "retry.on_codes": ("429,401,503", "429,401,502,503"),
        "retry.max_retries": (1,),
        "retry.retry_backoff_max": (20,),
        "global.base_url": ("http://localhost:8000", "http://127.0.0.1:8000"),
        "cache.limit_mb": (512,),
    }
)
"""What older releases wrote by themselves, where it is not the default here."""

_NOTES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "grok.timeout": "it is the longest silence of xAI now, not the length of a request (grok.deadline)",
        "token.auto_refresh": "it is about sign-ins now; API keys need no refresh",
        "cache.limit_mb": "it counts pictures, clips and sounds together",
        "app.image_format": "links are those of this server; media.links has the other choice",
        "app.video_format": "links are those of this server; media.links has the other choice",
    }
)
"""By the setting here: what someone who knew the old one should know."""

_EMPTY_KEY: Final = "it was empty, which left the API open; here the first start makes a key and prints it"
_PUBLISHED: Final = "older releases published this password; the first start makes another and prints it"
_DIRECT: Final = "it was not in use: proxy.egress.mode was direct; if it is needed, set grok.proxy_url"
_SHARED: Final = "it is a client key too, and clients must not have the console's password; set app.app_key"
_STRANGE_LETTERS: Final = (
    "the file is not UTF-8 and the value is not plain ASCII, so it may have been misread; set it yourself"
)


def judge(
    content: Mapping[str, object], *, with_defaults: bool = False, certain: bool = True
) -> list[Verdict]:
    """Return what becomes of each value, in the order of the file.

    Args:
        content: The old file, parsed.
        with_defaults: Take values that were defaults of the old release, too.
        certain: Whether the file's encoding is sure; else only ASCII values are taken.
    """
    old: dict[str, object] = {}
    for section, values in content.items():
        old.update(flattened(values, section) if isinstance(values, dict) else {section: values})
    found = [_verdict(setting, value, old, with_defaults) for setting, value in old.items()]
    if not certain:
        found = [_doubted(each) for each in found]
    return _without_rivals(_without_shared_password(found))


def _verdict(setting: str, value: object, old: Mapping[str, object], with_defaults: bool) -> Verdict:
    target = _target(setting)
    if target is None:
        return _left(setting)
    special = _special(setting, value, old, target.path)
    if special is not None:
        return special
    reader = _READERS[setting][1] if setting in _READERS else None
    raw = reader(value) if reader else value
    try:
        settled = read_value(target, raw, textual=isinstance(raw, str) and target.kind != "text")
    except WrongValue as wrong:
        reason = f"{target.path} {wrong.must}. Fix: {wrong.fix or target.fix}"
        return Verdict(setting=setting, outcome="wrong", path=target.path, reason=reason)
    if settled == target.default:
        reason = "it is the default here, too"
        return Verdict(setting=setting, outcome="default", path=target.path, reason=reason)
    if _was_default(setting, value) and not with_defaults:
        reason = "it was the default of older releases; the default here counts"
        return Verdict(setting=setting, outcome="default", path=target.path, reason=reason)
    reason = _NOTES.get(target.path, "")
    if target.path == "app.api_key" and isinstance(value, str) and isinstance(settled, tuple):
        reason = f"read as {len(settled)} keys, separated by commas" if len(settled) > 1 else ""
    return Verdict(setting=setting, outcome="take", path=target.path, value=settled, reason=reason)


def _target(setting: str) -> SettingField | None:
    """Return the setting here that an old one is about, if its value still means something."""
    gone = deprecations.RETIRED.get(setting)
    path = _READERS[setting][0] if setting in _READERS else gone.moved_to if gone else setting
    if path == "grok.retry_budget":
        return None
    return next((each for each in setting_fields() if each.path == path), None)


def _special(setting: str, value: object, old: Mapping[str, object], path: str) -> Verdict | None:
    """Return the verdict where the value itself decides."""
    reason = ""
    if path == "app.api_key" and not value:
        reason = _EMPTY_KEY
    elif path == "app.app_key" and value in PUBLISHED_PASSWORDS:
        reason = _PUBLISHED
    elif setting == "proxy.egress.proxy_url" and value and old.get("proxy.egress.mode") == "direct":
        reason = _DIRECT
    return Verdict(setting=setting, outcome="dropped", path=path, reason=reason) if reason else None


def _left(setting: str) -> Verdict:
    """Return the verdict on a setting that nothing here takes over."""
    if setting == "grok.retry_budget":
        reason = deprecations.RETIRED["retry.retry_budget"].advice
        return Verdict(setting=setting, outcome="dropped", reason=reason)
    gone = deprecations.retired(setting)
    if gone is not None:
        return Verdict(setting=setting, outcome="dropped", reason=gone.advice)
    section, inside, _ = setting.partition(".")
    if not inside:
        reason = "it stands outside of any section"
    elif section in known_sections():
        reason = f"it is not a setting{advice(setting)}"
    else:
        meant = closest(section, known_sections())
        reason = f"section [{section}] is not known{f'; did you mean [{meant}]?' if meant else ''}"
    return Verdict(setting=setting, outcome="unknown", reason=reason)


def _was_default(setting: str, value: object) -> bool:
    """Tell whether an older release wrote this value by itself."""
    return value in _OLD_DEFAULTS.get(setting, ())


def _doubted(verdict: Verdict) -> Verdict:
    """Refuse a value that may have been misread."""
    values = verdict.value if isinstance(verdict.value, tuple) else (verdict.value,)
    if all(str(value).isascii() for value in values):
        return verdict
    return Verdict(setting=verdict.setting, outcome="wrong", path=verdict.path, reason=_STRANGE_LETTERS)


def _without_shared_password(verdicts: list[Verdict]) -> list[Verdict]:
    """Refuse a console password that is a client key: older releases allowed that."""
    keys = {
        key
        for each in verdicts
        if each.outcome == "take" and each.path == "app.api_key" and isinstance(each.value, tuple)
        for key in each.value
    }
    return [
        Verdict(setting=each.setting, outcome="wrong", path=each.path, reason=_SHARED)
        if each.outcome == "take" and each.path == "app.app_key" and each.value in keys
        else each
        for each in verdicts
    ]


def _without_rivals(verdicts: list[Verdict]) -> list[Verdict]:
    """Let the first of several old settings for the same one be taken; the others are told."""
    first: dict[str, Verdict] = {}
    kept: list[Verdict] = []
    for each in verdicts:
        winner = first.setdefault(each.path, each) if each.outcome == "take" else each
        if winner is each:
            kept.append(each)
            continue
        outcome: Outcome = "dropped" if winner.value == each.value else "wrong"
        said = "says the same" if outcome == "dropped" else "says otherwise and is taken"
        kept.append(
            Verdict(setting=each.setting, outcome=outcome, path=each.path, reason=f"{winner.setting} {said}")
        )
    return kept
