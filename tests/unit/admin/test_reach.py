"""A route reaches what its subject needs: only what puts the routes together is given everything."""

from __future__ import annotations

from pathlib import Path

import grok2api.admin

ADMIN = Path(grok2api.admin.__file__).parent
EVERYTHING = "AdminServices"
PUTS_TOGETHER = {"services.py", "access.py", "app.py", "entrance.py"}


def test_only_what_puts_the_routes_together_is_given_everything() -> None:
    given = {
        path.relative_to(ADMIN).as_posix()
        for path in ADMIN.rglob("*.py")
        if EVERYTHING in path.read_text(encoding="utf-8")
    }
    assert given == PUTS_TOGETHER
