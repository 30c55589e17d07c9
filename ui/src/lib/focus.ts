/** Where the focus goes when what had it is gone: whoever works by keyboard must never have to begin anew. */

/** The window that is open, or the content of the page. */
function home(): HTMLElement | null {
  const open = document.querySelectorAll<HTMLElement>("[role=dialog]");
  return open[open.length - 1] ?? document.getElementById("main");
}

/**
 * Give the focus back to where it was before a window opened. What had it may be gone by then, or go a moment later,
 * as the row of something that was deleted does: the window that is open, or the page, has it then.
 */
export function giveBack(before: Element | null): void {
  const target = before instanceof HTMLElement && before.isConnected && before !== document.body ? before : home();
  target?.focus();
  const watcher = new MutationObserver(() => {
    if (document.activeElement === document.body) home()?.focus();
  });
  watcher.observe(document.body, { childList: true, subtree: true });
  const moved = (event: FocusEvent) => {
    if (event.target === target) return;
    watcher.disconnect();
    removeEventListener("focusin", moved);
  };
  addEventListener("focusin", moved);
}
