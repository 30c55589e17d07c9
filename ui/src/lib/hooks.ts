import { useCallback, useEffect, useRef, useState, useSyncExternalStore } from "react";
import { useTranslation } from "react-i18next";

interface Clock {
  now: number;
  readers: Set<() => void>;
  timer?: ReturnType<typeof setInterval>;
}

const clocks = new Map<number, Clock>();

function clockOf(everyMs: number): Clock {
  const clock = clocks.get(everyMs) ?? { now: Date.now(), readers: new Set() };
  clocks.set(everyMs, clock);
  return clock;
}

function readClock(everyMs: number): number {
  const clock = clockOf(everyMs);
  if (clock.readers.size === 0 && Date.now() - clock.now >= everyMs) clock.now = Date.now();
  return clock.now;
}

function followClock(everyMs: number, reader: () => void): () => void {
  const clock = clockOf(everyMs);
  clock.readers.add(reader);
  clock.timer ??= setInterval(() => {
    clock.now = Date.now();
    for (const each of clock.readers) each();
  }, everyMs);
  return () => {
    clock.readers.delete(reader);
    if (clock.readers.size > 0) return;
    clearInterval(clock.timer);
    clock.timer = undefined;
  };
}

/** The time, again and again while somebody looks: one clock for all who look equally often. */
export function useNow(everyMs = 1000): number {
  const follow = useCallback((reader: () => void) => followClock(everyMs, reader), [everyMs]);
  return useSyncExternalStore(follow, () => readClock(everyMs));
}

/** A value that has stood still for a while. */
export function useSettled<T>(value: T, ms = 250): T {
  const [settled, setSettled] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), ms);
    return () => clearTimeout(timer);
  }, [value, ms]);
  return settled;
}

export function useLanguage(): string {
  return useTranslation().i18n.language;
}

export function useTitle(title: string): void {
  useEffect(() => {
    document.title = `${title} · grok2api`;
  }, [title]);
}

/** Listen to keys of the whole page; not while somebody types into a field, unless asked for. */
export function useKey(handler: (event: KeyboardEvent) => void): void {
  const latest = useRef(handler);
  latest.current = handler;
  useEffect(() => {
    const listen = (event: KeyboardEvent) => latest.current(event);
    addEventListener("keydown", listen);
    return () => removeEventListener("keydown", listen);
  }, []);
}

export function isTyping(event: KeyboardEvent): boolean {
  const target = event.target as HTMLElement | null;
  return !!target?.closest("input, textarea, select, [contenteditable=true], [role=dialog]");
}

export function useMedia(query: string): boolean {
  const [matches, setMatches] = useState(() => matchMedia(query).matches);
  useEffect(() => {
    const list = matchMedia(query);
    const change = () => setMatches(list.matches);
    change();
    list.addEventListener("change", change);
    return () => list.removeEventListener("change", change);
  }, [query]);
  return matches;
}
