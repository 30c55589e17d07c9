"""The overview lives: it follows what happens elsewhere, and its chart draws what the figures say."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, expect

from support.console import Window, window
from support.console_owner import Owner
from support.processes import Gateway
from support.showcase import Showcase

pytestmark = pytest.mark.browser

_PAINTED = """each => {
  const copy = new OffscreenCanvas(each.width, each.height).getContext("2d", { willReadFrequently: true });
  copy.drawImage(each, 0, 0);
  const { data } = copy.getImageData(0, 0, each.width, each.height);
  const colour = getComputedStyle(document.documentElement).getPropertyValue("--accent").trim();
  const wanted = [1, 3, 5].map((place) => parseInt(colour.slice(place, place + 2), 16));
  let any = 0, bars = 0;
  for (let at = 0; at < data.length; at += 4) {
    if (data[at + 3] === 0) continue;
    any += 1;
    if (wanted.every((value, place) => Math.abs(value - data[at + place]) < 8)) bars += 1;
  }
  return [any, bars];
}"""
_TABLE = """each => [...each.querySelectorAll("tbody tr")].map((row) =>
  [...row.children].map((cell) => cell.textContent))"""


def test_it_follows_what_happens_without_a_reload(opened: Window, operated: Gateway) -> None:
    page, owner = opened.page, Owner.of(operated)
    made = owner.send("POST", "/credentials", {"key": "xai-sandbox-followed", "name": "followed"})
    opened.go()
    resting = page.locator("#main").get_by_role("link").filter(has_text=re.compile(r"^Disabled\s*\d+$"))
    before = int(re.findall(r"\d+", resting.inner_text())[0])
    page.evaluate("window.neverReloaded = true")
    page.route("**/admin/api/pool", lambda _: None)  # who asks gets no answer: only events can tell
    owner.send("POST", f"/credentials/{made['id']}/disable")
    expect(resting).to_have_text(re.compile(rf"^Disabled\s*{before + 1}$"))
    assert page.evaluate("window.neverReloaded")
    owner.send("DELETE", f"/credentials/{made['id']}")
    expect(resting).to_have_text(re.compile(rf"^Disabled\s*{before}$"))


def test_the_chart_draws_and_its_table_tells_the_same(browser: Browser, filled: Showcase) -> None:
    with window(browser, filled.gateway.url) as opened:
        page = opened.page
        opened.sign_in()
        with page.expect_response(
            lambda answer: "/admin/api/usage?" in answer.url and "by=" not in answer.url
        ) as told:
            opened.go("?range=7d")
        points = told.value.json()["data"]
        canvas = page.locator("#main canvas")
        expect(canvas).to_be_visible()
        painted, bars = canvas.evaluate(_PAINTED)
        assert painted > bars > 100
        rows = page.get_by_role("table", name="Requests").evaluate(_TABLE)
        for place, name in ((1, "requests"), (2, "failed")):
            assert sum(int(row[place]) for row in rows) == sum(point[name] for point in points)
        figure = page.locator("#main figure")
        box = canvas.bounding_box()
        assert box is not None
        page.mouse.move(box["x"] + box["width"] * 0.6, box["y"] + box["height"] / 2)
        shown = figure.locator("figcaption")
        expect(shown).to_contain_text(re.compile(r"Requests\s*\d"))
        _, requests, failed = next(row for row in rows if row[0] in shown.inner_text())
        assert [requests, failed] == re.findall(r"(?:Requests|Failed)\s*(\d+)", shown.inner_text())
        page.get_by_role("radio", name="Tokens").click()
        rows = page.get_by_role("table", name="Tokens").evaluate(_TABLE)
        assert len(rows) > 100
        assert canvas.evaluate(_PAINTED)[1] > 100
