/** Credentials have changed: who shows them reads them again, and a long list only what is seen of it. */
import type { InfiniteData, Query, QueryClient } from "@tanstack/react-query";

/** When credentials last changed, in milliseconds, and whether somebody here has done it. */
export interface News {
  at: number;
  own: boolean;
}

/** Under which name the latest news are kept. */
export const CREDENTIAL_NEWS = ["credential-news"];

const ALL = ["credentials"];
/** Pages of a list that are cheap to read again. */
const FEW = 2;

/** Tell whether so much of a list is loaded that it is not read again as a whole. */
export function isLong(data: unknown): boolean {
  return ((data as InfiniteData<unknown> | undefined)?.pages?.length ?? 0) > FEW;
}

const isCheap = (query: Query) => !isLong(query.state.data);

/** Read again what shows credentials: somebody here has changed some. */
export async function credentialsMoved(queries: QueryClient): Promise<void> {
  queries.setQueryData(CREDENTIAL_NEWS, { at: Date.now(), own: true } satisfies News);
  await queries.invalidateQueries({ queryKey: ALL, predicate: isCheap });
}

/** The same for what the server tells again and again: nothing that is under way is begun anew, and counts come with it. */
export function credentialsHeard(queries: QueryClient): void {
  queries.setQueryData(CREDENTIAL_NEWS, { at: Date.now(), own: false } satisfies News);
  void queries.invalidateQueries(
    { queryKey: ALL, predicate: (query) => query.queryKey[1] !== "counts" && isCheap(query) },
    { cancelRefetch: false },
  );
}
