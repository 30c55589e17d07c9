/** What pages ask the server, and under which name it is kept. */
import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { api } from "./client";
import { every } from "./flow";
import type { CredentialPage, JobList } from "./schema";

export const STATUSES = ["active", "cooling", "exhausted", "expired", "blocked", "disabled"] as const;
export type StatusName = (typeof STATUSES)[number];
export type Counts = Record<StatusName, number> & { all: number };

async function countOf(status: string[], signal: AbortSignal): Promise<number> {
  return (await api.get<CredentialPage>("/credentials", { limit: 1, status }, signal)).total;
}

/** How many credentials there are in each state. */
export const countsQuery = queryOptions({
  queryKey: ["credentials", "counts"],
  queryFn: async ({ signal }): Promise<Counts> => {
    const [all, ...each] = await Promise.all([countOf([], signal), ...STATUSES.map((one) => countOf([one], signal))]);
    const named = Object.fromEntries(STATUSES.map((one, place) => [one, each[place] ?? 0])) as Record<
      StatusName,
      number
    >;
    return { ...named, all: all ?? 0 };
  },
  refetchInterval: every(10_000),
  placeholderData: keepPreviousData,
});

export const jobsQuery = queryOptions({
  queryKey: ["jobs"],
  queryFn: ({ signal }) => api.get<JobList>("/jobs", { limit: 100 }, signal),
  refetchInterval: (query) => (query.state.data?.data.some((job) => isRunning(job.state)) ? 1500 : every(8000)()),
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
