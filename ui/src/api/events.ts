/** The server's news: one stream for this window, closed while nobody looks at it; who misses it asks again by himself. */
import type { QueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import { API, api } from "./client";
import { setFlowing } from "./flow";
import { credentialsHeard } from "./news";
import { type UsageTick, usageHeard, usageMissed } from "./pulse";
import { countsOf, countsQuery } from "./queries";
import type { PoolView } from "./schema";

const FIRST_WAIT = 2000;
const LONGEST_WAIT = 60_000;
/** Milliseconds between two readings of credentials: in a large pool something changes all the time. */
const CREDENTIALS_EVERY = 3000;

/** What is read again when its event comes; every worker shows it as the store holds it. */
const MOVED = ["keys", "alerts", "models", "prices", "settings"];

/** Under which name the latest counts of the pool are kept. */
export const POOL_NEWS = ["pool-news"];

let queries: QueryClient | null = null;
let source: EventSource | null = null;
let retry: ReturnType<typeof setTimeout> | undefined;
let wait = FIRST_WAIT;
let wanted = 0;
let liveWanted = 0;

/** How long until the next try, after so long a wait. */
export function longer(before: number): number {
  return Math.min(LONGEST_WAIT, before * 2);
}

function close(): void {
  clearTimeout(retry);
  source?.close();
  source = null;
  setFlowing(false);
}

function moved(key: string): () => void {
  return () => void queries?.invalidateQueries({ queryKey: [key] });
}

let resting: ReturnType<typeof setTimeout> | undefined;
let heardMore = false;

/** Have credentials read again: at once, and what is heard soon after together. */
function hearCredentials(): void {
  heardMore = resting !== undefined;
  if (heardMore || !queries) return;
  credentialsHeard(queries);
  resting = setTimeout(() => {
    resting = undefined;
    if (heardMore) hearCredentials();
  }, CREDENTIALS_EVERY);
}

/** Read again what the stream will tell of: nobody told what changed before it began, or while it was away. */
function catchUp(client: QueryClient): void {
  for (const key of [...MOVED, "jobs"]) void client.invalidateQueries({ queryKey: [key] }, { cancelRefetch: false });
  hearCredentials();
  usageMissed(client);
}

function open(): void {
  close();
  if (wanted === 0 || document.hidden) return;
  const stream = new EventSource(`${API}/events${liveWanted > 0 ? "?live=true" : ""}`);
  source = stream;
  const on = (name: string, then: (data: unknown) => void) =>
    stream.addEventListener(name, (event) => then(JSON.parse((event as MessageEvent<string>).data)));
  const pool = (counts: PoolView) => {
    queries?.setQueryData(POOL_NEWS, counts);
    queries?.setQueryData(countsQuery.queryKey, countsOf(counts));
  };
  on("hello", (data) => {
    wait = FIRST_WAIT;
    setFlowing(true);
    pool((data as { pool: PoolView }).pool);
    if (queries) catchUp(queries);
  });
  on("pool", (data) => pool(data as PoolView));
  on("live", (data) => queries?.setQueryData(["requests", "live"], data));
  on("credentials", hearCredentials);
  on("usage", (data) => queries && usageHeard(queries, data as UsageTick));
  for (const name of MOVED) on(name, moved(name));
  on("job", moved("jobs"));
  on("store", moved("readiness"));
  on("store", moved("system"));
  on("end", moved("session"));
  stream.onerror = () => {
    if (source !== stream) return;
    close();
    // A stream cannot tell why it is refused; a plain call is told, and leads there.
    void api.get("/pool").catch(() => undefined);
    retry = setTimeout(open, wait);
    wait = longer(wait);
  };
}

/** Follow the news as long as the console is shown. */
export function useEvents(client: QueryClient): void {
  useEffect(() => {
    queries = client;
    wanted += 1;
    // The page itself comes first: the stream begins when it has been drawn.
    const begin = setTimeout(open, 300);
    document.addEventListener("visibilitychange", open);
    return () => {
      clearTimeout(begin);
      document.removeEventListener("visibilitychange", open);
      wanted -= 1;
      close();
    };
  }, [client]);
}

/** Have what runs now told as well, as long as somebody looks at it. */
export function useLiveEvents(): void {
  useEffect(() => {
    liveWanted += 1;
    if (liveWanted === 1 && source) open();
    return () => {
      liveWanted -= 1;
      if (liveWanted === 0 && source) open();
    };
  }, []);
}
