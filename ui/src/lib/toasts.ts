/** Short notices at the edge of the page. */
import { createStore, useStore } from "./store";

export interface Notice {
  id: number;
  kind: "ok" | "bad" | "info";
  title: string;
  /** May be the words of the server. */
  detail?: string;
  /** The id of the request that it is about. */
  reference?: string;
}

const notices = createStore<readonly Notice[]>([]);
let next = 1;

function add(kind: Notice["kind"], title: string, detail?: string, reference?: string): void {
  notices.set([...notices.get().slice(-3), { id: next++, kind, title, detail, reference }]);
}

export const toast = {
  ok: (title: string, detail?: string) => add("ok", title, detail),
  bad: (title: string, detail?: string, reference?: string) => add("bad", title, detail, reference),
  info: (title: string, detail?: string) => add("info", title, detail),
};

export function dismiss(id: number): void {
  notices.set(notices.get().filter((each) => each.id !== id));
}

export function useNotices(): readonly Notice[] {
  return useStore(notices);
}
