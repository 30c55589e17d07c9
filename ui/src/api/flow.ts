/** Whether news come by themselves now. While they do not, pages ask now and then. */
import { createStore, useStore } from "@/lib/store";

const flowing = createStore(false);

export const setFlowing = flowing.set;

export function useFlowing(): boolean {
  return useStore(flowing);
}

/** Ask rarely while news come by themselves, and as often as ever while they do not. */
export function every(ms: number): () => number {
  return () => (flowing.get() ? Math.max(ms, 30_000) : ms);
}
