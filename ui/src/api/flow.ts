/** Whether news come by themselves now. While they do not, pages ask now and then. */
import { useSyncExternalStore } from "react";

let flowing = false;
const watchers = new Set<() => void>();

export function setFlowing(next: boolean): void {
  if (flowing === next) return;
  flowing = next;
  for (const each of watchers) each();
}

export function useFlowing(): boolean {
  return useSyncExternalStore(
    (watcher) => {
      watchers.add(watcher);
      return () => watchers.delete(watcher);
    },
    () => flowing,
  );
}

/** Ask rarely while news come by themselves, and as often as ever while they do not. */
export function every(ms: number): () => number {
  return () => (flowing ? Math.max(ms, 30_000) : ms);
}
