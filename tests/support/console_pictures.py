"""Makes the pictures of the documents: `make pictures`. Every page of the console, in both themes and both
languages, from a gateway as it looks after some weeks of use.

Must never be part of a test: what it makes depends on the clock and on the fonts of the machine.
"""

from __future__ import annotations

import io
import json
import re
import sys
import tempfile
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Final, cast

from PIL import Image, ImageChops
from playwright.sync_api import Browser, Route, expect, sync_playwright

from support.console import PASSWORD, WIDE, Window, launch, window
from support.console_words import Words
from support.observing import eventually
from support.processes import ROOT
from support.showcase import QUESTIONS, Showcase, ask, film, showcase

FOLDER: Final = ROOT / "docs" / "pictures"
MOST_BYTES: Final = 60_000
MOST_OFF: Final = 16
"""By how much a colour may be another than on the screen, of 255."""
LANGUAGES: Final = {"en": "en-US", "zh-CN": "zh-CN"}
THEMES: Final = ("light", "dark")
ANSWERS: Final = {
    "en": (
        "Compare TCP and UDP in a table",
        "Both carry data between two hosts, but they **promise** different things:\n\n"
        "| | TCP | UDP |\n| --- | --- | --- |\n| Connection | set up first | none |\n"
        "| Order | kept | as it comes |\n| Loss | sent again | left to you |\n"
        "| Good for | pages, files | calls, games |\n\n"
        "Choose TCP when every byte counts, and UDP when `now` is worth more than `all`:\n\n"
        "```python\nsocket.socket(socket.AF_INET, socket.SOCK_DGRAM)  # UDP\n```",
        "The user wants a table. Keep it short, and say when to choose which.",
    ),
    "zh-CN": (
        "用表格比较 TCP 和 UDP",
        "两者都在主机之间传输数据，但**保证**的内容不同：\n\n"
        "| | TCP | UDP |\n| --- | --- | --- |\n| 连接 | 先建立 | 无需建立 |\n"
        "| 顺序 | 保持 | 先到先得 |\n| 丢失 | 自动重传 | 由应用处理 |\n| 适合 | 网页、文件 | 通话、游戏 |\n\n"
        "每个字节都重要时选 TCP，`及时`比`完整`更重要时选 UDP：\n\n"
        "```python\nsocket.socket(socket.AF_INET, socket.SOCK_DGRAM)  # UDP\n```",
        "用户想要一个表格。简短作答，并说明何时选用哪一种。",
    ),
}
SPOKEN: Final = {
    "en": "Good morning. The night was quiet: all requests were served.",
    "zh-CN": "早上好。昨夜一切平稳，所有请求均已完成。",
}
RUNNING: Final = (
    ("Chat frontend", "grok-4"),
    ("Support bot", "grok-3"),
    ("Claude Code, Mia", "team/best"),
    ("Chat frontend", "grok-4-fast"),
)
"""Who asks what while live requests are shown."""

_Extremes = tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class Stage:
    """What one picture is taken of."""

    opened: Window
    made: Showcase
    words: Words
    language: str


def _use_key(stage: Stage, mode: str) -> None:
    stage.opened.go(f"/playground?mode={mode}")
    stage.opened.use_key(stage.made.keys["Chat frontend"])
    stage.opened.page.get_by_label(stage.words("playground.model"), exact=True).first.wait_for(
        state="attached"
    )


def _chat(stage: Stage) -> None:
    question, answer, thought = ANSWERS[stage.language]
    deltas = [
        {"reasoning_content": thought},
        *({"content": part} for part in answer.splitlines(keepends=True)),
    ]
    lines = [json.dumps({"choices": [{"index": 0, "delta": delta}]}) for delta in deltas]
    lines.append(json.dumps({"choices": [], "usage": {"completion_tokens": 214}}))
    stream = "".join(f"data: {line}\n\n" for line in (*lines, "[DONE]"))
    told = {"x-request-id": stage.made.explained, "x-grok2api-upstream-model": "grok-4.7"}

    def answered(route: Route) -> None:
        route.fulfill(status=200, headers=told, content_type="text/event-stream", body=stream)

    page = stage.opened.page
    page.route("**/v1/chat/completions", answered)
    _use_key(stage, "chat")
    page.get_by_label(stage.words("playground.message"), exact=True).fill(question)
    page.keyboard.press("Enter")
    page.get_by_text(stage.words.pattern("playground.total")).wait_for()


