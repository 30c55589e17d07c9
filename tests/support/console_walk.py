"""The way of an operator through the console, from the printed password to a setting that was taken back. One
walk for both hands and all languages: what is written on the pages comes from the console's own files.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from playwright.sync_api import Locator, expect

from support.console import Window
from support.console_words import Words
from support.hands import Hand
from support.observing import eventually
from support.processes import Gateway, Sandbox, request
from support.sandbox_issuer import Issuer

ALIAS: Final = "team/best"
OWN_PASSWORD: Final = "a password of my own"
OPERATIONS: Final = ("chat", "images", "videos", "speech")
_PLAYS: Final = """async (each) => {
  if (each.readyState < 2) await new Promise((ready, failed) => {
    each.addEventListener("loadeddata", ready);
    each.addEventListener("error", () => failed(new Error(each.error?.message)));
  });
  each.muted = true;
  await each.play();
  await new Promise((moved) => each.addEventListener("timeupdate", () => each.currentTime > 0 && moved()));
  return [each.duration, each.videoWidth ?? 0];
}"""


@dataclass
class Walk:
    """One operator, in one language, with one kind of hand."""

    opened: Window
    hand: Hand
    words: Words
    gateway: Gateway
    sandbox: Sandbox
    judging: bool = True
    """Whether every stop is judged by axe, which takes most of the time of a walk."""

    def button(self, key: str, within: Locator | None = None) -> Locator:
        """Return the button that is called so."""
        return (within or self.opened.page).get_by_role("button", name=self.words(key), exact=True)

    def field(self, key: str, within: Locator | None = None) -> Locator:
        """Return the field that is called so."""
        name = re.compile(rf"^{re.escape(self.words(key))}( ?{re.escape(self.words('form.optional'))})?$")
        return (within or self.opened.page).get_by_label(name).last

    def go_to(self, key: str) -> None:
        """Go to a page by the sidebar."""
        link = self.opened.page.locator("aside nav").get_by_role("link", name=self.words(key), exact=True)
        self.hand.press(link)
        expect(link).to_have_attribute("aria-current", "page")
        self.opened.settle()

    def told(self, key: str, **values: object) -> None:
        """Wait until something is said."""
        self.opened.page.get_by_text(self.words(key, **values)).first.wait_for()

    def closed(self, dialog: Locator) -> None:
        """A dialog is gone, and has given the focus back."""
        expect(dialog).to_have_count(0)
        self.hand.rest(self.opened.page.url)

    def judge(self) -> None:
        """Nothing here keeps anybody out."""
        found = self.opened.grave() if self.judging else []
        assert not found, found
        assert self.opened.sideways() <= 0

    def sign_in(self, password: str) -> None:
        """Come in with the printed password, and choose another."""
        page, words = self.opened.page, self.words
        page.goto(self.gateway.url + "/admin")
        self.hand.send(page.get_by_label(words("session.password"), exact=True), password)
        page.get_by_role("heading", name=words("session.setup.title")).wait_for()
        self.judge()
        self.hand.write(self.field("team.current"), password)
        self.hand.write(self.field("team.new"), OWN_PASSWORD)
        self.hand.send(self.field("team.again"), OWN_PASSWORD)
        self.told("team.told.password")

    def set_up(self, key: str) -> None:
        """Take the other steps to the first answer, with the printed client key."""
        page, words = self.opened.page, self.words
        self.hand.write(page.get_by_label(words("credentials.field.key"), exact=True), "xai-sandbox-alice")
        self.hand.press(self.button("credentials.add"))
        self.hand.press(page.get_by_role("radio", name=words("session.setup.have")))
        self.hand.write(page.get_by_label(words("session.setup.paste"), exact=True), key)
        self.hand.press(self.button("session.setup.check"))
        self.hand.press(self.button("session.setup.run"))
        self.told("session.setup.answered")
        self.told("session.setup.finished")
        self.judge()

    def sign_in_by_code(self) -> None:
        """Add an account with a device code, which somebody allows elsewhere."""
        page, words = self.opened.page, self.words
        self.go_to("nav.credentials")
        self.hand.press(self.button("credentials.signIn"))
        dialog = page.get_by_role("dialog")
        self.hand.write(self.field("credentials.field.name", dialog), "ann's account")
        self.hand.press(self.button("signIn.begin", dialog))
        code = dialog.get_by_label(words("signIn.code"), exact=True).inner_text()
        expect(dialog.get_by_role("img", name=words("signIn.qr"))).to_be_visible()
        self.judge()
        Issuer(self.sandbox.base_url).post("/approve", user_code=code, account="ann", tier="supergrok")
        self.told("signIn.done")
        self.hand.press(self.button("action.done", dialog))
        page.get_by_role("button", name="ann's account", exact=True).wait_for()
        self.closed(dialog)

    def make_alias(self) -> None:
        """Give a model a name of one's own."""
        dialog = self.opened.page.get_by_role("dialog")
        self.go_to("nav.models")
        self.hand.press(self.button("models.create"))
        self.hand.write(self.field("models.field.id", dialog), ALIAS)
        self.hand.write(self.field("models.field.target", dialog), "grok-4")
        self.hand.press(self.button("models.make", dialog))
        self.told("models.told.made", id=ALIAS)
        self.closed(dialog)

    def make_key(self) -> None:
        """Make a client key with limits, and let the playground use it."""
        dialog = self.opened.page.get_by_role("dialog")
        self.go_to("nav.keys")
        self.hand.press(self.button("keys.create").first)
        self.hand.write(self.field("keys.field.name", dialog), "an app")
        self.hand.write(self.field("keys.field.rpm", dialog), "600")
        self.hand.write(self.field("keys.field.budget_day_usd", dialog), "25")
        self.hand.press(self.button("keys.make", dialog))
        self.told("keys.once")
        self.judge()
        key = dialog.get_by_role("region", name=self.words("keys.theKey")).inner_text().strip()
        headers = {"Authorization": f"Bearer {key}"}
        named = f"{self.gateway.base_url}/models/{ALIAS}"
        eventually(lambda: request("GET", named, headers=headers)[0] == 200)
        self.hand.press(self.button("keys.toPlayground", dialog))
        self.hand.press(self.button("keys.kept", dialog))
        self.closed(dialog)

    def chat(self) -> None:
        """Ask the alias, and see the answer arrive as a stream."""
        page, words = self.opened.page, self.words
        self.go_to("nav.playground")
        self.hand.choose(
            page.get_by_label(words("playground.model"), exact=True).locator("visible=true"), ALIAS
        )
        with page.expect_response("**/v1/chat/completions") as answering:
            self.hand.send(page.get_by_label(words("playground.message"), exact=True), "Say hello.")
        assert answering.value.headers["content-type"].startswith("text/event-stream")
        page.get_by_text(words.pattern("playground.total")).wait_for()
        assert page.locator("#main article p").locator("visible=true").first.inner_text().strip()
        self.judge()
        self.hand.press(self.button("playground.code").locator("visible=true"))
        expect(page.get_by_role("dialog")).to_contain_text("$GROK2API_KEY")
        page.keyboard.press("Escape")
        self.closed(page.get_by_role("dialog"))

    def try_mode(self, mode: str, field: str, text: str, action: str) -> None:
        """Give another part of the playground its words, and begin."""
        page, words = self.opened.page, self.words
        self.hand.press(page.get_by_role("radio", name=words(f"playground.modes.{mode}")))
        self.hand.write(page.get_by_label(words(field), exact=True).locator("visible=true"), text)
        self.hand.press(self.button(action))

    def draw(self) -> None:
        """Get a picture, and see it."""
        self.try_mode("image", "playground.prompt", "a red kite", "playground.image.draw")
        shown = self.opened.page.locator("#main figure img").first
        shown.wait_for()
        expect(shown).to_have_js_property("complete", True)
        assert shown.evaluate("each => each.naturalWidth") > 0
        self.judge()

    def film(self) -> None:
        """Get a clip, and see it play."""
        self.try_mode("video", "playground.prompt", "a paper boat", "playground.video.film")
        clip = self.opened.page.locator("#main video")
        clip.wait_for(timeout=60_000)
        seconds, width = clip.evaluate(_PLAYS)
        assert 3.5 < seconds < 4.5
        assert width > 0
        self.judge()

    def speak(self) -> None:
        """Get a text spoken, and hear it play."""
        self.try_mode("speech", "playground.speech.text", "Good morning.", "playground.speech.speak")
        sound = self.opened.page.locator("#main audio")
        sound.wait_for()
        assert sound.evaluate(_PLAYS)[0] > 0
        self.judge()

    def look_at_media(self, key: str) -> None:
        """Look at pictures that a client got, one after another, and delete one."""
        page = self.opened.page
        for prompt in ("a blue kite", "a green kite"):
            body = {"prompt": prompt, "response_format": "url"}
            headers = {"Authorization": f"Bearer {key}"}
            assert (
                request("POST", self.gateway.base_url + "/images/generations", body, headers=headers)[0]
                == 200
            )
        self.go_to("nav.media")
        kept = page.locator("#main li")
        expect(kept.nth(1)).to_be_visible()
        before = kept.count()
        self.hand.press(kept.first.get_by_role("button"))
        shown = page.get_by_role("dialog").get_by_role("img")
        first = shown.get_attribute("src") or ""
        page.keyboard.press("ArrowRight")
        expect(shown).not_to_have_attribute("src", first)
        self.judge()
        self.hand.press(self.button("action.delete", page.get_by_role("dialog")))
        self.hand.press(self.button("action.delete", page.get_by_role("alertdialog")))
        self.told("media.deleted")
        self.hand.rest("a picture was deleted")
        self.hand.press(self.button("action.close", page.get_by_role("dialog")))
        self.closed(page.get_by_role("dialog"))
        expect(kept).to_have_count(before - 1)

    def invite(self) -> None:
        """Give somebody an account, and take it back."""
        page, words = self.opened.page, self.words
        dialog = page.get_by_role("dialog")
        self.go_to("nav.team")
        self.hand.press(page.get_by_role("radio", name=words("team.operators"), exact=True))
        self.hand.press(self.button("team.create").first)
        self.hand.write(self.field("team.column.name", dialog), "vera")
        self.hand.choose(self.field("team.column.role", dialog), "operator")
        self.hand.send(self.field("session.password", dialog), OWN_PASSWORD)
        self.told("team.told.created", name="vera")
        self.closed(dialog)
        self.judge()
        self.hand.press(page.get_by_role("button", name=words("team.actions", name="vera"), exact=True))
        page.get_by_role("menu").wait_for()
        page.keyboard.press("End")
        last = page.get_by_role("menuitem", name=words("action.delete"), exact=True)
        expect(last).to_be_focused()
        page.keyboard.press("Enter")
        self.hand.press(self.button("action.delete", page.get_by_role("alertdialog")))
        self.told("team.told.deleted", name="vera")
        self.closed(page.get_by_role("alertdialog"))

    def read_log(self) -> None:
        """Find each of them in the log, with its course and the reasons of its credential."""
        page, words = self.opened.page, self.words
        drawer = page.get_by_role("dialog")
        for operation in OPERATIONS:
            self.go_to("nav.requests")
            named = page.locator("span").filter(has_text=re.compile(rf"^{operation}( ·.*)?$"))
            row = page.locator("tbody tr").filter(has=named).filter(has_text="an app").first
            row.wait_for()
            self.hand.press(row.get_by_role("button"))
            drawer.get_by_text(words("log.event.chosen")).first.wait_for()
            drawer.get_by_text(words("log.event.ended")).first.wait_for()
            expect(drawer).to_contain_text(f"{ALIAS} →" if operation == "chat" else operation)
            self.judge()
            self.hand.press(drawer.get_by_role("link", name=words("requests.title")))
            page.get_by_text(words.pattern("requests.because")).first.wait_for()
            expect(drawer).to_have_count(0)
            self.judge()

    def set_timeout(self, before: str, after: str) -> None:
        """Change a setting after a look at the difference."""
        page = self.opened.page
        self.hand.write(page.get_by_role("textbox", name="grok.timeout"), after)
        self.hand.press(self.button("settings.review"))
        dialog = page.get_by_role("dialog", name=self.words("settings.review"))
        row = dialog.get_by_role("listitem").filter(has_text="grok.timeout")
        expect(row).to_contain_text(before)
        expect(row).to_contain_text(after)
        self.judge()
        self.hand.press(self.button("action.save", dialog))
        self.closed(dialog)
        self.told("settings.saved")

    def change_settings_and_go_back(self) -> None:
        """Change a setting twice, and go back to how it was after the first change."""
        page, words = self.opened.page, self.words
        self.go_to("nav.settings")
        sections = page.get_by_role("navigation", name=words("settings.sections"))
        section = re.compile(rf"^{words('settings.section.grok')}\s*\d+$")
        self.hand.press(sections.get_by_role("button", name=section))
        self.set_timeout(words("settings.notStored"), "601")
        expect(page.get_by_text(words("settings.source.store")).first).to_be_visible()
        self.set_timeout("601", "602")
        self.hand.press(self.button("settings.history"))
        drawer = page.get_by_role("dialog", name=words("settings.history"))
        drawer.get_by_text("#2").wait_for()
        self.judge()
        self.hand.press(drawer.get_by_role("listitem").filter(has_text="#1").get_by_role("button"))
        self.hand.press(self.button("settings.back", page.get_by_role("alertdialog")))
        self.told("settings.isBack", number=1)
        drawer.get_by_text("#3").wait_for()
        page.keyboard.press("Escape")
        self.closed(drawer)
        expect(page.get_by_role("textbox", name="grok.timeout")).to_have_value("601")
