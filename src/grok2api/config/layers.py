"""One layer of settings per place they come from, and what is said about names that mean nothing here.

A layer holds raw values; it must never judge them, since a higher layer may overrule a wrong one.
"""

from __future__ import annotations

import difflib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from grok2api.config import deprecations
from grok2api.config.fields import section_types, setting_fields
from grok2api.config.settings import BOOTSTRAP_SECTIONS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from grok2api.config.loaded import Source


@dataclass(frozen=True, slots=True)
class Entry:
    """A raw value and where it stands; `textual` if it came as text from the environment."""

    value: object = field(repr=False)
    source: Source
    textual: bool = False


@dataclass(slots=True)
class Layer:
    """The raw values of one place, by dotted path."""

    entries: dict[str, Entry] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)


def flattened(content: Mapping[str, object], above: str) -> dict[str, object]:
    """Return the values of a table by dotted path; a table stands for itself where a setting should."""
    known = {setting.path for setting in setting_fields()}
    flat: dict[str, object] = {}
    for name, value in content.items():
        path = f"{above}.{name}"
        if isinstance(value, dict) and path not in known:
            flat.update(flattened(value, path))
        else:
            flat[path] = value
    return flat


def closest(name: str, known: Iterable[str], cutoff: float = 0.6) -> str:
    """Return the known name that `name` was probably meant to be, or an empty text."""
    found = difflib.get_close_matches(name, list(known), n=1, cutoff=cutoff)
    return found[0] if found else ""


def advice(path: str) -> str:
    """Return the question that ends a warning about an unknown setting."""
    paths = [known.path for known in setting_fields()]
    name = path.rpartition(".")[2]
    namesakes = [known for known in paths if known.rpartition(".")[2] == name]
    meant = namesakes[0] if len(namesakes) == 1 else closest(path, paths)
    return f"; did you mean {meant}?" if meant else ""


def from_flat(values: Mapping[str, object], source_of: Mapping[str, Source], place: str) -> Layer:
    """Sort dotted values of one place into known, retired and unknown ones.

    Args:
        values: Raw values by dotted path.
        source_of: The source of each of them.
        place: The place's name, with which a warning begins.
    """
    layer = Layer()
    known = {setting.path for setting in setting_fields()}
    old: dict[str, list[str]] = {}
    for path, value in values.items():
        if path in known:
            _take(layer, path, value, source_of[path], place)
            continue
        gone = deprecations.retired(path)
        if gone is None:
            layer.warnings.append(f"{place}: {path} is not a setting and was ignored{advice(path)}")
            continue
        old.setdefault(gone.advice, []).append(path)
        if gone.moved_to and gone.moved_to not in values and value != "":
            layer.entries[gone.moved_to] = Entry(value, source_of[path])
    layer.warnings.extend(f"{place}: {_sentence(paths, said)}." for said, paths in old.items())
    return layer


def _take(layer: Layer, path: str, value: object, source: Source, place: str) -> None:
    changed = deprecations.changed_meaning(path, value)
    if source.kind == "store" and path.partition(".")[0] in BOOTSTRAP_SECTIONS:
        layer.warnings.append(
            f"{place}: {path} is needed before the store opens; set it in config.toml instead"
        )
    elif changed and source.kind == "file":
        layer.warnings.append(f"{place}: {path} {changed}.")
    else:
        layer.entries[path] = Entry(value, source)


def _sentence(paths: list[str], said: str) -> str:
    """Join names and what is said of each; the verb follows their number."""
    if len(paths) > 1:
        said = said.replace("has no effect", "have no effect", 1)
        said = f"are {said.removeprefix('is ')}" if said.startswith("is ") else said
    return f"{', '.join(paths)} {said}"


def known_sections() -> tuple[str, ...]:
    """Return the names of all sections."""
    return tuple(section_types())
