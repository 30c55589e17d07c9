"""A canary is found in whatever form it was written down."""

from __future__ import annotations

import base64
import json
from urllib.parse import quote

import pytest

from support.canaries import leaks

WORD = 'pass"wörd/+ canary'


@pytest.mark.parametrize(
    "written",
    [
        WORD,
        json.dumps({"a": WORD}),
        json.dumps(json.dumps([WORD])),
        quote(f"u:{WORD}", safe=""),
        base64.b64encode(f"u:{WORD}!".encode()).decode(),
        base64.urlsafe_b64encode(f"us:{WORD}".encode()).decode(),
        base64.b64encode(f"usr{WORD}".encode()).decode(),
        WORD.encode().hex(),
        repr({"a": WORD}),
    ],
)
def test_every_form_is_found(written: str) -> None:
    assert leaks([WORD], {"here": written.encode()}) == [(WORD, "here")]
    assert leaks([WORD], {"here": written.replace("canary", "").encode()[:8]}) == []