def _compare(stage: Stage) -> None:
    page = stage.opened.page
    page.unroute("**/v1/chat/completions")
    stage.opened.go("/playground?mode=compare")
    stage.opened.use_key(stage.made.keys["Chat frontend"])
    page.locator("textarea[placeholder]").fill(ANSWERS[stage.language][0])
    page.keyboard.press("Enter")
    for side in (page.get_by_role("log").first, page.get_by_role("log").last):
        side.get_by_text("$").wait_for()


def _draw(stage: Stage) -> None:
    _use_key(stage, "image")
    page = stage.opened.page
    page.get_by_label(stage.words("playground.prompt"), exact=True).locator("visible=true").fill(
        stage.words("playground.image.hint")
    )
    page.get_by_label(stage.words("playground.count"), exact=True).select_option("2")
    page.get_by_role("button", name=stage.words("playground.image.draw"), exact=True).click()
    page.locator("#main figure img").last.wait_for()


def _film(stage: Stage) -> None:
    _use_key(stage, "video")
    page = stage.opened.page
    page.get_by_label(stage.words("playground.prompt"), exact=True).locator("visible=true").fill(
        stage.words("playground.video.hint")
    )
    page.get_by_role("button", name=stage.words("playground.video.film"), exact=True).click()
    page.locator("#main video").wait_for(timeout=60_000)
    page.locator("#main video").evaluate(
        "each => new Promise(done => { each.onseeked = done; each.currentTime = 1; })"
    )


def _speak(stage: Stage) -> None:
    stage.opened.go("/playground?mode=speech")
    stage.opened.use_key(stage.made.keys["Chat frontend"])
    page = stage.opened.page
    page.get_by_label(stage.words("playground.speech.text"), exact=True).fill(SPOKEN[stage.language])
    page.get_by_role("button", name=stage.words("playground.speech.speak"), exact=True).click()
    page.locator("#main audio").wait_for()


def _overview(stage: Stage) -> None:
    """Let clients ask until what happens right now is told."""
    made, page = stage.made, stage.opened.page
    stage.opened.go("?range=7d")
    figures = page.get_by_role("region", name=stage.words("overview.now.title")).locator("dd").first
    for key, model in 6 * RUNNING:
        ask(made, key, "/chat/completions", {"model": model, "messages": [{"role": "user", "content": "hi"}]})
        page.wait_for_timeout(200)
    expect(figures).to_contain_text(re.compile("[1-9]"))


def _live(stage: Stage) -> None:
    """Let clients ask while somebody looks: the answers come slowly, and end by themselves."""
    made, page = stage.made, stage.opened.page
    made.sandbox.scenario("trickle", delay=0.15, times=len(RUNNING), match={"path": "/responses"})
    stage.opened.go("/requests?view=live")
    page.locator("#main canvas").wait_for()
    callers = ThreadPoolExecutor(len(RUNNING))
    for key, model in RUNNING:
        asked = {"model": model, "stream": True, "messages": [{"role": "user", "content": QUESTIONS[0]}]}
        callers.submit(ask, made, key, "/chat/completions", asked)
        page.wait_for_timeout(1_200)
    callers.shutdown(wait=False)
    page.locator("#main ul > li").nth(len(RUNNING) - 1).wait_for()
    page.wait_for_timeout(1_500)


def _rest(stage: Stage) -> None:
    owner = stage.made.owner
    eventually(lambda: not owner.send("GET", "/requests/live")["data"], "the end of what runs")


def _second_factor(stage: Stage) -> None:
    """The page of whoever has to set up an app first: looked at only, so that nothing is set up."""
    stage.opened.go("/second-factor")
    page = stage.opened.page
    page.locator("#root input[type=password]").fill(PASSWORD)
    page.keyboard.press("Enter")
    page.get_by_role("img", name=stage.words("team.app.qr")).wait_for()


