/** What is wrong now, as the process that leads sees it. */
import { queryOptions } from "@tanstack/react-query";
import { api } from "./client";
import type { AlertList } from "./schema";

export const alertsQuery = queryOptions({
  queryKey: ["alerts"],
  queryFn: ({ signal }) => api.get<AlertList>("/alerts", undefined, signal),
  refetchInterval: 20_000,
});
