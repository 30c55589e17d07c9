from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import pytest

from grok2api.config.loader import NOTHING, load

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from grok2api.config.loaded import Loaded


class LoadIn(Protocol):
    def __call__(
        self,
        *,
        toml: str = "",
        dotenv: str = "",
        environ: Mapping[str, str] | None = None,
        overrides: Mapping[str, object] = NOTHING,
        flags: Mapping[str, object] = NOTHING,
    ) -> Loaded: ...


@pytest.fixture
def load_in(tmp_path: Path) -> LoadIn:
    """Load settings in a fresh directory that holds the given files."""

    def run(
        *,
        toml: str = "",
        dotenv: str = "",
        environ: Mapping[str, str] | None = None,
        overrides: Mapping[str, object] = NOTHING,
        flags: Mapping[str, object] = NOTHING,
    ) -> Loaded:
        if toml:
            (tmp_path / "config.toml").write_text(toml, encoding="utf-8")
        if dotenv:
            (tmp_path / ".env").write_text(dotenv, encoding="utf-8")
        return load(environ=environ or {}, directory=tmp_path, overrides=overrides, flags=flags)

    return run
