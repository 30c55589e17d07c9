/** Short notices at the edge of the page. */
import { useSyncExternalStore } from "react";

export interface Notice {
  id: number;
  kind: "ok" | "bad" | "info";
  title: string;
  detail?: string;
}

let notices: readonly Notice[] = [];
let next = 1;
const watchers = new Set<() => void>();

function put(list: readonly Notice[]): void {
  notices = list;
  for (const each of watchers) each();
}

function add(kind: Notice["kind"], title: string, detail?: string): void {
  put([...notices.slice(-3), { id: next++, kind, title, detail }]);
}

export const toast = {
  ok: (title: string, detail?: string) => add("ok", title, detail),
  bad: (title: string, detail?: string) => add("bad", title, detail),
  info: (title: string, detail?: string) => add("info", title, detail),
};

export function dismiss(id: number): void {
  put(notices.filter((each) => each.id !== id));
}

export function useNotices(): readonly Notice[] {
  return useSyncExternalStore(
    (watcher) => {
      watchers.add(watcher);
      return () => watchers.delete(watcher);
    },
    () => notices,
  );
}
