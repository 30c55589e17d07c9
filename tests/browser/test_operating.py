"""What an operator does from day to day: keys, the log, settings with a way back, access, the audit."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from support.console import Window, serve_console
from support.console_owner import Owner
from support.observing import eventually
from support.processes import Gateway, Sandbox, request

pytestmark = pytest.mark.browser

QUESTION = {"model": "grok-4", "messages": [{"role": "user", "content": "Why?"}]}


@pytest.fixture(scope="module")
def operated(issuing: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    """A gateway whose requests are those of these tests alone: what most of them came to is told here."""
    started = serve_console(tmp_path_factory.mktemp("operating"), issuing, keys=("xai-sandbox-alice",))
    yield started
    started.stop()


def test_a_key_is_made_used_limited_and_taken_back(opened: Window, operated: Gateway) -> None:
    page = opened.page
    opened.go("/keys?open=create")
    page.get_by_label("Name", exact=True).fill("an app")
    page.get_by_label("Requests per minute").fill("600")
    page.get_by_label("Budget per day, US$").fill("2.50")
    page.get_by_role("button", name="Make the key").click()
    page.get_by_text("This is shown only now").wait_for()
    key = page.get_by_role("region", name="The key").inner_text().strip()
    headers = {"Authorization": f"Bearer {key}"}
    eventually(lambda: request("GET", operated.base_url + "/models", headers=headers)[0] == 200)
    status, told, _ = request("POST", operated.base_url + "/chat/completions", QUESTION, headers=headers)
    assert (status, told["x-ratelimit-limit-requests"]) == (200, "600")
    page.get_by_role("button", name="I have kept it").click()
    page.get_by_role("button", name="an app").click()
    drawer = page.get_by_role("dialog", name="an app")
    drawer.get_by_text("$2.50").first.wait_for()
    assert opened.grave() == []
    drawer.get_by_role("switch", name="Enabled").click()
    page.get_by_text("Disabled", exact=True).last.wait_for()
    eventually(lambda: request("GET", operated.base_url + "/models", headers=headers)[0] == 401)


def test_a_request_is_found_with_its_course(opened: Window, operated: Gateway) -> None:
    page = opened.page
    _, told, _ = operated.post("/chat/completions", QUESTION)
    identifier = told["x-request-id"]
    opened.go(f"/requests?text={identifier}")
    page.get_by_role("table").get_by_role("button").first.click()
    drawer = page.get_by_role("dialog", name="Request")
    drawer.get_by_text("Credential chosen").wait_for()
    drawer.get_by_text(identifier).wait_for()
    assert opened.grave() == []
    drawer.get_by_role("link", name="Why this credential").click()
    page.get_by_text("chosen by").wait_for()
    opened.go("/requests?view=live")
    page.get_by_text("Nothing runs now").wait_for()


def test_a_pool_that_cannot_serve_is_told_on_every_page(opened: Window, operated: Gateway) -> None:
    page, owner = opened.page, Owner.of(operated)
    told = page.get_by_role("status").filter(has_text="No credential can serve: requests are refused.")
    owner.send("POST", "/credentials/bulk", {"action": "disable", "filter": {"everything": True}})
    try:
        opened.go("/keys")
        expect(told).to_contain_text("Disabled: 1")
        eventually(lambda: operated.post("/chat/completions", QUESTION)[0] == 503)
        for _ in range(12):
            operated.post("/chat/completions", QUESTION)
        opened.go()
        page.get_by_text("No credential is in service.").wait_for()
        failing = page.get_by_role("status").filter(has_text="requests within 10 minutes failed.")
        expect(failing).to_contain_text("No credential can serve this · grok-4")
        assert (opened.grave(), opened.sideways()) == ([], 0)
        told.get_by_role("link", name="Show the credentials").click()
        page.get_by_role("heading", name="Credentials").wait_for()
    finally:
        owner.send("POST", "/credentials/bulk", {"action": "enable", "filter": {"everything": True}})
    expect(told).to_have_count(0)


def test_requests_are_found_by_the_name_of_their_key_and_tell_why_they_failed(
    opened: Window, operated: Gateway
) -> None:
    page, owner = opened.page, Owner.of(operated)
    made = owner.send("POST", "/keys", {"name": "night agent", "models": ["grok-3"]})
    headers = {"Authorization": f"Bearer {made['key']}"}
    asked = operated.base_url + "/chat/completions"
    eventually(lambda: request("POST", asked, QUESTION, headers=headers)[0] == 404)
    operated.post("/chat/completions", QUESTION)
    opened.go("/requests")
    field = page.get_by_role("combobox", name="Client key")
    field.press_sequentially("night ag")
    page.wait_for_url(f"**key={made['id']}**")
    rows = page.locator("tbody tr")
    expect(rows.filter(has_not_text="night agent")).to_have_count(0)
    expect(rows.first).to_contain_text("No such model for this key")
    assert opened.grave() == []
    opened.go(f"/requests?key={made['id']}")
    expect(field).to_have_value("night agent")
    page.get_by_role("button", name="Clear filters").click()
    expect(field).to_have_value("")


def test_a_setting_is_changed_after_a_look_and_undone(opened: Window) -> None:
    page = opened.page
    opened.go("/settings?section=grok")
    field = page.get_by_role("textbox", name="grok.timeout")
    field.fill("601")
    page.get_by_role("button", name="Review").click()
    dialog = page.get_by_role("dialog", name="Review")
    dialog.get_by_text("grok.timeout").wait_for()
    assert opened.grave() == []
    dialog.get_by_role("button", name="Save").click()
    page.get_by_text("The settings are saved").first.wait_for()
    page.get_by_text("set here").first.wait_for()
    field.fill("0")
    page.get_by_role("button", name="Review").click()
    page.get_by_role("alert").filter(has_text="1").first.wait_for()
    page.get_by_role("button", name="Discard").click()
    page.get_by_role("button", name="History").click()
    page.get_by_role("button", name="Undo everything that was set here").click()
    page.get_by_role("alertdialog").get_by_role("button", name="Go back to this").click()
    page.keyboard.press("Escape")
    expect(field).to_have_value("600")


def test_a_token_opens_the_admin_api_and_the_audit_tells_of_it(opened: Window, operated: Gateway) -> None:
    page = opened.page
    opened.go("/team?view=tokens")
    page.get_by_role("button", name="Make a token").first.click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Name").fill("backup script")
    dialog.get_by_label("Role").select_option("viewer")
    dialog.get_by_role("button", name="Make the token").click()
    token = dialog.get_by_role("region", name="The token").inner_text().strip()
    headers = {"Authorization": f"Bearer {token}"}
    base = operated.url + "/admin/api"
    assert request("GET", base + "/credentials", headers=headers)[0] == 200
    assert request("POST", base + "/credentials", {"key": "xai-sandbox-x"}, headers=headers)[0] == 403
    dialog.get_by_role("button", name="I have kept it").click()
    page.get_by_text("backup script").wait_for()
    opened.go("/audit")
    page.get_by_text("tokens.create").first.wait_for()
    page.get_by_role("button", name="Verify it again").click()
    page.get_by_text("Whole: ").first.wait_for()
    assert opened.grave() == []
