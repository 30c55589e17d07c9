/** What is wrong now, as the process that leads sees it. */
import { queryOptions } from "@tanstack/react-query";
import { api } from "./client";
import { every } from "./flow";
import type { AlertList } from "./schema";

export const alertsQuery = queryOptions({
  queryKey: ["alerts"],
  queryFn: ({ signal }) => api.get<AlertList>("/alerts", undefined, signal),
  refetchInterval: every(20_000),
});
