/** What was done, page by page, and whether it is whole. */
import { queryOptions, useInfiniteQuery } from "@tanstack/react-query";
import { api } from "@/api/client";
import type { AuditPage, AuditView, ChainView } from "@/api/schema";
import { type AuditSearch, endsOf } from "./search";

const PAGE = 100;

/** The filters as the server is asked for them. */
export function filterOf({ actor, action, target, way, outcome, ...when }: AuditSearch) {
  return { actor, action, target, way, outcome, ...endsOf(when) };
}

export function useAudit({ entry: _, ...search }: AuditSearch) {
  return useInfiniteQuery({
    queryKey: ["audit", search],
    queryFn: ({ pageParam, signal }) =>
      api.get<AuditPage>("/audit", { ...filterOf(search), limit: PAGE, cursor: pageParam }, signal),
    initialPageParam: null as number | null,
    getNextPageParam: (page) => page.next_cursor,
    // Only what is cheap to read again is read again by itself.
    refetchInterval: (query) => ((query.state.data?.pages.length ?? 0) <= 1 ? 10_000 : false),
  });
}

/** It goes through the whole chain, so that it is asked when the page is opened, and when somebody wants it. */
export const chainQuery = queryOptions({
  queryKey: ["audit-chain"],
  queryFn: ({ signal }) => api.get<ChainView>("/audit/verify", undefined, signal),
  staleTime: Number.POSITIVE_INFINITY,
});

/** Deeds: a beginning is left out where its end is there too. */
export function deedsOf(pages: AuditPage[]): AuditView[] {
  const entries = pages.flatMap((page) => page.data);
  const ended = new Set(entries.map((each) => each.of));
  return entries.filter((each) => each.outcome !== "begun" || !ended.has(each.sequence));
}
