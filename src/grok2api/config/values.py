"""One raw value to one settled value, or the reason why not.

Text from the environment is read as the setting's type asks; values from elsewhere keep their type.
It must never put a value into a message; who reports a problem decides what may be shown.
"""

from __future__ import annotations

import dataclasses
import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec

from grok2api.config.fields import SettingField, shown
from grok2api.config.schema import MASK, WrongValue
from grok2api.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from grok2api.config.loaded import Source

_WORDS = {
    "true": True,
    "1": True,
    "yes": True,
    "on": True,
    "false": False,
    "0": False,
    "no": False,
    "off": False,
}
_INTEGER = re.compile(r"[+-]?[0-9]{1,18}")
_NUMBER = re.compile(r"[+-]?[0-9]{1,18}(\.[0-9]{0,18})?")
_USER_PART = re.compile(r"//[^/\s]*@")
_LONGEST_SHOWN = 80


@dataclass(frozen=True, slots=True)
class Problem:
    """A value that cannot be used; `line` says so without showing a secret."""

    field: SettingField
    value: object = dataclasses.field(repr=False)
    source: Source
    must: str
    fix: str

    @property
    def line(self) -> str:
        """Tell field, value, source, rule and fix in one line."""
        return (
            f"{self.field.path} = {_visible(self.field, self.value)} (from {self.source}): {self.must}. "
            f"Fix: {self.fix or self.field.fix}"
        )


def refuse(problems: Sequence[Problem]) -> ConfigError:
    """Make the error that tells the first problem and how many more there are."""
    line = problems[0].line
    more = len(problems) - 1
    if more:
        line += f" ({more} more {'setting is' if more == 1 else 'settings are'} wrong as well.)"
    return ConfigError(line)


def read_value(field: SettingField, raw: object, *, textual: bool) -> object:
    """Return the settled value of `raw`; `textual` says that it came as text from the environment.

    Raises:
        WrongValue: `raw` is not what the setting takes.
    """
    candidate = _from_text(field, raw) if textual and isinstance(raw, str) else raw
    candidate = _respelled(field, candidate)
    try:
        value = msgspec.convert(candidate, field.annotation, strict=True)
    except msgspec.ValidationError:
        raise WrongValue(field.must) from None
    if isinstance(value, float) and not math.isfinite(value):
        raise WrongValue(field.must)
    return field.traits.check(value) if field.traits.check else value


def _from_text(field: SettingField, text: str) -> object:
    """Read text as the kind of the setting; what does not fit is returned as it is and refused later."""
    if field.kind == "boolean":
        return _WORDS.get(text.lower(), text)
    if field.kind == "integer":
        return int(text) if _INTEGER.fullmatch(text) else text
    if field.kind == "number":
        return float(text) if _NUMBER.fullmatch(text) else text
    if field.kind in ("texts", "integers"):
        return _list_from_text(field, text)
    if field.traits.switch:
        return _WORDS.get(text.lower(), text) if text.lower() not in field.choices else text
    return text


def _list_from_text(field: SettingField, text: str) -> object:
    if text.startswith("["):
        try:
            return msgspec.json.decode(text)
        except msgspec.DecodeError:
            raise WrongValue(f"{field.must}, as JSON or separated by commas") from None
    parts = [part.strip() for part in re.split(r"[,\n]", text)]
    parts = [part for part in parts if part]
    if field.kind == "integers":
        return [int(part) if _INTEGER.fullmatch(part) else part for part in parts]
    return parts


def _respelled(field: SettingField, value: object) -> object:
    """Accept the harmless variants: one text for a list, other case for a choice, true/false for a switch."""
    if field.kind == "texts":
        items = [value] if isinstance(value, str) else value
        return [item for item in items if item != ""] if isinstance(items, (list, tuple)) else items
    if isinstance(value, tuple):
        return list(value)
    if field.traits.switch and isinstance(value, bool):
        return field.traits.switch[0] if value else field.traits.switch[1]
    if field.kind == "choice" and isinstance(value, str):
        return value.strip().lower()
    return value


def _visible(field: SettingField, value: object) -> str:
    """Show a refused value; a secret one is masked whatever its type."""
    if field.secret and value != "":
        return MASK
    text = _USER_PART.sub(f"//{MASK}@", repr(shown(field, value)))
    return text if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN]}…"
