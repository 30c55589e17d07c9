"""A client key's form: what it says is what the key may do. A key that is renewed goes on for a while."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Page, expect

from support.console import Window
from support.console_owner import Owner
from support.observing import eventually
from support.processes import Gateway, request

pytestmark = pytest.mark.browser

QUESTION = {"model": "grok-3", "messages": [{"role": "user", "content": "Why?"}]}
ENDS = "2099-05-04T12:30"


def ask(gateway: Gateway, key: str, path: str = "/chat/completions", **more: object) -> int:
    headers = {"Authorization": f"Bearer {key}"}
    return request("POST", gateway.base_url + path, QUESTION | more, headers=headers)[0]


def shown_key(page: Page) -> str:
    """Return the key that is shown this once, and say that it was kept."""
    page.get_by_text("This is shown only now").wait_for()
    key = page.get_by_role("region", name="The key").inner_text().strip()
    page.get_by_role("button", name="I have kept it").click()
    expect(page.get_by_text(key)).to_have_count(0)
    return key


def test_a_key_may_what_its_form_says(opened: Window, operated: Gateway) -> None:
    page, owner = opened.page, Owner.of(operated)
    opened.go("/keys?open=create")
    form = page.get_by_role("dialog")
    form.get_by_role("textbox", name="Name").fill("narrow")
    form.get_by_label("Expires").fill(ENDS)
    for field, value in (
        ("Requests per minute", "60"),
        ("Tokens per minute", "90000"),
        ("At a time", "3"),
        ("Budget per day, US$", "2.50"),
        ("Budget per month, US$", "40"),
        ("Networks", "127.0.0.0/8, ::1"),
    ):
        form.get_by_label(field).fill(value)
    form.get_by_role("textbox", name="Models").fill("grok-3, grok-4")
    form.get_by_role("checkbox", name="Chat", exact=True).click()
    form.get_by_role("button", name="Make the key").click()
    key = shown_key(page)
    (made,) = [each for each in owner.send("GET", "/keys")["data"] if each["name"] == "narrow"]
    told = ("rpm", "tpm", "max_concurrency", "models", "endpoints", "networks")
    assert [made[name] for name in told] == [
        60,
        90_000,
        3,
        ["grok-3", "grok-4"],
        ["chat"],
        ["127.0.0.0/8", "::1/128"],
    ]
    assert [made[name]["usd"] for name in ("budget_day", "budget_month")] == ["2.50", "40.00"]
    assert page.evaluate("([a, b]) => Date.parse(a) === Date.parse(b)", [made["expires_at"], ENDS])
    eventually(lambda: ask(operated, key) == 200, "the new key")
    assert ask(operated, key, model="grok-4-fast") == 404
    assert ask(operated, key, "/responses", input="Why?") == 403
    opened.go(f"/keys?id={made['id']}")
    form.get_by_text("Edit", exact=True).click()
    expect(form.get_by_label("Expires")).to_have_value(ENDS)
    form.get_by_label("Expires").fill("")
    form.get_by_label("Requests per minute").fill("")
    form.get_by_label("Networks").fill("10.0.0.0/8")
    assert opened.grave() == []
    form.get_by_role("button", name="Save").click()
    form.get_by_text("10.0.0.0/8", exact=True).wait_for()
    now = owner.send("GET", f"/keys/{made['id']}")
    assert (now["rpm"], now["expires_at"], now["tpm"]) == (0, None, 90_000)
    eventually(lambda: ask(operated, key) == 403, "the narrower network")


def test_an_end_in_the_past_is_refused_below_its_field(opened: Window, operated: Gateway) -> None:
    page, made = opened.page, Owner.of(operated).send("POST", "/keys", {"name": "to end"})
    opened.go(f"/keys?id={made['id']}")
    form = page.get_by_role("dialog")
    form.get_by_text("Edit", exact=True).click()
    form.get_by_label("Expires").fill("2020-01-01T00:00")
    form.get_by_role("button", name="Save").click()
    expect(form.get_by_label("Expires")).to_have_attribute("aria-invalid", "true")
    assert all("400 (Bad Request)" in each for each in opened.complaints)
    opened.complaints.clear()


def test_a_key_that_has_expired_is_refused_and_shown_so(opened: Window, operated: Gateway) -> None:
    soon = (datetime.now(UTC) + timedelta(seconds=4)).isoformat()
    owner = Owner.of(operated)
    made = owner.send("POST", "/keys", {"name": "short", "expires_at": soon})
    eventually(lambda: owner.send("GET", "/keys?state=expired")["data"], "the end of the key")
    eventually(lambda: ask(operated, made["key"]) == 401, "the refusal")
    opened.go("/keys?state=expired")
    expect(opened.page.get_by_role("row").filter(has_text="short")).to_contain_text("Expired")


def test_a_renewed_key_is_shown_once_and_the_former_one_goes_on_as_long_as_was_said(
    opened: Window, operated: Gateway
) -> None:
    page, made = opened.page, Owner.of(operated).send("POST", "/keys", {"name": "renewed"})
    opened.go(f"/keys?id={made['id']}")
    drawer = page.get_by_role("dialog")
    drawer.get_by_label("The present key stays valid for").select_option("one hour")
    drawer.get_by_role("button", name="Renew the key").click()
    second = shown_key(page)
    assert second != made["key"]
    eventually(lambda: ask(operated, second) == 200, "the renewed key")
    assert ask(operated, made["key"]) == 200
    drawer.get_by_text("Former key until").wait_for()
    assert opened.grave() == []
    page.reload()
    drawer.get_by_text("Former key until").wait_for()
    expect(page.get_by_text(second)).to_have_count(0)
    drawer.get_by_label("The present key stays valid for").select_option("not at all")
    drawer.get_by_role("button", name="Renew the key").click()
    third = shown_key(page)
    eventually(lambda: ask(operated, third) == 200, "the key that was renewed again")
    eventually(lambda: ask(operated, second) == 401, "the end of the former key")
