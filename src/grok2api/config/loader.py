"""Settings from all their places; each overrules the ones before: defaults, file, store, environment, flags.

It reads only what it is handed: never the process's environment, never its working directory.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from grok2api.config import consistency
from grok2api.config.environment import dotenv_layer, environment_layer, proxy_names
from grok2api.config.fields import SettingField, section_types, setting_fields
from grok2api.config.files import config_layer, defaults_layer
from grok2api.config.layers import Entry, Layer, from_flat
from grok2api.config.loaded import Loaded, Source
from grok2api.config.schema import WrongValue
from grok2api.config.settings import Settings
from grok2api.config.values import Problem, read_value, refuse

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

NOTHING: Mapping[str, object] = MappingProxyType({})


def load(
    *,
    environ: Mapping[str, str],
    directory: Path,
    config_file: Path | None = None,
    overrides: Mapping[str, object] = NOTHING,
    flags: Mapping[str, object] = NOTHING,
) -> Loaded:
    """Load the settings.

    Args:
        environ: The environment; a name in it is stronger than the same name in `.env`.
        directory: The working directory: `.env`, `config.toml` and relative `*_FILE` paths are found here.
        config_file: Read instead of `config.toml`; it must exist.
        overrides: What the store holds, by dotted path.
        flags: Command-line values by dotted path; None means that the flag was not given.

    Raises:
        ConfigError: A file cannot be read or a value cannot be used; one line says which and what to do.
    """
    dotenv, dotenv_values = dotenv_layer(directory)
    layers = [
        defaults_layer(),
        config_layer(directory, config_file),
        from_flat(overrides, dict.fromkeys(overrides, Source("store")), "the settings saved in the console"),
        dotenv,
        environment_layer(environ, directory),
        _flag_layer(flags),
    ]
    entries: dict[str, Entry] = {}
    for layer in layers:
        entries.update(layer.entries)
    values, sources = _settle(entries)
    settings = _build(values)
    _refuse_contradictions(settings, values, sources)
    warnings = [warning for layer in layers for warning in layer.warnings]
    warnings.extend(consistency.hints(settings, sources))
    warnings.extend(_proxy_warning(settings, {**dotenv_values, **environ}))
    return Loaded(settings, MappingProxyType(sources), tuple(warnings))


def _flag_layer(flags: Mapping[str, object]) -> Layer:
    given = {path: value for path, value in flags.items() if value is not None}
    names = {path: Source("flag", f"--{path.rpartition('.')[2].replace('_', '-')}") for path in given}
    return from_flat(given, names, "command line")


def _settle(entries: Mapping[str, Entry]) -> tuple[dict[str, object], dict[str, Source]]:
    """Turn the strongest raw values into settled ones; complete both maps with the defaults."""
    values: dict[str, object] = {}
    sources: dict[str, Source] = {}
    problems: list[Problem] = []
    for field in setting_fields():
        entry = entries.get(field.path, Entry(field.default, consistency.DEFAULT_SOURCE))
        sources[field.path] = entry.source
        try:
            values[field.path] = read_value(field, entry.value, textual=entry.textual)
        except WrongValue as wrong:
            problems.append(Problem(field, entry.value, entry.source, wrong.must, wrong.fix))
    if problems:
        raise refuse(problems) from None
    consistency.settle_storage(values, sources)
    return values, sources


def _build(values: Mapping[str, object]) -> Settings:
    sections = {
        section: kind(**{name: values[f"{section}.{name}"] for name in kind.__struct_fields__})
        for section, kind in section_types().items()
    }
    return Settings(**sections)  # type: ignore[arg-type]  # the types were checked value by value


def _refuse_contradictions(
    settings: Settings, values: Mapping[str, object], sources: Mapping[str, Source]
) -> None:
    by_path: dict[str, SettingField] = {field.path: field for field in setting_fields()}
    problems = [
        Problem(by_path[path], values[path], sources[path], must, fix)
        for path, must, fix in consistency.findings(settings)
    ]
    if problems:
        raise refuse(problems)


def _proxy_warning(settings: Settings, environ: Mapping[str, str]) -> list[str]:
    names = proxy_names(environ)
    if not names or settings.grok.proxy_url:
        return []
    verb = "is" if len(names) == 1 else "are"
    return [
        f"{', '.join(names)} {verb} set and not followed; grok.proxy_url is the setting for a proxy to xAI."
    ]
