/** The client key that the playground works with. It lives in this page's memory only, and is gone with it. */
import { createStore, useStore } from "./store";

const key = createStore("");

export function setClientKey(next: string): void {
  key.set(next.trim());
}

export function useClientKey(): string {
  return useStore(key);
}
