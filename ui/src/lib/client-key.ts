/** The client key that the playground works with. It lives in this page's memory only, and is gone with it. */
import { useSyncExternalStore } from "react";

let key = "";
const watchers = new Set<() => void>();

export function setClientKey(next: string): void {
  key = next.trim();
  for (const each of watchers) each();
}

export function useClientKey(): string {
  return useSyncExternalStore(
    (watcher) => {
      watchers.add(watcher);
      return () => watchers.delete(watcher);
    },
    () => key,
  );
}
