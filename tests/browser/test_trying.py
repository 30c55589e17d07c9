"""What the playground and the reference send: a picture to be changed, any call with a body of one's own."""

from __future__ import annotations

import io
import json

import pytest
from PIL import Image
from playwright.sync_api import expect

from support.console import Window
from support.processes import Gateway
from support.sockets import asking, socket_url

pytestmark = pytest.mark.browser

_ASKED_BY_A_PAGE = """([url, key, frame]) => new Promise((resolve, reject) => {
  const socket = new WebSocket(url, ["responses", `openai-insecure-api-key.${key}`]);
  socket.onopen = () => socket.send(frame);
  socket.onerror = () => reject(new Error("the socket failed"));
  socket.onmessage = ({ data }) => {
    const event = JSON.parse(data);
    if (event.type === "response.completed") resolve([socket.protocol, event.response.output.at(-1)]);
  };
})"""


def png() -> bytes:
    written = io.BytesIO()
    Image.new("RGB", (64, 64), "green").save(written, "PNG")
    return written.getvalue()


def test_a_picture_is_changed_and_what_came_of_it_changed_again(opened: Window, operated: Gateway) -> None:
    page = opened.page
    opened.go("/playground?mode=image")
    opened.use_key(operated.key)
    page.get_by_label("Edit a picture…").last.set_input_files(
        {"name": "kite.png", "mimeType": "image/png", "buffer": png()}
    )
    page.get_by_role("img", name="Attached picture").wait_for()
    page.get_by_label("Prompt").locator("visible=true").fill("make it red")
    shown = page.locator("#main figure img")
    for times in range(2):
        with page.expect_request("**/v1/images/edits") as asked:
            page.get_by_role("button", name="Edit", exact=True).click()
        body = json.loads(asked.value.post_data or "")
        assert body["prompt"] == "make it red"
        assert body["image"]["url"].startswith("data:image/png;" if times == 0 else "data:image/")
        expect(shown).to_have_js_property("complete", True)
        assert shown.evaluate("each => each.naturalWidth") > 0
        if times == 0:
            page.get_by_role("button", name="Edit this one").click()
    assert opened.grave() == []


def test_a_call_of_the_reference_is_tried_with_an_own_body(opened: Window, operated: Gateway) -> None:
    page = opened.page
    opened.go("/reference?call=post /v1/chat/completions")
    opened.use_key(operated.key)
    body = {"model": "grok-4", "messages": [{"role": "user", "content": "say exactly: tried it"}]}
    field = page.get_by_role("textbox", name="Body")
    field.fill("{")
    page.get_by_role("button", name="Send").click()
    page.get_by_role("alert").filter(has_text="SyntaxError").wait_for()
    field.fill(json.dumps(body))
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_role("region", name="Answer")).to_contain_text("tried it")
    expect(page.get_by_text("200", exact=True).first).to_be_visible()
    field.fill(json.dumps(body | {"model": "nothing-of-the-kind"}))
    page.get_by_role("button", name="Send").click()
    page.get_by_role("alert").filter(has_text="nothing-of-the-kind").wait_for()
    assert all("404 (Not Found)" in each for each in opened.complaints)
    opened.complaints.clear()
    assert opened.grave() == []


def test_a_call_with_a_name_in_its_address_asks_for_it(opened: Window, operated: Gateway) -> None:
    page = opened.page
    opened.go("/reference")
    opened.use_key(operated.key)
    calls = page.get_by_role("navigation", name="Calls")
    calls.get_by_role("searchbox").fill("get /v1/models/")
    calls.get_by_role("button", name="/models/{").click()
    page.get_by_role("textbox", name="model", exact=False).last.fill("grok-4")
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_role("region", name="Answer")).to_contain_text('"id": "grok-4"')


def test_a_page_asks_over_a_websocket_and_shows_its_key_as_a_subprotocol(
    opened: Window, operated: Gateway
) -> None:
    asked = [socket_url(operated), operated.key, asking("say exactly: over a socket")]
    protocol, answer = opened.page.evaluate(_ASKED_BY_A_PAGE, asked)
    assert (protocol, answer["content"][0]["text"]) == ("responses", "over a socket")