def _import(stage: Stage) -> None:
    stage.opened.go("/credentials?open=import")
    keys = (("xai-sandbox-paris", "Paris"), ("xai-sandbox-lyon", "Lyon"), ("xai-sandbox-studio", "Studio"))
    rows = "".join(f"{key},{name},team\n" for key, name in (*keys, ("not a key", "Typo")))
    page = stage.opened.page
    page.locator("input[type=file]").set_input_files(
        {"name": "keys.csv", "mimeType": "text/csv", "buffer": f"key,name,tags\n{rows}".encode()}
    )
    page.get_by_role("button", name=stage.words("import.dryRun")).click()
    page.get_by_text(stage.words("import.preview")).wait_for()


def _sign_in(stage: Stage) -> None:
    stage.opened.go("/credentials?open=sign-in")
    page = stage.opened.page
    page.get_by_role("dialog").get_by_role("button", name=stage.words("signIn.begin"), exact=True).click()
    page.get_by_role("img", name=stage.words("signIn.qr")).wait_for()


def _give_up(stage: Stage) -> None:
    stage.opened.page.get_by_role("dialog").get_by_role("button", name=stage.words("signIn.giveUp")).click()


def _media(stage: Stage) -> None:
    stage.opened.go("/media")
    stage.opened.page.locator("#main li img").last.wait_for()
    for picture in stage.opened.page.locator("#main li img").all():
        expect(picture).to_have_js_property("complete", True)


def _model(stage: Stage) -> None:
    stage.opened.go("/models?id=grok-4")
    stage.opened.page.get_by_role("dialog").wait_for()


def _review(stage: Stage) -> None:
    stage.opened.go("/settings?section=grok")
    page = stage.opened.page
    page.get_by_role("textbox", name="grok.timeout").fill("600")
    page.get_by_role("button", name=stage.words("settings.review")).click()
    page.get_by_role("dialog").wait_for()


def _reference(stage: Stage) -> None:
    stage.opened.go("/reference")
    stage.opened.use_key(stage.made.keys["Chat frontend"])
    stage.opened.page.locator("#main form input[type=password]").wait_for(state="detached")


def _entry(stage: Stage) -> None:
    stage.opened.go("/audit?action=settings")
    stage.opened.page.locator("tbody button").first.click()
    stage.opened.page.get_by_role("dialog").wait_for()


def _at(path: str) -> Callable[[Stage], None]:
    return lambda stage: stage.opened.go(path)


def _of(path: str, name: str) -> Callable[[Stage], None]:
    return lambda stage: stage.opened.go(path + stage.made.ids[name])


def _explained(path: str) -> Callable[[Stage], None]:
    return lambda stage: stage.opened.go(path + stage.made.explained)


SHOTS: Final[dict[str, Callable[[Stage], None]]] = {
    "overview": _overview,
    "credentials": _at("/credentials"),
    "credential": _of("/credentials?id=", "Jonas's account"),
    "sign-in": _sign_in,
    "import": _import,
    "keys": _at("/keys"),
    "key": _of("/keys?id=", "Chat frontend"),
    "models": _at("/models"),
    "model": _model,
    "prices": _at("/models?view=prices"),
    "requests": _at("/requests?range=7d"),
    "requests-live": _live,
    "request": _explained("/requests?range=7d&id="),
    "why": _explained("/why?id="),
    "jobs": _at("/jobs"),
    "media": _media,
    "playground": _chat,
    "playground-compare": _compare,
    "playground-image": _draw,
    "playground-video": _film,
    "playground-speech": _speak,
    "reference": _reference,
    "settings": _at("/settings?section=grok"),
    "settings-review": _review,
    "settings-history": _at("/settings?section=grok&history=true"),
    "network": _at("/network"),
    "team": _at("/team?view=operators"),
    "audit": _at("/audit"),
    "audit-entry": _entry,
    "system": _at("/system"),
    "setup": _at("/setup"),
    "second-factor": _second_factor,
}
"""What is shown by the name of its picture; the page of signing in comes before them."""
AFTERWARDS: Final[Mapping[str, Callable[[Stage], None]]] = {"sign-in": _give_up, "requests-live": _rest}
"""What is done once a picture has been taken, so that the next ones do not show it."""
SHOWN: Final[Mapping[str, tuple[str, ...]]] = {
    "/": ("overview",),
    "/audit": ("audit", "audit-entry"),
    "/credentials": ("credentials", "credential", "sign-in", "import"),
    "/jobs": ("jobs",),
    "/keys": ("keys", "key"),
    "/login": ("login",),
    "/media": ("media",),
    "/models": ("models", "model", "prices"),
    "/network": ("network",),
    "/playground": (
        "playground",
        "playground-compare",
        "playground-image",
        "playground-video",
        "playground-speech",
    ),
    "/reference": ("reference",),
    "/requests": ("requests", "requests-live", "request"),
    "/second-factor": ("second-factor",),
    "/settings": ("settings", "settings-review", "settings-history"),
    "/setup": ("setup",),
    "/system": ("system",),
    "/team": ("team",),
    "/why": ("why",),
}
"""The pictures of every route of the console; a house test compares them with its router."""


