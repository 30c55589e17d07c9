/** One piece of work at a time: the latest counts, and it can be stopped. */
import { useRef, useState } from "react";

export function useLatest<T>() {
  const [state, setState] = useState<{ value: T | null; error: unknown; busy: boolean }>({
    value: null,
    error: null,
    busy: false,
  });
  const current = useRef<AbortController | null>(null);
  const run = async (work: (signal: AbortSignal, show: (value: T) => void) => Promise<T>) => {
    current.current?.abort();
    const controller = new AbortController();
    current.current = controller;
    const mine = () => current.current === controller;
    setState({ value: null, error: null, busy: true });
    try {
      const value = await work(controller.signal, (value) => mine() && setState({ value, error: null, busy: true }));
      if (mine()) setState({ value, error: null, busy: false });
    } catch (error) {
      if (mine())
        setState((before) => ({ value: before.value, error: controller.signal.aborted ? null : error, busy: false }));
    }
  };
  return { ...state, run, stop: () => current.current?.abort() };
}
