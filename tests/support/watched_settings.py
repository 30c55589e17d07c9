"""Settings that tell who reads them: which setting, of which load, and which function of the product.

Must never change what is read: a watched section holds the very values of the plain one.
"""

from __future__ import annotations

import sys
import types
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, ClassVar

import msgspec
from typing_extensions import override

from grok2api.config.fields import section_types, setting_fields
from grok2api.config.loaded import Loaded
from grok2api.config.loader import load
from grok2api.config.settings import Settings
from grok2api.server.options import StartOptions

_PRODUCT = "grok2api."
_CONFIG = "grok2api.config"
"""What reads on behalf of others; who asked it is the reader."""


@dataclass(frozen=True, slots=True)
class Read:
    """A setting that was read."""

    number: int
    """Of the load that its value came from."""
    path: str
    reader: str
    """The function, by its module, its name and its first line."""


@dataclass
class Watch:
    """What was read of settings that are hot."""

    reads: set[Read] = field(default_factory=set)
    loads: int = 0
    _hot: frozenset[str] = field(default_factory=lambda: frozenset(hot_settings()))

    def over(self, loaded: Loaded) -> Loaded:
        """Return the same settings, watched."""
        self.loads += 1
        sections = {
            name: self._watched(name, getattr(loaded.settings, name), self.loads) for name in section_types()
        }
        return replace(loaded, settings=Settings(**sections))

    def readers(self) -> set[tuple[str, str]]:
        """Return the settings that were read, each with who read it."""
        return {(read.path, read.reader) for read in self.reads}

    def forget_all_before(self, number: int) -> int:
        """Forget what was read of earlier loads; return the number."""
        self.reads.intersection_update({read for read in self.reads if read.number >= number})
        return number

    def _watched(self, name: str, section: msgspec.Struct, number: int) -> Any:
        kind, hot, reads = type(section), self._hot, self.reads

        def read(self: object, attribute: str) -> object:
            path = f"{name}.{attribute}"
            if path in hot and (reader := _reader()):
                reads.add(Read(number, path, reader))
            return object.__getattribute__(self, attribute)

        def fill(body: dict[str, object]) -> None:
            body.update(__getattribute__=read, number=number, __annotations__={"number": ClassVar[int]})

        watched = types.new_class(kind.__name__, (kind,), {"frozen": True}, fill)
        return watched(**{each: getattr(section, each) for each in kind.__struct_fields__})


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchedOptions(StartOptions):
    """A start whose settings are watched; nothing but its file says anything."""

    watch: Watch
    directory: Path

    @override
    def load(self, overrides: Mapping[str, object] = types.MappingProxyType({})) -> Loaded:
        """Load the settings, with what the store overrides."""
        loaded = load(
            environ={}, directory=self.directory, config_file=self.config_file, overrides=overrides, flags={}
        )
        return self.watch.over(loaded)


def hot_settings() -> list[str]:
    """Return the paths of all settings that are said to take effect at once."""
    return [each.path for each in setting_fields() if each.reload == "hot"]


def number_of(settings: Settings) -> int:
    """Return the number of the load that watched settings came from."""
    found: int = type(settings.grok).number  # type: ignore[attr-defined]
    return found


def _reader() -> str:
    """Return which function of the product reads; empty where a test does."""
    frame = sys._getframe(2)  # who asks can be told by nothing else
    while frame.f_back is not None and str(frame.f_globals.get("__name__")).startswith(_CONFIG):
        frame = frame.f_back
    module, code = str(frame.f_globals.get("__name__")), frame.f_code
    known = module.startswith(_PRODUCT)
    return f"{module}:{code.co_firstlineno} {code.co_qualname}" if known else ""
