/** What is used at this moment, as the server tells it, and who reads his figures again because of it. */
import type { QueryClient } from "@tanstack/react-query";
import { useQuery } from "@tanstack/react-query";
import { useFlowing } from "./flow";
import { isLong } from "./news";

export interface UsageTick {
  at: string;
  /** How far it looks back. */
  seconds: number;
  /** How many requests have ended since the tick before. */
  ended: number;
  requests: number;
  failed: number;
  refused: number;
  gone: number;
  input_tokens: number;
  output_tokens: number;
  cost_in_usd_ticks: number;
  requests_per_second: number;
}

/** Under which name the latest tick is kept. */
const USAGE_NEWS = ["usage-news"];
/** Milliseconds between two readings of figures while requests end all the time. */
const EVERY = 4000;

/** What a query says of itself to be read again when requests have ended. */
export const following = (follows: boolean) => ({ followsUsage: follows });

let resting: ReturnType<typeof setTimeout> | undefined;
let heardMore = false;

/** Have read again what tells of requests: at once, and what ends soon after together. */
function readAgain(queries: QueryClient): void {
  heardMore = resting !== undefined;
  if (heardMore) return;
  void queries.invalidateQueries(
    { predicate: (query) => query.meta?.followsUsage === true && !isLong(query.state.data) },
    { cancelRefetch: false },
  );
  resting = setTimeout(() => {
    resting = undefined;
    if (heardMore) readAgain(queries);
  }, EVERY);
}

/** Requests may have ended of which no tick told. */
export const usageMissed = readAgain;

export function usageHeard(queries: QueryClient, tick: UsageTick): void {
  queries.setQueryData(USAGE_NEWS, tick);
  if (tick.ended > 0) readAgain(queries);
}

/** The latest tick; null while none comes. */
export function usePulse(): UsageTick | null {
  const { data } = useQuery<UsageTick | null>({ queryKey: USAGE_NEWS, enabled: false });
  return useFlowing() ? (data ?? null) : null;
}
