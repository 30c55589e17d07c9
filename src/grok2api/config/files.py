"""Settings out of TOML files: `config.defaults.toml` of the product and the operator's `config.toml`.

It must never fail on a name it does not know: an old or newer file still starts, with warnings.
"""

from __future__ import annotations

import re
import tomllib
from functools import cache
from pathlib import Path

from grok2api.config import deprecations
from grok2api.config.layers import Layer, closest, flattened, from_flat, known_sections
from grok2api.config.loaded import Source
from grok2api.errors import ConfigError

DEFAULTS_NAME = "config.defaults.toml"
CONFIG_NAME = "config.toml"

_POSITION = re.compile(r"\s*\(at (?:line (?P<line>\d+), column (?P<column>\d+)|end of document)\)$")


def defaults_path() -> Path | None:
    """Find the defaults: packaged beside this module, or at the root of a checkout."""
    here = Path(__file__).resolve()
    for candidate in (here.with_name(DEFAULTS_NAME), here.parents[3] / DEFAULTS_NAME):
        if candidate.is_file():
            return candidate
    return None


@cache
def defaults_layer() -> Layer:
    """Read the defaults, once; without the file the declarations' own defaults stand.

    The file belongs to the program, and reading it was most of what a change of settings cost.
    """
    path = defaults_path()
    return _layer(path, Source("default", str(path))) if path else Layer()


def config_layer(directory: Path, config_file: Path | None) -> Layer:
    """Read the operator's file: the named one, which must exist, or `config.toml` if there is one.

    Raises:
        ConfigError: The file is missing although named, cannot be read, or is not TOML.
    """
    path = directory / (config_file or CONFIG_NAME)
    if config_file is None and not path.exists():
        return Layer()
    name = str(config_file) if config_file else CONFIG_NAME
    return _layer(path, Source("file", name))


def _layer(path: Path, source: Source) -> Layer:
    layer_values: dict[str, object] = {}
    warnings: list[str] = []
    for section, content in _read(path, source.name).items():
        if isinstance(content, dict) and (section in known_sections() or _was_section(section)):
            layer_values.update(flattened(content, section))
        elif section in known_sections():
            raise ConfigError(
                f"{section} (from {source.name}): must be a section, not a single value. "
                f"Fix: write [{section}] on a line of its own and its settings below it."
            )
        else:
            warnings.append(_unknown(section, content, source.name))
    layer = from_flat(layer_values, dict.fromkeys(layer_values, source), source.name)
    layer.warnings.extend(warnings)
    return layer


def _was_section(name: str) -> bool:
    return name in deprecations.RETIRED_SECTIONS


def _unknown(name: str, content: object, place: str) -> str:
    if not isinstance(content, dict):
        return f"{place}: {name} stands outside of any section and was ignored; put it under its [section]."
    meant = closest(name, known_sections())
    hint = f"; did you mean [{meant}]?" if meant else "."
    return f"{place}: section [{name}] is not known and was ignored{hint}"


def _read(path: Path, name: str) -> dict[str, object]:
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        raise ConfigError(f"{name}: there is no such file. Fix: check the path given to --config.") from None
    except OSError as error:
        raise ConfigError(
            f"{name}: cannot be read ({error.strerror}). Fix: check the file's rights."
        ) from None
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise ConfigError(f"{name}, line {line}: is not UTF-8 text. Fix: save the file as UTF-8.") from None
    return parsed(text, name)


def parsed(text: str, name: str) -> dict[str, object]:
    """Return what a TOML text holds; `name` is what an error calls it.

    Raises:
        ConfigError: It is not TOML; the line and column are told.
    """
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(_syntax_error(name, text, str(error))) from None


def _syntax_error(name: str, text: str, message: str) -> str:
    found = _POSITION.search(message)
    lines = text.splitlines() or [""]
    line, column = str(len(lines)), str(len(lines[-1]) + 1)
    if found and found["line"]:
        line, column = found["line"], found["column"]
    reason = _POSITION.sub("", message)
    return f"{name}, line {line}, column {column}: {reason}. Fix: texts need quotes, lists need brackets."
