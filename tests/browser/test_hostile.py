"""S10: whatever comes from outside is text. Names, tags, errors, answers and files never become script."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Route

from support.console import PASSWORD, serve_console, window
from support.processes import Sandbox, request

pytestmark = pytest.mark.browser

CANARIES = (
    "<img src=x onerror=alert(1)>",
    "<script>alert(2)</script>",
    '"><svg onload=alert(3)>',
    "{{constructor.constructor('alert(4)')()}}",
    "javascript:alert(5)",
)
ANSWER = """
[go](javascript:alert(6)) [there](JaVaScRiPt:alert(7)) <a href='javascript:alert(8)'>x</a>

![p](javascript:alert(9)) ![p](https://elsewhere.example/pixel.png)

[d](data:text/html,<script>alert(10)</script>) <img src=x onerror=alert(11)> <script>alert(12)</script>

<iframe srcdoc='<script>alert(13)</script>'></iframe>

| <img src=x onerror=alert(14)> |
| --- |
| `<script>alert(15)</script>` |
"""


def test_what_comes_from_outside_stays_text(browser: Browser, issuing: Sandbox, tmp_path: Path) -> None:
    gateway = serve_console(tmp_path, issuing)
    base = gateway.url + "/admin/api"
    try:
        _, _, body = request("POST", base + "/session", {"password": PASSWORD})
        headers = {"Authorization": f"Bearer {json.loads(body)['token']}"}
        for number, canary in enumerate(CANARIES):
            told = {"key": f"xai-sandbox-{number}", "name": canary, "tags": [canary[:30]], "note": canary}
            status, _, body = request("POST", base + "/credentials", told, headers=headers)
            assert status == 201, body
        identifier = json.loads(body)["id"]
        with window(browser, gateway.url) as opened:
            opened.sign_in()
            for path in (
                "",
                "/credentials",
                f"/credentials?id={identifier}",
                "/jobs",
                "/reference?api=admin",
            ):
                opened.go(path)
                opened.page.wait_for_load_state("networkidle")
            opened.go("/credentials")
            for canary in CANARIES:
                assert opened.page.get_by_text(canary, exact=True).count() >= 1
            opened.go("/credentials?text=%3Cimg%20src%3Dx%20onerror%3Dalert(1)%3E&tag=%22onfocus%3Dalert(1)")
    finally:
        gateway.stop()


def test_an_answer_s_markdown_leads_nowhere_and_loads_nothing(
    browser: Browser, issuing: Sandbox, tmp_path: Path
) -> None:
    gateway = serve_console(tmp_path, issuing, keys=("xai-sandbox-alice",))
    chunk = {"choices": [{"index": 0, "delta": {"content": ANSWER, "reasoning_content": ANSWER}}]}
    stream = f"data: {json.dumps(chunk)}\n\ndata: [DONE]\n\n"

    def answer(route: Route) -> None:
        route.fulfill(status=200, content_type="text/event-stream", body=stream)

    try:
        with window(browser, gateway.url) as opened:
            page = opened.page
            page.route("**/v1/chat/completions", answer)
            opened.sign_in()
            opened.go("/playground")
            opened.use_key(gateway.key)
            page.get_by_label("Message").fill("Attack.")
            page.keyboard.press("Enter")
            page.get_by_text("in all").wait_for()
            links = page.locator("#main article a").evaluate_all("all => all.map(each => each.protocol)")
            assert set(links) <= {"http:", "https:"}
            assert page.locator("#main article").locator("script, iframe, img, svg[onload]").count() == 0
            assert "<script>alert(12)</script>" in page.locator("#main article").inner_text()
    finally:
        gateway.stop()
