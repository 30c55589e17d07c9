/** How the server is doing, and what it tells by itself. */
import { queryOptions, useQuery } from "@tanstack/react-query";
import { api } from "@/api/client";
import { POOL_NEWS } from "@/api/events";
import { useFlowing } from "@/api/flow";
import type { PoolView, SystemView } from "@/api/schema";

export const systemQuery = queryOptions({
  queryKey: ["system"],
  queryFn: ({ signal }) => api.get<SystemView>("/system", undefined, signal),
  refetchInterval: 5000,
});

/** The pool's counts as the server tells them, and whether it tells them now. */
export function useNews(): { pool: PoolView | null; connected: boolean } {
  const { data } = useQuery<PoolView | null>({ queryKey: POOL_NEWS, enabled: false });
  return { pool: data ?? null, connected: useFlowing() };
}
