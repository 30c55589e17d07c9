/** The list of credentials, page by page. A long one stays fresh where it is seen, for the whole is dear to read. */
import {
  type InfiniteData,
  type QueryClient,
  queryOptions,
  skipToken,
  useInfiniteQuery,
  useQuery,
  useQueryClient,
} from "@tanstack/react-query";
import { useEffect, useMemo, useRef } from "react";
import { api } from "@/api/client";
import { CREDENTIAL_NEWS, isLong, type News } from "@/api/news";
import type { CredentialPage, CredentialView } from "@/api/schema";
import type { CredentialFilter } from "./search";

type Pages = InfiniteData<CredentialPage>;

const PAGE = 250;
/** Milliseconds after which a page that is seen is read again, whether or not anything was heard. */
const OLD = 30_000;
/** Milliseconds between two readings of a whole long list, unless somebody here has changed it. */
const RARELY = 30_000;

const readAt = new WeakMap<CredentialPage, number>();
const newsQuery = queryOptions<News>({ queryKey: CREDENTIAL_NEWS, queryFn: skipToken, staleTime: Infinity });
const NONE: News = { at: 0, own: false };
let wholeAt = 0;

/** Which pages are seen, by their place. */
export interface Seen {
  first: number;
  last: number;
}

export function pageOf(row: number): number {
  return Math.floor(row / PAGE);
}

function keyOf(filter: CredentialFilter) {
  return ["credentials", "list", filter];
}

async function readPage(filter: CredentialFilter, cursor: string, signal: AbortSignal): Promise<CredentialPage> {
  const page = await api.get<CredentialPage>("/credentials", { ...filter, limit: PAGE, cursor }, signal);
  readAt.set(page, Date.now());
  return page;
}

export function useCredentials(filter: CredentialFilter, seen: Seen) {
  // Only what is cheap to read again is read again by itself.
  const ifCheap = (query: { state: { data?: unknown } }) => !isLong(query.state.data);
  const list = useInfiniteQuery({
    queryKey: keyOf(filter),
    queryFn: ({ pageParam, signal }) => readPage(filter, pageParam, signal),
    initialPageParam: "",
    getNextPageParam: (page) => page.next_cursor ?? undefined,
    refetchInterval: (query) => ifCheap(query) && 6000,
    refetchOnMount: ifCheap,
    refetchOnWindowFocus: ifCheap,
    // To compare ten thousand rows takes longer than to draw the thirty that are seen.
    structuralSharing: false,
  });
  useFresh(filter, list.data, seen);
  const rows = useMemo<CredentialView[]>(() => list.data?.pages.flatMap((page) => page.data) ?? [], [list.data]);
  return { list, rows };
}

/** Read those pages of a long list again that are seen, and older than what was heard. */
function useFresh(filter: CredentialFilter, data: Pages | undefined, { first, last }: Seen): void {
  const queries = useQueryClient();
  const { data: news = NONE } = useQuery(newsQuery);
  const latest = useRef({ filter, data });
  latest.current = { filter, data };
  useEffect(() => {
    const { filter, data } = latest.current;
    if (!data || !isLong(data)) return;
    const stop = new AbortController();
    for (let place = first; place <= last; place++) {
      const page = data.pages[place];
      const read = page && (readAt.get(page) ?? 0);
      if (read !== undefined && read < Math.max(news.at, Date.now() - OLD))
        renew(queries, filter, place, news.own, stop.signal).catch(() => undefined); // the next news try again
    }
    return () => stop.abort();
  }, [queries, news, first, last]);
}

async function renew(queries: QueryClient, filter: CredentialFilter, place: number, own: boolean, signal: AbortSignal) {
  const key = keyOf(filter);
  const before = queries.getQueryData<Pages>(key);
  const old = before?.pages[place];
  if (!before || !old) return;
  const page = await readPage(filter, String(before.pageParams[place] ?? ""), signal);
  if (page.next_cursor !== old.next_cursor || page.total !== old.total) {
    // Rows have come or gone: where all pages begin is no longer known.
    if (!own && Date.now() - wholeAt < RARELY) return;
    wholeAt = Date.now();
    return queries.invalidateQueries({ queryKey: key, exact: true });
  }
  queries.setQueryData<Pages>(key, (now) =>
    now?.pages[place] === old ? { ...now, pages: now.pages.map((each) => (each === old ? page : each)) } : now,
  );
}
