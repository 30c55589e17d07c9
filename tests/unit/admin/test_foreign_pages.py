"""What a browser says of the page behind a request, and what that page may have it do."""

from __future__ import annotations

import pytest

from grok2api.admin.foreign_pages import may_sign_in, may_use_cookie

APP = "https://console.example"
HERE = {"host": "127.0.0.1:8000"}


@pytest.mark.parametrize(
    ("said", "reads", "changes", "signs_in"),
    [
        ({}, True, False, True),
        ({"x-requested-with": "curl"}, True, True, True),
        ({"origin": "http://127.0.0.1:8000"}, True, True, True),
        ({"origin": "https://console.example"}, True, True, True),
        ({"origin": "https://evil.example"}, False, False, False),
        ({"origin": "null"}, False, False, False),
        ({"sec-fetch-site": "same-origin"}, True, True, True),
        ({"sec-fetch-site": "none"}, True, False, False),
        ({"sec-fetch-site": "same-site"}, False, False, False),
        ({"sec-fetch-site": "cross-site", "x-requested-with": "page"}, False, False, False),
        ({"sec-fetch-site": "cross-site", "origin": "http://127.0.0.1:8000"}, False, False, False),
    ],
)
def test_what_a_page_may_do(said: dict[str, str], reads: bool, changes: bool, signs_in: bool) -> None:
    headers = HERE | said
    assert may_use_cookie("GET", headers, APP) is may_use_cookie("HEAD", headers, APP) is reads
    assert may_use_cookie("POST", headers, APP) is may_use_cookie("DELETE", headers, APP) is changes
    assert may_sign_in(headers, APP) is signs_in


def test_an_address_that_is_not_set_is_nobodys() -> None:
    assert not may_use_cookie("POST", {"origin": ""}, "")
    assert not may_sign_in({"host": "", "origin": ""}, "")
