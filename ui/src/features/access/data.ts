/** Accounts, tokens and sessions of the people and programs that may come in here. */
import { type QueryKey, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { api } from "@/api/client";
import type { OperatorList, OperatorView, SessionList, TokenList, TokenMade } from "@/api/schema";

export const ROLES = ["viewer", "operator", "owner"] as const;
export type Role = (typeof ROLES)[number];

function useList<T>(key: QueryKey, path: string, enabled: boolean, query?: Record<string, boolean>) {
  return useQuery({
    queryKey: key,
    queryFn: ({ signal }) => api.get<T>(path, query, signal),
    enabled,
    refetchInterval: 15_000,
  });
}

export const useOperators = (enabled: boolean) => useList<OperatorList>(["access", "operators"], "/operators", enabled);
export const useTokens = (enabled: boolean) => useList<TokenList>(["access", "tokens"], "/tokens", enabled);
export const useSessions = (enabled: boolean) => useList<SessionList>(["access", "sessions"], "/sessions", enabled);

function useChange<Sent, Answer>(work: (sent: Sent) => Promise<Answer>) {
  const queries = useQueryClient();
  return useMutation({ mutationFn: work, onSettled: () => queries.invalidateQueries({ queryKey: ["access"] }) });
}

export function useAccessChanges() {
  return {
    addOperator: useChange((body: { name: string; role: Role; password: string }) =>
      api.post<OperatorView>("/operators", body),
    ),
    editOperator: useChange(({ id, ...body }: { id: string; enabled?: boolean; role?: Role; password?: string }) =>
      api.patch<OperatorView>(`/operators/${encodeURIComponent(id)}`, body),
    ),
    removeOperator: useChange((id: string) => api.delete(`/operators/${encodeURIComponent(id)}`)),
    addToken: useChange((body: { name: string; role: Role; expires_at?: string }) =>
      api.post<TokenMade>("/tokens", body),
    ),
    removeToken: useChange((id: string) => api.delete(`/tokens/${encodeURIComponent(id)}`)),
    endSession: useChange((id: string) => api.delete(`/sessions/${encodeURIComponent(id)}`)),
    changePassword: useChange((body: { current: string; new: string }) => api.put("/session/password", body)),
  };
}
