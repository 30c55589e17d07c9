"""The ways into the console: a page of an identity provider, and an authenticator app beside a password."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from grok2api.admin.one_time_codes import code_of, step_at
from support.console import NARROW, PASSWORD, serve_console, window
from support.console_owner import Owner
from support.identity_provider import CLIENT, CLIENT_SECRET, IdentityProvider, serving_in_a_thread
from support.processes import Gateway, Sandbox, request

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def provider() -> Iterator[IdentityProvider]:
    with serving_in_a_thread() as provider:
        yield provider


@pytest.fixture(scope="module")
def house(
    issuing: Sandbox, provider: IdentityProvider, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Gateway]:
    started = serve_console(
        tmp_path_factory.mktemp("sign-in"),
        issuing,
        GROK2API_OIDC__ENABLED="true",
        GROK2API_OIDC__ISSUER=provider.url,
        GROK2API_OIDC__CLIENT_ID=CLIENT,
        GROK2API_OIDC__CLIENT_SECRET=CLIENT_SECRET,
        GROK2API_OIDC__NAME="Keycloak 灵",
        GROK2API_OIDC__ROLES="grok-admins=owner,staff=viewer",
    )
    yield started
    started.stop()


@pytest.mark.parametrize(
    ("language", "button"), [("en-US", "Sign in with Keycloak 灵"), ("zh-CN", "使用 Keycloak 灵 登录")]
)
def test_somebody_comes_from_the_provider_to_the_page_he_wanted(
    browser: Browser, house: Gateway, provider: IdentityProvider, language: str, button: str
) -> None:
    with window(browser, house.url, language=language, elsewhere=provider.url) as seen:
        seen.page.goto(f"{house.url}/admin/team?view=operators")
        link = seen.page.get_by_role("link", name=button)
        link.wait_for()
        assert seen.grave() == []
        link.click()
        seen.page.get_by_role("link", name="Go on as Zoë").click()
        seen.settle()
        assert seen.page.url == f"{house.url}/admin/team?view=operators"
        expect(seen.page.locator("#main")).to_contain_text(provider.url)
        expect(seen.page.locator("#main")).to_contain_text("grok-admins=owner")
        assert seen.grave() == []
        seen.go("/team")
        assert seen.grave() == []


def test_a_refusal_says_what_to_do(browser: Browser, house: Gateway, provider: IdentityProvider) -> None:
    provider.claims["groups"] = ["others"]
    with window(browser, house.url, size=NARROW, theme="dark", elsewhere=provider.url) as seen:
        seen.page.goto(f"{house.url}/admin")
        seen.page.get_by_role("link", name="Sign in with Keycloak 灵").click()
        seen.page.get_by_role("link", name="Go on as Zoë").click()
        expect(seen.page.get_by_role("alert")).to_contain_text("“groups”")
        expect(seen.page.get_by_role("alert")).to_contain_text("oidc.roles")
        assert seen.grave() == []
        assert seen.sideways() <= 0


def test_an_authenticator_app_is_set_up_and_asked_for(browser: Browser, house: Gateway) -> None:
    with window(browser, house.url) as seen:
        seen.sign_in()
        seen.go("/team")
        seen.page.get_by_role("button", name="Set up").click()
        dialog = seen.page.get_by_role("dialog")
        dialog.locator("input[type=password]").fill(PASSWORD)
        seen.page.keyboard.press("Enter")
        expect(dialog.get_by_role("img", name="QR code for an authenticator app")).to_be_visible()
        assert seen.grave() == []
        secret = dialog.locator("pre, code").first.inner_text().strip()
        first = step_at(time.time())
        dialog.get_by_label("The code that the app shows").fill(code_of(secret, first))
        seen.page.keyboard.press("Enter")
        dialog.get_by_role("button", name="I have kept them").wait_for()
        recovery = dialog.locator("pre, code").first.inner_text().split()
        assert seen.grave() == []
        dialog.get_by_role("button", name="I have kept them").click()
        expect(seen.page.locator("#main")).to_contain_text("10 recovery codes are left")
    with window(browser, house.url, size=NARROW, quiet=False) as seen:
        seen.page.goto(f"{house.url}/admin")
        seen.page.locator("input[type=password]").fill(PASSWORD)
        seen.page.keyboard.press("Enter")
        code = seen.page.get_by_label("Code")
        code.fill(code_of(secret, first))
        seen.page.keyboard.press("Enter")
        expect(seen.page.get_by_role("alert")).to_contain_text("is not right")
        assert seen.grave() == []
        code.fill(recovery[0])
        seen.page.keyboard.press("Enter")
        expect(code).to_have_count(0)
        seen.settle()
        seen.go("/team")
        expect(seen.page.locator("#main")).to_contain_text("9 recovery codes are left")
        seen.page.get_by_role("button", name="Remove").click()
        dialog = seen.page.get_by_role("dialog")
        dialog.get_by_label("Code").fill(code_of(secret, step_at(time.time()) + 1))
        seen.page.keyboard.press("Enter")
        seen.page.get_by_role("button", name="Set up").wait_for()
        assert seen.sideways() <= 0


def test_where_an_app_is_required_it_is_set_up_first(browser: Browser, house: Gateway) -> None:
    _, _, begun = request("POST", f"{house.url}/admin/api/session", {"password": PASSWORD})
    owner = {"Authorization": f"Bearer {json.loads(begun)['token']}"}
    zoe = {"name": "Ada", "role": "viewer", "password": "a password of twelve"}
    assert request("POST", f"{house.url}/admin/api/operators", zoe, headers=owner)[0] == 201
    settings = {"set": {"admin.second_factor": "required"}}
    assert request("PATCH", f"{house.url}/admin/api/settings", settings, headers=owner)[0] == 200
    with window(browser, house.url, quiet=False) as seen:
        seen.page.goto(f"{house.url}/admin/keys")
        seen.page.get_by_role("button", name="Sign in with an account of your own").click()
        seen.page.get_by_label("Name").fill("Ada")
        seen.page.locator("input[type=password]").fill(zoe["password"])
        seen.page.keyboard.press("Enter")
        seen.page.get_by_role("heading", name="Set up an authenticator app").wait_for()
        assert seen.grave() == []
        seen.page.locator("input[type=password]").fill(zoe["password"])
        seen.page.keyboard.press("Enter")
        seen.page.get_by_role("img", name="QR code for an authenticator app").wait_for()
        secret = seen.page.locator("pre, code").first.inner_text().strip()
        seen.page.get_by_label("The code that the app shows").fill(code_of(secret, step_at(time.time())))
        seen.page.keyboard.press("Enter")
        seen.page.get_by_role("button", name="I have kept them").click()
        seen.page.wait_for_url(lambda url: "second-factor" not in url)
        seen.settle()


def test_who_has_signed_in_already_is_led_there_when_an_app_is_required_from_now_on(
    browser: Browser, issuing: Sandbox, tmp_path: Path
) -> None:
    gateway = serve_console(tmp_path, issuing)
    try:
        owner = Owner.of(gateway)
        with window(browser, gateway.url, quiet=False) as seen:
            seen.sign_in()
            seen.go("/keys")
            owner.send("PATCH", "/settings", {"set": {"admin.second_factor": "required"}})
            seen.page.get_by_role("link", name="Models").click()
            seen.page.get_by_role("heading", name="Set up an authenticator app").wait_for()
            seen.page.wait_for_url("**/admin/second-factor")
    finally:
        gateway.stop()


def test_a_password_that_was_filled_in_without_a_word_is_taken(browser: Browser, shown: Gateway) -> None:
    with window(browser, shown.url) as opened:
        opened.page.goto(opened.url + "/admin")
        field = opened.page.locator("input[type=password]")
        field.evaluate("(each, value) => { each.value = value; }", PASSWORD)
        opened.page.get_by_role("button", name="Sign in", exact=True).click()
        opened.page.locator("#main h1").wait_for()
        opened.settle()
