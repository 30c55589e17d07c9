"""The settings in force. A request reads `current` once and keeps that snapshot to its end.

It must never change a snapshot: `replace` puts a whole new one in its place.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from grok2api.config.fields import setting_fields, value_at

if TYPE_CHECKING:
    from grok2api.config.loaded import Loaded
    from grok2api.config.settings import Settings


class Live:
    """Hold the snapshot of the settings that new requests use."""

    __slots__ = ("_loaded", "_started")

    def __init__(self, loaded: Loaded) -> None:
        self._loaded = loaded
        self._started = loaded.settings

    @property
    def current(self) -> Settings:
        """Return the settings in force."""
        return self._loaded.settings

    @property
    def started(self) -> Settings:
        """Return the settings that this process started with: those that need a restart stay so."""
        return self._started

    @property
    def loaded(self) -> Loaded:
        """Return the settings in force with their sources and warnings."""
        return self._loaded

    def replace(self, loaded: Loaded) -> tuple[str, ...]:
        """Put new settings in force; return the changed ones that need a restart to take effect."""
        before, self._loaded = self._loaded.settings, loaded
        return tuple(
            field.path
            for field in setting_fields()
            if field.reload == "restart"
            and value_at(before, field.path) != value_at(loaded.settings, field.path)
        )
