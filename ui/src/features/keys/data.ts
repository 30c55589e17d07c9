/** Client keys, and what can be done with them. */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { api } from "@/api/client";
import { every } from "@/api/flow";
import type { Forgotten, KeyBody, KeyMade, KeyPage, KeyView, NewKeyBody } from "@/api/schema";

export const ENDPOINTS = ["chat", "responses", "messages", "images", "videos", "audio", "files", "models"] as const;

export interface KeyFilter {
  text?: string;
  state?: "active" | "disabled" | "expired";
}

/** All keys that fit, up to a number that a person still reads. */
export function useKeys(filter: KeyFilter) {
  return useQuery({
    queryKey: ["keys", "list", filter],
    queryFn: ({ signal }) => api.get<KeyPage>("/keys", { ...filter, limit: 500 }, signal),
    refetchInterval: every(10_000),
    placeholderData: (before) => before,
  });
}

export function useKey(id: string | undefined) {
  return useQuery({
    queryKey: ["keys", "one", id],
    queryFn: ({ signal }) => api.get<KeyView>(`/keys/${encodeURIComponent(id ?? "")}`, undefined, signal),
    enabled: id !== undefined,
    refetchInterval: 5000,
  });
}

function useChange<Sent, Answer>(work: (sent: Sent) => Promise<Answer>) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: work,
    onSettled: () => queries.invalidateQueries({ queryKey: ["keys"] }),
  });
}

const at = (id: string) => `/keys/${encodeURIComponent(id)}`;

export function useKeyChanges() {
  return {
    create: useChange((body: NewKeyBody) => api.post<KeyMade>("/keys", body)),
    edit: useChange(({ id, body }: { id: string; body: KeyBody }) => api.patch<KeyView>(at(id), body)),
    rotate: useChange(({ id, seconds }: { id: string; seconds: number }) =>
      api.post<KeyMade>(`${at(id)}/rotate`, { overlap_seconds: seconds }),
    ),
    turn: useChange(({ id, on }: { id: string; on: boolean }) =>
      api.post<KeyView>(`${at(id)}/${on ? "enable" : "disable"}`),
    ),
    remove: useChange((id: string) => api.delete(at(id))),
    forget: useChange((id: string) => api.delete<Forgotten>(`${at(id)}/contents`)),
  };
}