def _keep(opened: Window, file: Path) -> None:
    """Take a picture of the window, as small as it has to be."""
    shot = Image.open(io.BytesIO(opened.page.screenshot())).convert("RGB")
    file.write_bytes(_without_loss(shot) or _with_loss(shot))


def _without_loss(shot: Image.Image) -> bytes | None:
    """Return a page of few colours, as most are: sharper and a third smaller; None if there are too many."""
    drawn = shot.quantize(256, method=Image.Quantize.MAXCOVERAGE, kmeans=3).convert("RGB")
    if max(most for _, most in cast("_Extremes", ImageChops.difference(shot, drawn).getextrema())) > MOST_OFF:
        return None
    made = io.BytesIO()
    drawn.save(made, "WEBP", lossless=True, quality=75, method=4)
    return made.getvalue()


def _with_loss(shot: Image.Image) -> bytes:
    for quality in (64, 58, 52, 46):
        made = io.BytesIO()
        shot.save(made, "WEBP", quality=quality, method=6)
        if len(made.getvalue()) <= MOST_BYTES:
            break
    return made.getvalue()


def _series(browser: Browser, made: Showcase, language: str, theme: str, wanted: list[str]) -> None:
    words = Words(language)
    folder = FOLDER / language
    folder.mkdir(parents=True, exist_ok=True)
    with window(
        browser, made.gateway.url, size=WIDE, language=LANGUAGES[language], theme=theme, quiet=False
    ) as opened:
        opened.page.goto(made.gateway.url + "/admin")
        opened.page.locator("input[type=password]").wait_for()
        if not wanted or "login" in wanted:
            _keep(opened, folder / f"login-{theme}.webp")
        opened.sign_in()
        for name, show in SHOTS.items():
            if wanted and name not in wanted:
                continue
            stage = Stage(opened, made, words, language)
            show(stage)
            opened.settle()
            opened.page.wait_for_timeout(250)
            _keep(opened, folder / f"{name}-{theme}.webp")
            if name in AFTERWARDS:
                AFTERWARDS[name](stage)
            if blamed := opened.blamed():
                sys.stderr.write(f"{language} {theme} {name}: {blamed}\n")
                opened.complaints.clear()


def main(wanted: list[str]) -> None:
    """Make the pictures of these names; without any, all."""
    with (
        tempfile.TemporaryDirectory() as directory,
        showcase(Path(directory)) as made,
        sync_playwright() as playwright,
    ):
        film(made, "A paper boat in the rain")
        browser = launch(playwright)
        for language in LANGUAGES:
            for theme in THEMES:
                _series(browser, made, language, theme, wanted)
        browser.close()
    sizes = [file.stat().st_size for file in FOLDER.rglob("*.webp")]
    told = f"{len(sizes)} pictures, {sum(sizes) / 1e6:.1f} MB, the largest {max(sizes) / 1e3:.0f} KB"
    sys.stdout.write(told + "\n")


if __name__ == "__main__":
    main(sys.argv[1:])
