/** Those who use the console, and the programs that use its API. */
import { queryOptions } from "@tanstack/react-query";
import { useChange } from "@/api/changes";
import { api } from "@/api/client";
import type {
  NewOperator,
  NewToken,
  OperatorEdit,
  OperatorList,
  OperatorView,
  PasswordChange,
  RecoveryCodes,
  Revoked,
  SecondFactorCode,
  SecondFactorConfirmation,
  SecondFactorSetup,
  SecondFactorWish,
  SessionList,
  SessionStarted,
  TokenList,
  TokenMade,
} from "@/api/schema";

export const operatorsQuery = queryOptions({
  queryKey: ["operators"],
  queryFn: ({ signal }) => api.get<OperatorList>("/operators", undefined, signal),
});

export const tokensQuery = queryOptions({
  queryKey: ["tokens"],
  queryFn: ({ signal }) => api.get<TokenList>("/tokens", undefined, signal),
});

export function sessionsQuery(everyone: boolean) {
  return queryOptions({
    queryKey: ["sessions", everyone],
    queryFn: ({ signal }) => api.get<SessionList>("/sessions", { everyone: everyone || undefined }, signal),
    refetchInterval: 15_000,
  });
}

const at = (base: string, id: string) => `${base}/${encodeURIComponent(id)}`;

export function useOperatorChanges() {
  return {
    create: useChange(["operators"], (body: NewOperator) => api.post<OperatorView>("/operators", body)),
    edit: useChange(["operators", "sessions"], ({ id, body }: { id: string; body: OperatorEdit }) =>
      api.patch<OperatorView>(at("/operators", id), body),
    ),
    remove: useChange(["operators", "sessions"], (id: string) => api.delete(at("/operators", id))),
    removeFactor: useChange(["operators"], (id: string) => api.delete(`${at("/operators", id)}/second-factor`)),
  };
}

export function useSecondFactorChanges() {
  return {
    begin: useChange([], (body: SecondFactorWish) => api.post<SecondFactorSetup>("/session/second-factor", body)),
    confirm: useChange([], (body: SecondFactorConfirmation) => api.put<RecoveryCodes>("/session/second-factor", body)),
    remove: useChange(["session"], (body: SecondFactorCode) => api.post("/session/second-factor/removal", body)),
  };
}

export function useTokenChanges() {
  return {
    create: useChange(["tokens"], (body: NewToken) => api.post<TokenMade>("/tokens", body)),
    revoke: useChange(["tokens"], (id: string) => api.delete(at("/tokens", id))),
  };
}

export function useSessionChanges() {
  return {
    revoke: useChange(["sessions"], (id: string) => api.delete(at("/sessions", id))),
    revokeOthers: useChange(["sessions"], (everyone: boolean) =>
      api.delete<Revoked>(`/sessions?keep_own=true${everyone ? "&everyone=true" : ""}`),
    ),
    password: useChange(["sessions", "session"], (body: PasswordChange) =>
      api.put<SessionStarted>("/session/password", body),
    ),
  };
}
