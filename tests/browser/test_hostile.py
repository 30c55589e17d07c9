"""S10: whatever comes from outside is text. Names, tags, errors, answers and files never become script."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Route

from support.console import serve_console, window
from support.console_pages import STEPS, views
from support.console_words import Words
from support.poison import CANARIES, Poisoned, poison
from support.processes import Gateway, Sandbox, request

pytestmark = pytest.mark.browser

ANSWER = """
[go](javascript:alert(6)) [there](JaVaScRiPt:alert(7)) <a href='javascript:alert(8)'>x</a>

![p](javascript:alert(9)) ![p](https://elsewhere.example/pixel.png)

[d](data:text/html,<script>alert(10)</script>) <img src=x onerror=alert(11)> <script>alert(12)</script>

<iframe srcdoc='<script>alert(13)</script>'></iframe>

<svg><script>alert(16)</script></svg> ![v](data:image/svg+xml,<svg onload=alert(17)>)

| <img src=x onerror=alert(14)> |
| --- |
| `<script>alert(15)</script>` |
"""
PLACES = {"picture", "page", "drawing", "named drawing", "named page"}


@pytest.fixture(scope="module")
def attacked(
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[tuple[Gateway, Poisoned]]:
    sandbox = Sandbox.start()
    gateway = serve_console(tmp_path_factory.mktemp("attacked"), sandbox)
    try:
        yield gateway, poison(gateway, sandbox)
    finally:
        gateway.stop()
        sandbox.stop()


def test_what_comes_from_outside_stays_text_on_all_pages(
    browser: Browser, attacked: tuple[Gateway, Poisoned]
) -> None:
    gateway, inside = attacked
    places = {"credential": inside.credential, "key": inside.key, "job": inside.job}
    with window(browser, gateway.url) as opened:
        opened.sign_in()
        for identifier in inside.requests:
            for route, shown in views().items():
                for view in shown:
                    if identifier == inside.requests[0] or "{request}" in view:
                        opened.walk_to(route + view.format(request=identifier, **places))
                        opened.page.wait_for_load_state("networkidle")
        opened.walk_to("/credentials")
        for canary in CANARIES:
            assert opened.page.get_by_text(canary, exact=True).count() >= 1
        opened.go("/credentials?text=%3Cimg%20src%3Dx%20onerror%3Dalert(1)%3E&tag=%22onfocus%3Dalert(1)")
        opened.page.goto(f"{gateway.url}/admin/login?next=javascript:alert(1)")
        opened.page.wait_for_load_state("networkidle")


def test_no_dialog_makes_script_of_it(browser: Browser, attacked: tuple[Gateway, Poisoned]) -> None:
    gateway, inside = attacked
    places = {"credential": inside.credential, "key": inside.key, "job": inside.job, "request": ""}
    with window(browser, gateway.url) as opened:
        opened.sign_in()
        for address, step in STEPS:
            opened.walk_to("/nowhere")
            opened.walk_to(address.format(**places))
            step(opened.page, Words("en"))
            opened.page.keyboard.press("Escape")


def test_media_that_are_opened_by_their_link_run_nothing(
    browser: Browser, attacked: tuple[Gateway, Poisoned]
) -> None:
    gateway, inside = attacked
    assert set(inside.links) == PLACES
    for name, link in inside.links.items():
        with window(browser, gateway.url) as opened:
            status, headers, _ = request("GET", gateway.url + link)
            assert status == 200
            assert headers["x-content-type-options"] == "nosniff"
            assert "sandbox" in headers["content-security-policy"]
            inline = not headers.get("content-disposition", "inline").startswith("attachment")
            assert not inline or headers["content-type"].startswith(("image/", "video/", "audio/"))
            assert not inline or "svg" not in headers["content-type"]
            if not inline:
                with opened.page.expect_download():
                    opened.page.evaluate("link => { location.href = link; }", gateway.url + link)
                continue
            opened.page.goto(gateway.url + link)
            shown = opened.page.evaluate("document.images[0]?.naturalWidth ?? 0")
            assert (shown > 0) == (name == "picture")


def test_an_answer_s_markdown_leads_nowhere_and_loads_nothing(
    browser: Browser, issuing: Sandbox, tmp_path: Path
) -> None:
    gateway = serve_console(tmp_path, issuing, keys=("xai-sandbox-alice",))
    chunk = {"choices": [{"index": 0, "delta": {"content": ANSWER, "reasoning_content": ANSWER}}]}
    stream = f"data: {json.dumps(chunk)}\n\ndata: [DONE]\n\n"

    def answer(route: Route) -> None:
        route.fulfill(status=200, content_type="text/event-stream", body=stream)

    def draw(route: Route) -> None:
        drawn = {"b64_json": "PHN2Zy8+", "mime_type": 'image/svg+xml"><script>alert(20)</script>'}
        route.fulfill(status=200, json={"data": [drawn | {"revised_prompt": CANARIES[0]}]})

    try:
        with window(browser, gateway.url) as opened:
            page = opened.page
            page.route("**/v1/chat/completions", answer)
            page.route("**/v1/images/generations", draw)
            opened.sign_in()
            opened.go("/playground")
            opened.use_key(gateway.key)
            page.get_by_label("Message").fill(CANARIES[0])
            page.keyboard.press("Enter")
            page.get_by_text("in all").wait_for()
            links = page.locator("#main article a").evaluate_all("all => all.map(each => each.protocol)")
            assert set(links) <= {"http:", "https:"}
            assert page.locator("#main article").locator("script, iframe, img, svg[onload]").count() == 0
            assert "<script>alert(12)</script>" in page.locator("#main article").inner_text()
            opened.walk_to("/playground?mode=image")
            page.get_by_label("Prompt").locator("visible=true").fill(CANARIES[1])
            page.get_by_role("button", name="Draw", exact=True).click()
            page.locator("#main figure img").wait_for(state="attached")
    finally:
        gateway.stop()
