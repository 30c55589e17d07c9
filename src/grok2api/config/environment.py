"""Settings out of the environment and out of a `.env` file, under the names that users know.

The caller hands the environment in; it must never read or change the process's own.
"""

from __future__ import annotations

from io import StringIO
from typing import TYPE_CHECKING

from dotenv.parser import parse_stream

from grok2api.config import deprecations
from grok2api.config.fields import PREFIX, SettingField, setting_fields
from grok2api.config.layers import Entry, Layer, closest
from grok2api.config.loaded import Source
from grok2api.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

DOTENV_NAME = ".env"
PROXY_NAMES = ("HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY")
CLIENT_KEY_NAME = "GROK2API_KEY"
"""Where our own examples tell a user to keep a client key; it is no setting."""
OTHER_NAMES = frozenset({CLIENT_KEY_NAME, "GROK2API_EXPORT_PASSPHRASE"})
"""Names of ours that are no settings."""
TEST_PREFIX = "GROK2API_TEST_"

_VERY_CLOSE = 0.9


def environment_layer(environ: Mapping[str, str], directory: Path, *, dotenv: str = "") -> Layer:
    """Read the settings in `environ`; `dotenv` names the file it was read from, if it was.

    Raises:
        ConfigError: A `*_FILE` cannot be read, or stands beside the variable that it replaces.
    """
    layer = Layer()
    present = {name: text.strip() for name, text in environ.items() if text.strip()}
    for field in setting_fields():
        found = [name for name in known_names(field) if name in present]
        if not found:
            continue
        _refuse_both(field, found)
        if len({present[name] for name in found}) > 1:
            layer.warnings.append(f"{' and '.join(found)} are both set and differ; {found[0]} is used.")
        name, source = found[0], Source("environment", found[0], dotenv)
        text = present[name] if name in field.names else _file_text(field, present[name], source, directory)
        layer.entries[field.path] = Entry(text, source, textual=True)
    layer.warnings.extend(_unknown_names(present, dotenv))
    return layer


def dotenv_layer(directory: Path) -> tuple[Layer, dict[str, str]]:
    """Read `.env` in `directory`; return its layer and its plain content. `$` stands for itself."""
    path = directory / DOTENV_NAME
    if not path.is_file():
        return Layer(), {}
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise ConfigError(f".env: cannot be read ({error.strerror}). Fix: check the file's rights.") from None
    except UnicodeDecodeError:
        raise ConfigError(".env: is not UTF-8 text. Fix: save the file as UTF-8.") from None
    values: dict[str, str] = {}
    warnings: list[str] = []
    for binding in parse_stream(StringIO(text)):
        if binding.error:
            warnings.append(f".env, line {binding.original.line}: cannot be read and was ignored.")
        elif binding.key is not None and binding.value is not None:
            values[binding.key] = binding.value
    layer = environment_layer(values, directory, dotenv=DOTENV_NAME)
    layer.warnings[:0] = warnings
    return layer, values


def known_names(field: SettingField) -> tuple[str, ...]:
    """Return every variable that sets a field, the strongest first; a secret's come as `*_FILE` too."""
    return field.names + (tuple(f"{name}_FILE" for name in field.names) if field.secret else ())


def proxy_names(environ: Mapping[str, str]) -> list[str]:
    """Return the names of proxy variables that are set and that we do not follow."""
    return [name for name in environ if name.upper() in PROXY_NAMES and environ[name].strip()]


def _refuse_both(field: SettingField, found: list[str]) -> None:
    for name in found:
        if f"{name}_FILE" in found:
            raise ConfigError(
                f"{field.path} (from environment variables {name} and {name}_FILE): must come from one. "
                f"Fix: remove {name} or {name}_FILE."
            )


def _file_text(field: SettingField, file: str, source: Source, directory: Path) -> str:
    """Return the stripped content of the file that a `*_FILE` variable names."""
    reason = "is empty"
    try:
        text = (directory / file).read_text(encoding="utf-8-sig").strip()
    except UnicodeDecodeError:
        text, reason = "", "is not UTF-8 text"
    except (OSError, ValueError) as error:
        text, reason = "", f"cannot be read ({getattr(error, 'strerror', None) or 'not a path'})"
    if not text:
        raise ConfigError(
            f"{field.path} (from {source}): the file {reason}. "
            f"Fix: let {source.name} name a readable file that holds the value and nothing else."
        )
    return text


def _unknown_names(present: Mapping[str, str], dotenv: str) -> list[str]:
    known = {name for field in setting_fields() for name in known_names(field)} | OTHER_NAMES
    return [_about(name, known, dotenv) for name in present if _is_stranger(name, known, dotenv)]


def _is_stranger(name: str, known: set[str], dotenv: str) -> bool:
    """Tell whether a name was meant for us and is not ours: our prefix, or nearly our name in our `.env`."""
    if name in known or name.startswith(TEST_PREFIX):
        return False
    return name.upper().startswith(PREFIX) or bool(dotenv and closest(name.upper(), known, _VERY_CLOSE))


def _about(name: str, known: set[str], dotenv: str) -> str:
    source = Source("environment", name, dotenv)
    path = name.upper().removeprefix(PREFIX).lower().replace("__", ".", 1)
    gone = deprecations.retired(path) if name.upper().startswith(PREFIX) else None
    if gone:
        return f"{source}: {path} {gone.advice}."
    meant = closest(name.upper(), known)
    hint = f"; did you mean {meant}?" if meant else "."
    return f"{source} is not a setting and was ignored{hint}"
