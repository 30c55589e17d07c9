/** Client keys, and what can be done with them. */
import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { useChange } from "@/api/changes";
import { api } from "@/api/client";
import { every } from "@/api/flow";
import type { Forgotten, KeyBody, KeyMade, KeyPage, KeyView, NewKeyBody, UsageSeries } from "@/api/schema";
import { since } from "@/lib/ranges";
import { type Ranked, ranked } from "../usage/series";
import type { KeyFilter } from "./search";

export const ENDPOINTS = ["chat", "responses", "messages", "images", "videos", "audio", "files", "models"] as const;

/** All keys that fit, up to a number that a person still reads. */
export function useKeys(filter: KeyFilter) {
  return useQuery({
    queryKey: ["keys", "list", filter],
    queryFn: ({ signal }) => api.get<KeyPage>("/keys", { ...filter, limit: 500 }, signal),
    refetchInterval: every(10_000),
    placeholderData: (before) => before,
  });
}

const DEAREST = 50;

/** What the keys that spent most have spent within a month, by their ids. */
export function useSpent(): Map<string, Ranked> | undefined {
  const { data } = useQuery({
    queryKey: ["usage", "keys"],
    queryFn: ({ signal }) =>
      api.get<UsageSeries>("/usage", { from: since("30d"), step: "day", by: "key", top: DEAREST }, signal),
    refetchInterval: every(60_000),
  });
  return useMemo(() => data && new Map(ranked(data).map((sum) => [sum.name, sum])), [data]);
}

export function useKey(id: string | undefined) {
  return useQuery({
    queryKey: ["keys", "one", id],
    queryFn: ({ signal }) => api.get<KeyView>(`/keys/${encodeURIComponent(id ?? "")}`, undefined, signal),
    enabled: id !== undefined,
    refetchInterval: 5000,
  });
}

const KEYS = ["keys"];
const at = (id: string) => `/keys/${encodeURIComponent(id)}`;

export function useKeyChanges() {
  return {
    create: useChange(KEYS, (body: NewKeyBody) => api.post<KeyMade>("/keys", body)),
    edit: useChange(KEYS, ({ id, body }: { id: string; body: KeyBody }) => api.patch<KeyView>(at(id), body)),
    rotate: useChange(KEYS, ({ id, seconds }: { id: string; seconds: number }) =>
      api.post<KeyMade>(`${at(id)}/rotate`, { overlap_seconds: seconds }),
    ),
    turn: useChange(KEYS, ({ id, on }: { id: string; on: boolean }) =>
      api.post<KeyView>(`${at(id)}/${on ? "enable" : "disable"}`),
    ),
    remove: useChange(KEYS, (id: string) => api.delete(at(id))),
    forget: useChange(KEYS, (id: string) => api.delete<Forgotten>(`${at(id)}/contents`)),
  };
}
