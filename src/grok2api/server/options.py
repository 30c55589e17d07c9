"""How this start was asked for, and how to load its settings again whenever the store says something new.

One picklable value, so that every worker loads the same settings as the process that started it.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from grok2api.config.loaded import Loaded
from grok2api.config.loader import load

_NOTHING: Mapping[str, object] = MappingProxyType({})


@dataclass(frozen=True, slots=True, kw_only=True)
class StartOptions:
    """What the command line said."""

    config_file: Path | None = None
    flags: tuple[tuple[str, object], ...] = ()
    sandbox: bool = False

    def load(self, overrides: Mapping[str, object] = _NOTHING) -> Loaded:
        """Load the settings, with what the store overrides.

        Raises:
            ConfigError: a value cannot be used.
        """
        return load(
            environ=os.environ,
            directory=Path.cwd(),
            config_file=self.config_file,
            overrides=overrides,
            flags=dict(self.flags),
        )
