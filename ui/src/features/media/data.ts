/** What is kept of what Grok made. */
import { useInfiniteQuery } from "@tanstack/react-query";
import { useChange } from "@/api/changes";
import { api } from "@/api/client";
import type { MediaPage } from "@/api/schema";
import type { MediaSearch } from "./search";

const PAGE = 60;

export function useMediaPages({ kind, owner }: MediaSearch) {
  return useInfiniteQuery({
    queryKey: ["media", kind, owner],
    queryFn: ({ pageParam, signal }) =>
      api.get<MediaPage>("/media", { kind, owner, limit: PAGE, cursor: pageParam }, signal),
    initialPageParam: "",
    getNextPageParam: (page) => page.next_cursor ?? undefined,
    // Only what is cheap to read again is read again by itself.
    refetchInterval: (query) => ((query.state.data?.pages.length ?? 0) <= 1 ? 15_000 : false),
  });
}

export function useErase() {
  return useChange(["media"], (id: string) => api.delete(`/media/${encodeURIComponent(id)}`));
}
