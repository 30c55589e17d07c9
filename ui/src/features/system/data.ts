/** How the server is doing, and what it tells by itself. */
import { queryOptions, useQueryClient } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { API, api } from "@/api/client";
import type { SystemView } from "@/api/schema";

export const systemQuery = queryOptions({
  queryKey: ["system"],
  queryFn: ({ signal }) => api.get<SystemView>("/system", undefined, signal),
  refetchInterval: 5000,
});

export interface PoolNews {
  total: number;
  by_status: Record<string, number>;
  usable: number;
  in_flight: number;
  waiting: number;
}

/** The pool's counts as the server tells them; what else changed is asked for again. */
export function useNews(): { pool: PoolNews | null; connected: boolean } {
  const queries = useQueryClient();
  const [pool, setPool] = useState<PoolNews | null>(null);
  const [connected, setConnected] = useState(false);
  useEffect(() => {
    const source = new EventSource(`${API}/events`);
    const again = (key: string) => () => void queries.invalidateQueries({ queryKey: [key] });
    source.addEventListener("hello", (event: MessageEvent<string>) => {
      setConnected(true);
      setPool((JSON.parse(event.data) as { pool: PoolNews }).pool);
    });
    source.addEventListener("pool", (event: MessageEvent<string>) => setPool(JSON.parse(event.data) as PoolNews));
    for (const key of ["credentials", "keys", "settings"]) source.addEventListener(key, again(key));
    source.addEventListener("job", again("jobs"));
    source.addEventListener("store", again("system"));
    source.addEventListener("end", () => source.close());
    source.onerror = () => setConnected(false);
    return () => source.close();
  }, [queries]);
  return { pool, connected };
}
