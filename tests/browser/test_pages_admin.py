"""The pages with which a server is run: models and prices, media, audit, team, system."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from support.console import PASSWORD, Window, serve_console, window
from support.console_owner import Owner
from support.processes import Gateway, Sandbox, request

pytestmark = pytest.mark.browser

CANARY = "<img src=x onerror=alert(1)>"
ALERTS = {
    "configured": True,
    "data": [
        {
            "kind": "pool.last_usable",
            "subject": "",
            "severity": "warning",
            "title": "Only one of 3 credentials is still usable: bob",
            "title_chinese": "3 个凭据中仅剩一个可用：bob",
            "advice": "Look at the others in the console.",
            "advice_chinese": "请在控制台查看其余凭据。",
            "since": "2026-11-18T11:06:40Z",
            "told_at": None,
        }
    ],
}
LIVE = {
    "begun": {},
    "data": [
        {
            "id": "req_1#0",
            "request_id": "req_1",
            "worker": "worker_1",
            "operation": "chat",
            "key_id": "key_1",
            "key_name": "an app",
            "model": "grok-4",
            "upstream_model": "grok-4.7",
            "credential_id": "cred_1",
            "credential_name": "bob",
            "stream": True,
            "state": "answering",
            "age_ms": 1200.0,
            "attempts": 1,
            "first_byte_ms": 300.0,
            "output_tokens": 40,
        }
    ],
}


def seeded(gateway: Gateway) -> Owner:
    """Fill a gateway with something for every page."""
    owner = Owner.of(gateway)
    owner.send("PUT", "/models/team%2Fbest", {"target": "grok-4", "note": "for the agents"})
    owner.send("PUT", "/models/grok-3", {"visibility": "unlisted"})
    price = {"input_usd_per_million": "1", "cached_usd_per_million": "0.5", "output_usd_per_million": "2"}
    owner.send("PUT", "/prices/grok-4.6", price)
    for name, role in (("vera", "viewer"), ("otto", "operator")):
        owner.send("POST", "/operators", {"name": name, "role": role, "password": PASSWORD})
    owner.send("POST", "/tokens", {"name": "backup", "role": "viewer"})
    for prompt in ("a red kite", "a blue kite", "a kite"):
        status, _, body = gateway.post("/images/generations", {"prompt": prompt, "response_format": "url"})
        assert status == 200, body
    return owner


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory, issuing: Sandbox) -> Iterator[Gateway]:
    """A gateway that has something to show, which tests only look at."""
    gateway = serve_console(tmp_path_factory.mktemp("run"), issuing, keys=("xai-sandbox-a", "xai-sandbox-b"))
    seeded(gateway)
    yield gateway
    gateway.stop()


@pytest.fixture
def changed(tmp_path: Path, issuing: Sandbox) -> Iterator[Gateway]:
    """A gateway that a test changes."""
    gateway = serve_console(tmp_path, issuing, keys=("xai-sandbox-alice", "xai-sandbox-bob"))
    yield gateway
    gateway.stop()


def enter(opened: Window, name: str, password: str = PASSWORD) -> None:
    """Sign in by a name."""
    opened.page.goto(opened.url + "/admin")
    opened.page.get_by_role("button", name="Sign in with an account of your own").click()
    opened.page.locator("input[autocomplete=username]").fill(name)
    opened.page.locator("input[type=password]").fill(password)
    opened.page.keyboard.press("Enter")
    opened.page.locator("#main h1").wait_for()
    opened.settle()


def open_row(page: Page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).click()
    page.get_by_role("dialog").wait_for()


def test_an_alias_is_made_mended_turned_off_and_deleted(browser: Browser, changed: Gateway) -> None:
    with window(browser, changed.url, quiet=False) as opened:
        page = opened.page
        opened.sign_in()
        opened.go("/models")
        page.get_by_role("button", name="Make an alias").click()
        dialog = page.get_by_role("dialog")
        dialog.get_by_label("Name").fill("team/best")
        dialog.get_by_label("Stands for").fill("nothing-of-the-kind")
        dialog.get_by_role("button", name="Add a fallback").click()
        dialog.get_by_label("Fallback 1", exact=True).fill("grok-3")
        dialog.get_by_role("button", name="Add a fallback").click()
        dialog.get_by_label("Fallback 2", exact=True).fill("grok-imagine-1.0")
        dialog.get_by_role("button", name="Move fallback 2 up").click()
        expect(dialog.get_by_label("Fallback 1", exact=True)).to_have_value("grok-imagine-1.0")
        dialog.get_by_role("button", name="Make the alias").click()
        expect(dialog.get_by_role("alert").first).to_be_visible()
        dialog.get_by_role("button", name="Remove fallback 1").click()
        dialog.get_by_label("Stands for").fill("grok-4")
        dialog.get_by_role("button", name="Make the alias").click()
        page.get_by_text("team/best can be asked for").first.wait_for()
        open_row(page, "team/best")
        dialog.get_by_role("button", name="Turn off").click()
        page.get_by_text("team/best is off").first.wait_for()
        status, _, _ = changed.post("/chat/completions", {"model": "team/best", "messages": []})
        assert status in {400, 404}
        dialog.get_by_role("button", name="Turn on").click()
        page.get_by_text("team/best is on").first.wait_for()
        dialog.get_by_role("button", name="Delete").click()
        page.get_by_role("alertdialog").get_by_role("button", name="Delete").click()
        page.get_by_text("team/best was deleted").first.wait_for()
        expect(page.get_by_role("button", name="team/best", exact=True)).to_have_count(0)


def test_a_built_in_name_is_hidden_and_comes_back(browser: Browser, changed: Gateway) -> None:
    with window(browser, changed.url) as opened:
        page = opened.page
        opened.sign_in()
        opened.go("/models?id=grok-4")
        page.get_by_role("dialog").get_by_role("button", name="Turn off").click()
        page.get_by_role("dialog").get_by_text("As if there were no such model").wait_for()
        page.get_by_role("dialog").get_by_role("button", name="Turn on").click()
        page.get_by_role("dialog").get_by_role("button", name="Turn off").wait_for()
        assert Owner.of(changed).send("GET", "/models/grok-4")["override"] is None


def test_a_price_is_set_beside_that_of_the_list_and_the_audit_tells_it(
    browser: Browser, changed: Gateway
) -> None:
    with window(browser, changed.url) as opened:
        page = opened.page
        opened.sign_in()
        opened.go("/models?view=prices")
        open_row(page, "grok-4.6")
        page.get_by_label("Output, US$").fill("much")
        page.keyboard.press("Enter")
        page.get_by_text("A number with at most four places").wait_for()
        page.get_by_label("Output, US$").fill("99.5")
        page.keyboard.press("Enter")
        row = page.get_by_role("row").filter(has_text="grok-4.6")
        expect(row.get_by_text("$99.5")).to_be_visible()
        expect(row.get_by_text("By the list:")).to_have_count(1)
        opened.go("/audit")
        page.get_by_text(re.compile(r"Whole: \d+ entr")).wait_for()
        page.get_by_label("Kind of deed").select_option("prices")
        page.wait_for_url("**/audit?action=prices")
        page.get_by_role("button", name="Set a price").first.click()
        dialog = page.get_by_role("dialog")
        expect(dialog.get_by_text("output_usd_per_million")).to_be_visible()
        expect(dialog.get_by_text("99.5")).to_be_visible()
        page.reload()
        expect(page.get_by_role("dialog").get_by_text("99.5")).to_be_visible()


def test_the_audit_is_read_page_by_page(browser: Browser, changed: Gateway) -> None:
    owner = Owner.of(changed)
    for number in range(60):
        owner.send("PUT", "/models/crowd", {"target": "grok-4", "note": str(number)})
    with window(browser, changed.url) as opened:
        page = opened.page
        opened.sign_in()
        opened.go("/audit?target=crowd")
        expect(page.locator("tbody tr")).to_have_count(50)
        page.get_by_role("button", name="Show older entries").click()
        expect(page.locator("tbody tr")).to_have_count(60)
        expect(page.get_by_role("button", name="Show older entries")).to_have_count(0)


def test_somebody_gets_an_account_and_is_offered_what_his_role_may(
    browser: Browser, changed: Gateway
) -> None:
    with window(browser, changed.url) as opened:
        page = opened.page
        opened.sign_in()
        opened.go("/team?view=operators")
        page.get_by_role("button", name="Make an account").first.click()
        dialog = page.get_by_role("dialog")
        dialog.get_by_label("Name").fill("vera")
        dialog.get_by_label("Role").select_option("viewer")
        dialog.get_by_label("Password").first.fill("short")
        dialog.get_by_role("button", name="Make the account").click()
        dialog.get_by_role("alert").get_by_text("At least 12 characters.").wait_for()
        dialog.get_by_label("Password").first.fill(PASSWORD)
        dialog.get_by_role("button", name="Make the account").click()
        page.get_by_text("vera can sign in").first.wait_for()
        with window(browser, changed.url) as other:
            enter(other, "vera")
            for name in ("Audit", "Media"):
                expect(other.page.get_by_role("link", name=name, exact=True)).to_have_count(0)
            other.go("/models?id=grok-4")
            other.page.get_by_role("dialog").get_by_text("What stands behind it").wait_for()
            for name in ("Turn off", "Make an alias"):
                expect(other.page.get_by_role("button", name=name)).to_have_count(0)
            expect(other.page.get_by_role("radio", name="Edit")).to_have_count(0)
            other.go("/models?view=prices")
            expect(other.page.locator("tbody button")).to_have_count(0)
            other.go("/team?view=operators")
            other.page.get_by_role("heading", name="Your account").wait_for()
            other.go("/system")
            expect(other.page.get_by_role("button", name="Send a test message")).to_have_count(0)
        opened.go("/team?view=sessions")
        page.get_by_role("row").filter(has_text="vera").get_by_role("button", name="End").click()
        page.get_by_text("The session has ended").first.wait_for()


def test_the_own_password_is_changed_and_other_windows_are_signed_out(
    browser: Browser, changed: Gateway
) -> None:
    owner = Owner.of(changed)
    owner.send("POST", "/operators", {"name": "otto", "role": "operator", "password": PASSWORD})
    with (
        window(browser, changed.url, quiet=False) as opened,
        window(browser, changed.url, quiet=False) as other,
    ):
        enter(opened, "otto")
        enter(other, "otto")
        opened.go("/team")
        page = opened.page
        page.get_by_label("Present password").fill("not this one at all")
        page.get_by_label("New password").fill("another password")
        page.get_by_label("Once more").fill("another password")
        page.get_by_role("button", name="Change the password").click()
        page.get_by_text("The present password is not right.").wait_for()
        page.get_by_label("Present password").fill(PASSWORD)
        page.get_by_role("button", name="Change the password").click()
        page.get_by_text("The password was changed").first.wait_for()
        expect(page.locator("tbody tr")).to_have_count(1)
        other.page.goto(other.url + "/admin/models")
        other.page.locator("input[type=password]").wait_for()
        enter(other, "otto", "another password")


def test_a_token_is_shown_once_and_revoked(browser: Browser, changed: Gateway) -> None:
    with window(browser, changed.url) as opened:
        page = opened.page
        opened.sign_in()
        opened.go("/team?view=tokens")
        page.get_by_role("button", name="Make a token").first.click()
        page.get_by_role("dialog").get_by_label("Name").fill("backup")
        page.get_by_role("button", name="Make the token").click()
        token = page.get_by_label("The token").inner_text().strip()
        headers = {"Authorization": f"Bearer {token}"}
        assert request("GET", changed.url + "/admin/api/system", headers=headers)[0] == 200
        page.get_by_role("button", name="I have kept it").click()
        expect(page.get_by_text(token)).to_have_count(0)
        page.get_by_role("button", name="Revoke").click()
        page.get_by_role("alertdialog").get_by_role("button", name="Revoke").click()
        page.get_by_text("The token opens nothing any more").first.wait_for()
        assert request("GET", changed.url + "/admin/api/system", headers=headers)[0] == 401


def test_media_is_looked_at_and_deleted(browser: Browser, changed: Gateway) -> None:
    seeded(changed)
    with window(browser, changed.url) as opened:
        page = opened.page
        opened.sign_in()
        opened.go("/media")
        expect(page.locator("#main li")).to_have_count(3)
        page.locator("#main li button").first.click()
        shown = page.get_by_role("dialog").get_by_role("img")
        expect(shown).to_have_js_property("complete", True)
        assert shown.evaluate("each => each.naturalWidth") > 0
        first = shown.get_attribute("src")
        page.keyboard.press("ArrowRight")
        expect(page.get_by_role("dialog").get_by_role("img")).not_to_have_attribute("src", first or "")
        page.get_by_role("dialog").get_by_role("button", name="Delete").click()
        page.get_by_role("alertdialog").get_by_role("button", name="Delete").click()
        page.get_by_text("It was deleted").first.wait_for()
        page.get_by_role("dialog").get_by_role("button", name="Close").click()
        expect(page.locator("#main li")).to_have_count(2)
        page.get_by_role("radio", name="Clips").click()
        page.get_by_text("Nothing fits these filters").wait_for()


def test_what_stands_is_at_the_bell_and_on_the_page_of_the_system(browser: Browser, run: Gateway) -> None:
    with window(browser, run.url) as opened:
        page = opened.page
        page.route("**/admin/api/alerts", lambda route: route.fulfill(json=ALERTS))
        opened.sign_in()
        page.get_by_role("button", name="1 thing needs attention").click()
        page.get_by_role("menuitem", name="Only one of 3 credentials").click()
        page.get_by_role("heading", name="System", exact=True).wait_for()
        page.get_by_text("Look at the others in the console.").wait_for()
        page.get_by_text("Following").wait_for()
        expect(page.get_by_text("of 2", exact=True)).to_be_visible()


def test_pages_tell_when_the_server_does_not_answer(browser: Browser, run: Gateway) -> None:
    with window(browser, run.url, quiet=False) as opened:
        page = opened.page
        opened.sign_in()
        for path, call in (
            ("/models", "models"),
            ("/audit", "audit?*"),
            ("/system", "system"),
            ("/media", "media?*"),
        ):
            page.route(f"**/admin/api/{call}", lambda route: route.abort())
            page.goto(f"{run.url}/admin{path}")
            page.locator("#main").get_by_text("The server cannot be reached").first.wait_for()
            page.unroute(f"**/admin/api/{call}")
            page.locator("#main").get_by_role("button", name="Try again").first.click()
            expect(page.locator("#main").get_by_role("alert")).to_have_count(0)


def test_names_of_others_stay_text(browser: Browser, changed: Gateway) -> None:
    owner = Owner.of(changed)
    owner.send("POST", "/operators", {"name": CANARY, "role": "viewer", "password": PASSWORD})
    owner.send("POST", "/tokens", {"name": CANARY, "role": "viewer"})
    owner.send("PUT", "/models/mine", {"target": "grok-4", "note": CANARY})
    with window(browser, changed.url) as opened:
        opened.sign_in()
        for path in ("/models", "/team?view=operators", "/team?view=tokens"):
            opened.go(path)
            expect(opened.page.get_by_text(CANARY, exact=True).first).to_be_visible()
        opened.go("/audit?target=mine")
        opened.page.locator("tbody button").first.click()
        expect(opened.page.get_by_role("dialog").get_by_text(CANARY)).to_be_visible()


def test_what_runs_now_grows_older_and_is_ended_after_a_question(browser: Browser, run: Gateway) -> None:
    asked: list[str] = []

    def end(route: Route) -> None:
        asked.append(route.request.url.rpartition("/admin/api")[2])
        route.fulfill(status=202, json={"id": "req_1#0"})

    with window(browser, run.url) as opened:
        page = opened.page
        page.route("**/admin/api/events*", lambda route: route.fulfill(status=204))
        page.route("**/admin/api/requests/live", lambda route: route.fulfill(json=LIVE))
        page.route("**/admin/api/requests/live/*/cancel", end)
        opened.sign_in()
        opened.go("/requests?view=live")
        row = page.get_by_role("listitem").filter(has_text="req_1")
        before = row.inner_text()
        expect(row).not_to_have_text(before, use_inner_text=True)
        assert opened.grave() == []
        row.get_by_role("button").click()
        page.get_by_role("alertdialog").get_by_role("button", name="Cancel").click()
        assert asked == []
        row.get_by_role("button").click()
        with page.expect_response("**/cancel"):
            page.get_by_role("alertdialog").get_by_role("button").last.click()
        assert asked == ["/requests/live/req_1%230/cancel"]
    with window(browser, run.url) as opened:
        opened.page.route("**/admin/api/events*", lambda route: route.fulfill(status=204))
        opened.page.route("**/admin/api/requests/live", lambda route: route.fulfill(json=LIVE))
        enter(opened, "vera")
        opened.go("/requests?view=live")
        row = opened.page.get_by_role("listitem").filter(has_text="req_1")
        row.wait_for()
        expect(row.get_by_role("button")).to_have_count(0)
