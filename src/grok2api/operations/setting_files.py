"""Settings as a file: what makes this server another than a new one, and what of such a file can be taken in.

A secret is neither written nor taken: each is named, to be given by hand. Reading decides nothing: it makes a
change to be looked at. Must never put a value into an error.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

import msgspec

from grok2api.config.fields import SettingField, setting_fields, value_at
from grok2api.config.files import parsed
from grok2api.config.layers import flattened
from grok2api.config.settings import BOOTSTRAP_SECTIONS, Settings
from grok2api.config.toml_edit import toml_literal
from grok2api.errors import ConfigError, InvalidRequest
from grok2api.operations.configuring import SettingProblem, obstacle, unknown_setting

FileFormat = Literal["toml", "json"]


@dataclass(frozen=True, slots=True)
class Offered:
    """What a file holds.

    Attributes:
        values: What can be taken in, by dotted path; not checked yet.
        left_out: What cannot, and why.
    """

    values: Mapping[str, object] = field(repr=False)
    left_out: tuple[SettingProblem, ...]


def written(settings: Settings, file_format: FileFormat) -> str:
    """Return the settings that differ from their defaults and may be kept in the store, without secrets."""
    values, secrets = dict[str, object](), list[str]()
    for each in setting_fields():
        value = value_at(settings, each.path)
        if value == each.default or each.section in BOOTSTRAP_SECTIONS:
            continue
        if each.secret:
            secrets.append(each.path)
        else:
            values[each.path] = list(value) if isinstance(value, tuple) else value
    return _json(values) if file_format == "json" else _toml(values, secrets)


def offered(content: str, locked: Mapping[str, str]) -> Offered:
    """Read a file in either format.

    Args:
        content: Its text.
        locked: Where those settings come from that a stronger place than the store decides, by path.

    Raises:
        InvalidRequest: it is neither TOML nor JSON with tables of settings; `param` is `content`.
    """
    known = {each.path: each for each in setting_fields()}
    values, left_out = dict[str, object](), list[SettingProblem]()
    for path, value in _flat(_decoded(content)).items():
        wrong = _hindrance(path, known.get(path), locked)
        if wrong is None:
            values[path] = value
        else:
            left_out.append(wrong)
    return Offered(values, tuple(left_out))


def _hindrance(path: str, known: SettingField | None, locked: Mapping[str, str]) -> SettingProblem | None:
    if known is None:
        return unknown_setting(path)
    if known.secret:
        said = f"{path} is a secret: it is not taken from a file. Set it by hand."
        return SettingProblem(path, said, f"{path} 是机密，不从文件导入；请手工设置。")
    return obstacle(known, locked)


def _flat(tables: Mapping[str, object]) -> dict[str, object]:
    """Return values by dotted path; a name without a table stands for itself, and is no setting."""
    flat = dict[str, object]()
    for name, value in tables.items():
        if isinstance(value, dict):
            flat.update(flattened(value, name))
        else:
            flat[name] = value
    return flat


def _decoded(content: str) -> Mapping[str, object]:
    text = content.lstrip("\ufeff").strip()
    if text.startswith("{"):
        try:
            return msgspec.json.decode(text, type=dict[str, object])
        except (msgspec.DecodeError, msgspec.ValidationError) as error:
            raise InvalidRequest(f"The file is not JSON: {error}.", param="content") from None
    try:
        return parsed(text, "the file")
    except ConfigError as error:
        raise InvalidRequest(str(error), param="content") from None


def _tables(values: Mapping[str, object]) -> dict[str, dict[str, object]]:
    tables = dict[str, dict[str, object]]()
    for path, value in values.items():
        section, _, name = path.partition(".")
        tables.setdefault(section, {})[name] = value
    return tables


def _json(values: Mapping[str, object]) -> str:
    """Return JSON; it has no comments, so that secrets are named nowhere in it."""
    return msgspec.json.format(msgspec.json.encode(_tables(values)), indent=2).decode() + "\n"


def _toml(values: Mapping[str, object], secrets: list[str]) -> str:
    lines = ["# Settings of grok2api that differ from their defaults. Secrets are left out."]
    lines += [f"# Left out: {path}" for path in secrets]
    for section, rows in _tables(values).items():
        lines += ["", f"[{section}]", *(f"{name} = {toml_literal(value)}" for name, value in rows.items())]
    return "\n".join(lines) + "\n"
