"""What a page of an allowed origin may read of an answer."""

from __future__ import annotations

import re
from pathlib import Path
from unittest.mock import Mock

from grok2api.api.context import make_context
from grok2api.server.cors import CorsPolicy

SOURCE = Path(__file__).resolve().parents[3] / "src" / "grok2api"
ORIGIN = "https://chat.example.com"


def test_a_page_may_read_each_header_of_ours() -> None:
    """A header that is not named is invisible to scripts: what was dropped would be lost in silence."""
    live = Mock()
    live.current.cors.allow_origins = (ORIGIN,)
    context = make_context({"type": "http", "headers": [(b"origin", ORIGIN.encode())]})
    readable = dict(CorsPolicy(live)(context))[b"access-control-expose-headers"].decode().split(", ")
    told = {
        name
        for path in SOURCE.rglob("*.py")
        if path.relative_to(SOURCE).parts[0] not in {"admin", "sandbox", "alerts"}
        for name in re.findall(r"b\"(x-(?:grok2api|should)-[a-z-]+)\"", path.read_text(encoding="utf-8"))
    }
    assert "x-grok2api-dropped-params" in told
    assert told <= set(readable)
    assert len(readable) == len(set(readable))
