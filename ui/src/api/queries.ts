/** What pages ask the server, and under which name it is kept. */
import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { api } from "./client";
import { every } from "./flow";
import type { JobList, PoolView, ReleaseView } from "./schema";

export const STATUSES = ["active", "cooling", "exhausted", "expired", "blocked", "disabled"] as const;
export type StatusName = (typeof STATUSES)[number];
export interface Counts extends Record<StatusName, number> {
  all: number;
  /** How many could take a request now; the sandbox's own count too. */
  usable: number;
  /** Whether the built-in sandbox answers, and not xAI. */
  sandbox: boolean;
}

/** Counts by status as pages hold them. */
export function countsOf(pool: Pick<PoolView, "total" | "by_status" | "usable" | "sandbox">): Counts {
  const named = Object.fromEntries(STATUSES.map((status) => [status, pool.by_status[status] ?? 0]));
  return { ...named, all: pool.total, usable: pool.usable, sandbox: pool.sandbox } as Counts;
}

/** How many credentials there are in each state. */
export const countsQuery = queryOptions({
  queryKey: ["credentials", "counts"],
  queryFn: async ({ signal }) => countsOf(await api.get<PoolView>("/pool", undefined, signal)),
  refetchInterval: every(10_000),
  placeholderData: keepPreviousData,
});

export const jobsQuery = queryOptions({
  queryKey: ["jobs"],
  queryFn: ({ signal }) => api.get<JobList>("/jobs", { limit: 100 }, signal),
  refetchInterval: (query) => (query.state.data?.data.some((job) => isRunning(job.state)) ? 1500 : every(8000)()),
});

/** Which version is the newest; the server learns of it once a day, if at all. */
export const releaseQuery = queryOptions({
  queryKey: ["release"],
  queryFn: ({ signal }) => api.get<ReleaseView>("/release", undefined, signal),
  staleTime: 600_000,
});

export function isRunning(state: string): boolean {
  return state === "running";
}

export type Readiness = "ready" | "degraded" | "away";

/** Whether the server can answer; the probe is open, and asks nothing of the pool. */
export const readinessQuery = queryOptions({
  queryKey: ["readiness"],
  queryFn: async ({ signal }): Promise<Readiness> => {
    try {
      const answer = await fetch("/ready", { signal, cache: "no-store" });
      const told = (await answer.json()) as { status: string };
      return answer.ok && told.status === "ready" ? "ready" : "degraded";
    } catch (reason) {
      if (signal.aborted) throw reason;
      return "away";
    }
  },
  refetchInterval: 10_000,
  retry: false,
});
