"""Two ways to work the console: with a pointer, and by keyboard alone, where the focus is watched."""

from __future__ import annotations

from typing import Final, Protocol

from playwright.sync_api import Locator, Page, expect

_MOST: Final = 200
"""How often Tab is pressed until something counts as out of reach."""
_SPACED: Final = {"checkbox", "radio", "switch"}
"""Parts that are worked by Space."""
_TABBABLE: Final = """element => {
  const open = document.querySelectorAll("[role=dialog], [role=alertdialog]");
  const within = open.length ? open[open.length - 1] : document;
  const all = [...within.querySelectorAll("a[href], button, input, select, textarea, summary, [tabindex]")]
    .filter(each => each.tabIndex >= 0 && !each.disabled && each.checkVisibility({visibilityProperty: true}));
  return [all.indexOf(element), all.indexOf(document.activeElement)];
}"""
_STOP: Final = """element => {
  // Of those whose focus roves, any may be the stop just now: Tab leads to the group.
  const group = element.closest("[role=radiogroup], [role=tablist]");
  if (group && element.matches("[role=radio], [role=tab]")) return group;
  if (element.tabIndex >= 0) return element;
  return element.closest("[role=group], [role=radiogroup], [role=toolbar], [role=tablist]") ?? element;
}"""
_JUDGED: Final = """() => {
  // Players draw rings around their own buttons; a dialog that has the focus itself is all that is there.
  const at = document.activeElement;
  if (!at || at === document.body) return "nothing has the focus";
  const named = `${at.tagName} ${at.getAttribute("aria-label") ?? at.textContent?.slice(0, 40) ?? ""}`;
  const style = getComputedStyle(at);
  const accent = getComputedStyle(document.documentElement).getPropertyValue("--accent").trim();
  const parts = [1, 3, 5].map((place) => parseInt(accent.slice(place, place + 2), 16)).join(", ");
  const around = at.closest("form");
  const framed = around && getComputedStyle(around).borderTopColor === `rgb(${parts})`;
  const ringed = style.outlineStyle !== "none" && parseFloat(style.outlineWidth) > 0;
  const own = at.matches("audio, video, [role=dialog], [role=alertdialog]");
  if (!ringed && !framed && !own) return `no ring: ${named}`;
  const box = at.getBoundingClientRect();
  const left = Math.max(box.left, 0), right = Math.min(box.right, innerWidth);
  const top = Math.max(box.top, 0), bottom = Math.min(box.bottom, innerHeight);
  if (right - left < 1 || bottom - top < 1) return `out of sight: ${named}`;
  for (const across of [0.5, 0.1, 0.9]) for (const down of [0.5, 0.1, 0.9]) {
    const met = document.elementFromPoint(left + (right - left) * across, top + (bottom - top) * down);
    if (met && (at.contains(met) || met.contains(at) || met.closest("label")?.contains(at))) return "";
  }
  const met = document.elementFromPoint((left + right) / 2, (top + bottom) / 2);
  if (met?.closest(".fixed.z-70")) return "";  // a notice goes by itself, and by Escape
  return `covered: ${named} by ${met?.tagName} ${met?.className}`;
}"""

_NAMED: Final = """() => {
  const at = document.activeElement;
  return `${at?.tagName} ${at?.getAttribute("aria-label") ?? at?.textContent?.slice(0, 40) ?? ""}`;
}"""


class Hand(Protocol):
    """How somebody works a page."""

    def press(self, target: Locator) -> None:
        """Press a button, a link, a row, one of a few, or a switch."""

    def write(self, target: Locator, text: str) -> None:
        """Put a text in the place of what stands in a field."""

    def choose(self, target: Locator, value: str) -> None:
        """Choose a value of a list."""

    def send(self, target: Locator, text: str) -> None:
        """Write a text and send it off by Enter."""

    def rest(self, after: str) -> None:
        """Something has closed or gone: whoever needs the focus must still have it."""


class Pointer:
    """Somebody with a mouse."""

    def __init__(self, page: Page) -> None:
        self._page = page

    def press(self, target: Locator) -> None:
        target.click()

    def write(self, target: Locator, text: str) -> None:
        target.fill(text)

    def choose(self, target: Locator, value: str) -> None:
        target.select_option(value)

    def send(self, target: Locator, text: str) -> None:
        target.fill(text)
        target.press("Enter")

    def rest(self, after: str) -> None:
        """A pointer needs no focus."""


class Keyboard:
    """Somebody without one: Tab, arrows, Enter and letters are all there is."""

    def __init__(self, page: Page) -> None:
        self._page = page
        self.lost: list[str] = []
        """Where the focus could not be seen, in words."""

    def press(self, target: Locator) -> None:
        self._reach(target)
        self._page.keyboard.press("Space" if target.get_attribute("role") in _SPACED else "Enter")

    def write(self, target: Locator, text: str) -> None:
        self._reach(target)
        self._page.keyboard.press("Control+a")
        self._page.keyboard.type(text)

    def choose(self, target: Locator, value: str) -> None:
        self._reach(target)
        self._page.keyboard.press("Home")
        for _ in range(target.locator("option").count()):
            if target.input_value() == value:
                return
            self._page.keyboard.press("ArrowDown")
        assert target.input_value() == value

    def send(self, target: Locator, text: str) -> None:
        self.write(target, text)
        self._page.keyboard.press("Enter")

    def rest(self, after: str) -> None:
        for _ in range(20):
            if self._page.evaluate("document.activeElement !== document.body"):
                return self._watch()
            self._page.wait_for_timeout(50)
        self.lost.append(f"nothing has the focus after {after}")
        return None

    def _reach(self, target: Locator) -> None:
        """Press Tab until something has the focus; of a group its own keys go to the wanted one."""
        expect(target).to_be_enabled()
        stop = target.evaluate_handle(_STOP)
        wanted, present = stop.as_element().evaluate(_TABBABLE)  # type: ignore[union-attr]
        key = "Shift+Tab" if 0 <= wanted < present else "Tab"
        met: list[str] = []
        for _ in range(_MOST):
            if stop.evaluate("element => element.contains(document.activeElement)"):
                break
            met.append(self._page.evaluate(_NAMED))
            if not stop.evaluate("element => element.isConnected"):  # the page has been drawn anew meanwhile
                stop = target.evaluate_handle(_STOP)
            self._page.keyboard.press(key)
            self._watch(at_edge=True)
        else:
            raise AssertionError(f"it cannot be reached by {key}: {target}; met: {met}")
        for _ in range(20):
            if target.evaluate("element => element === document.activeElement"):
                self._watch()
                return
            self._arrow()
        raise AssertionError(f"it cannot be reached by arrows: {target}")

    def _arrow(self) -> None:
        """Go on by an arrow, and look where that led: the focus follows a moment later."""
        before = self._page.evaluate_handle("document.activeElement")
        self._page.keyboard.press("ArrowRight")
        self._page.wait_for_function("before => document.activeElement !== before", arg=before)

    def _watch(self, *, at_edge: bool = False) -> None:
        told: str = self._page.evaluate(_JUDGED)
        for _ in range(20):  # what moves with the focus is there some frames later
            if not told or (at_edge and told.startswith("nothing")):
                return
            self._page.wait_for_timeout(50)
            told = self._page.evaluate(_JUDGED)
        self.lost.append(told)
