"""More of what pages can do: two models compared, news by events, settings as a file, the network."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from support.console import NARROW, PICTURES, WIDE, Window, window
from support.observing import eventually
from support.processes import Gateway

pytestmark = pytest.mark.browser


def picture(opened: Window, name: str) -> None:
    if PICTURES:
        opened.page.screenshot(path=Path(PICTURES) / f"more-{name}.png")


def sent(opened: Window, path: str, body: dict[str, str]) -> Any:
    """Send something to the admin API as whoever is signed in."""
    script = """async ([path, body]) => (await fetch("/admin/api" + path, {
        method: "POST", body: JSON.stringify(body),
        headers: {"Content-Type": "application/json", "X-Requested-With": "a test"}})).json()"""
    return opened.page.evaluate(script, [path, body])


@pytest.mark.parametrize(
    ("size", "theme", "language"),
    [(WIDE, "light", "en-US"), (NARROW, "dark", "zh-CN")],
    ids=["wide", "narrow"],
)
def test_two_models_answer_the_same_question(
    browser: Browser, shown: Gateway, size: tuple[int, int], theme: str, language: str
) -> None:
    with window(browser, shown.url, size=size, theme=theme, language=language) as opened:
        page = opened.page
        opened.sign_in()
        opened.go("/playground?mode=compare")
        opened.use_key(shown.key)
        page.locator("textarea[placeholder]").fill("Say hello.")
        page.keyboard.press("Enter")
        sides = page.get_by_role("log")
        expect(sides).to_have_count(2)
        for side in (sides.first, sides.last):
            side.get_by_text("$").wait_for()
            expect(side.locator("article")).to_have_count(1)
        models = [each.input_value() for each in page.locator("section select").all()]
        assert len(set(models)) == 2
        assert opened.grave() == []
        assert opened.sideways() <= 0
        picture(opened, f"compare-{theme}-{language}-{size[0]}")


def test_a_function_is_answered_by_a_person(browser: Browser, shown: Gateway) -> None:
    with window(browser, shown.url) as opened:
        page = opened.page
        opened.sign_in()
        opened.go("/playground")
        opened.use_key(shown.key)
        page.get_by_role("button", name="Put in an example").click()
        page.get_by_role("checkbox", name="Web search").click()
        page.get_by_label("Message").fill("Call get_weather for Paris.")
        page.keyboard.press("Enter")
        page.get_by_text("in all").wait_for()
        picture(opened, "tools")
        page.get_by_label("What the function returns").fill("Rain")
        assert opened.grave() == []
        page.get_by_role("button", name="Send the results").click()
        expect(page.get_by_text("in all")).to_have_count(2)


def test_a_sound_becomes_text(browser: Browser, shown: Gateway, tmp_path: Path) -> None:
    with window(browser, shown.url) as opened:
        page = opened.page
        opened.sign_in()
        opened.go("/playground?mode=speech")
        opened.use_key(shown.key)
        sound = tmp_path / "talk.mp3"
        sound.write_bytes(b"ID3\x04" + bytes(6) + b"\xff\xfb\x90\x00" * 200)
        page.get_by_label("Choose a sound file").set_input_files(sound)
        page.get_by_role("button", name="Transcribe").click()
        page.get_by_role("region", name="Transcript").wait_for()
        assert opened.grave() == []
        picture(opened, "speech")
        page.get_by_role("region", name="Speech to text").get_by_role("button", name="View code").click()
        expect(page.get_by_role("dialog")).to_contain_text("-F 'file=@talk.mp3'")


def test_what_runs_is_told_by_one_stream_and_asked_for_without_it(browser: Browser, shown: Gateway) -> None:
    with window(browser, shown.url) as opened:
        page = opened.page
        opened.sign_in()
        asked: list[str] = []
        page.on("request", lambda each: asked.append(each.url.rpartition("/admin/api")[2]))
        opened.go("/requests?view=live")
        page.get_by_text("told at once").wait_for()
        expect(page.get_by_role("table", name="Course").get_by_role("row")).to_have_count(4, timeout=10_000)
        assert opened.grave() == []
        assert "/events?live=true" in asked
        assert asked.count("/requests/live") <= 2
        picture(opened, "live")
        opened.page.route("**/admin/api/events*", lambda route: route.fulfill(status=204))
        opened.go("/requests?view=live")
        page.get_by_text("asked every second").wait_for()
        expect(page.get_by_role("table", name="Course").get_by_role("row")).to_have_count(4, timeout=10_000)


@pytest.mark.parametrize("language", ["en-US", "zh-CN"])
def test_a_file_of_settings_is_looked_at_before_it_is_taken(
    browser: Browser, shown: Gateway, language: str
) -> None:
    chinese = language == "zh-CN"
    with window(browser, shown.url, size=NARROW if chinese else WIDE, language=language) as opened:
        page = opened.page
        opened.sign_in()
        opened.go("/settings?section=grok")
        page.get_by_text("取值：" if chinese else "must be a whole number").first.wait_for()
        page.get_by_role("button", name="导入…" if chinese else "Import…").click()
        dialog = page.get_by_role("dialog")
        dialog.get_by_label("文件内容" if chinese else "Content of the file").fill(
            '[grok]\nmax_retry = 2\nproxy_url = "http://a:b@c:1"\n[server]\nport = 1\n'
        )
        dialog.get_by_role("button", name="查看差异" if chinese else "Show what it changes").click()
        dialog.get_by_text("grok.max_retry", exact=True).wait_for()
        expect(dialog).to_contain_text("是机密" if chinese else "is a secret")
        assert opened.grave() == []
        assert opened.sideways() <= 0
        picture(opened, f"settings-file-{language}")
        dialog.get_by_role("button", name="采用并检查" if chinese else "Take over and review").click()
        page.get_by_role("dialog", name="检查" if chinese else "Review").get_by_text(
            "grok.max_retry"
        ).wait_for()
        assert opened.grave() == []


@pytest.mark.parametrize("language", ["en-US", "zh-CN"])
def test_a_way_to_upstream_is_tried(browser: Browser, shown: Gateway, language: str) -> None:
    chinese = language == "zh-CN"
    with window(browser, shown.url, size=NARROW if chinese else WIDE, language=language) as opened:
        page = opened.page
        opened.sign_in()
        opened.go("/network")
        page.get_by_text("3 个凭据使用" if chinese else "3 credentials").click()
        page.get_by_role("button", name="测试" if chinese else "Test", exact=True).click()
        page.get_by_text("已连通" if chinese else "was reached in").wait_for()
        assert opened.grave() == []
        assert opened.sideways() <= 0
        picture(opened, f"network-{language}")


def test_a_second_of_video_gets_a_price_and_loses_it(browser: Browser, shown: Gateway) -> None:
    with window(browser, shown.url) as opened:
        page = opened.page
        opened.sign_in()
        opened.go("/models?view=prices")
        row = page.get_by_role("row").filter(has_text="videos/grok-imagine-video/720p")
        row.get_by_role("button").click()
        page.get_by_label("USD for a second").fill("0.25")
        assert opened.grave() == []
        picture(opened, "media-price")
        page.get_by_role("button", name="Save").click()
        expect(row).to_contain_text("$0.25")
        row.get_by_role("button").click()
        page.get_by_role("dialog").get_by_role("button").filter(has_text="list").click()
        expect(row).not_to_contain_text("$0.25")
        assert opened.grave() == []


def test_a_viewer_is_told_why_a_form_is_not_his(browser: Browser, shown: Gateway) -> None:
    made = {"name": "vic", "password": "a viewer's password", "role": "viewer"}
    with window(browser, shown.url) as opened:
        opened.sign_in()
        assert sent(opened, "/operators", made)["name"] == "vic"
        key = sent(opened, "/keys", {"name": "a spender"})["key"]
        body = {"model": "grok-4", "messages": [{"role": "user", "content": "a"}]}
        own = {"Authorization": f"Bearer {key}"}
        eventually(lambda: shown.post("/chat/completions", body, **own)[0] == 200, "the new key")
        opened.go("/keys")
        opened.page.get_by_role("button", name="a spender").click()
        opened.page.get_by_text("Spent within 30 days").first.wait_for()
        opened.page.get_by_role("dialog").get_by_text("Last used").wait_for()
        assert opened.grave() == []
        picture(opened, "key-spending")
    with window(browser, shown.url) as opened:
        page = opened.page
        page.goto(shown.url + "/admin")
        page.get_by_role("button", name="Sign in with an account of your own").click()
        page.locator("input[autocomplete=username]").fill("vic")
        page.locator("input[type=password]").fill("a viewer's password")
        page.keyboard.press("Enter")
        page.locator("#main h1").wait_for()
        forms = (
            "/credentials?open=add",
            "/credentials?open=export",
            "/keys?open=create",
            "/models?open=create",
            "/models?view=prices&open=create",
        )
        for form in forms:
            opened.go(form)
            page.get_by_role("dialog", name="Not for your role").wait_for()
            assert page.get_by_role("dialog").locator("input, textarea").count() == 0
            assert opened.grave() == []


def test_a_copy_of_the_store_is_made_downloaded_and_deleted(browser: Browser, shown: Gateway) -> None:
    with window(browser, shown.url) as opened:
        page = opened.page
        opened.sign_in()
        opened.go("/system")
        page.get_by_role("button", name="Copy now").click()
        page.get_by_role("button", name="Download grok2api-").wait_for(timeout=20_000)
        assert opened.grave() == []
        assert opened.sideways() <= 0
        picture(opened, "backup")
        with page.expect_download() as coming:
            page.get_by_role("button", name="Download grok2api-").click()
        content = Path(coming.value.path()).read_bytes()
        assert content.startswith(b"SQLite format 3")
        page.get_by_role("button", name="Delete grok2api-").click()
        page.get_by_role("alertdialog").get_by_role("button", name="Delete").click()
        page.get_by_text("There is no copy on this host yet.").wait_for()
