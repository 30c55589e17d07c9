/** One credential, and what can be done with one or many. */
import { useMutation, useMutationState, useQuery, useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { api } from "@/api/client";
import { credentialsMoved } from "@/api/news";
import type { BulkBody, BulkResult, CredentialView, EditBody, RefreshAnswer, Started, TestAnswer } from "@/api/schema";
import { useFailure } from "@/lib/failure";
import { toast } from "@/lib/toasts";

export function useCredential(id: string | undefined) {
  return useQuery({
    queryKey: ["credentials", "one", id],
    queryFn: ({ signal }) => api.get<CredentialView>(`/credentials/${encodeURIComponent(id ?? "")}`, undefined, signal),
    enabled: id !== undefined,
    refetchInterval: 5000,
  });
}

const ACTING = ["credentials", "acting"];

interface Act {
  credential: CredentialView;
  action: OneAction;
}

/** The ids of those on which an action runs now. */
export function useActing(): string[] {
  return useMutationState({
    filters: { mutationKey: ACTING, status: "pending" },
    select: (mutation) => (mutation.state.variables as Act).credential.id,
  });
}

export type OneAction = "enable" | "disable" | "clear-cooldown" | "test" | "refresh" | "delete";

/** One action on one credential, told when it is done. */
export function useOneAction() {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const failed = useFailure();
  return useMutation({
    mutationKey: ACTING,
    mutationFn: async ({ credential, action }: Act) => {
      const path = `/credentials/${encodeURIComponent(credential.id)}`;
      if (action === "delete") return api.delete(path);
      return api.post<TestAnswer | RefreshAnswer | CredentialView>(`${path}/${action}`);
    },
    onSuccess: (answer, { credential, action }) => {
      const name = credential.name || credential.hint;
      if (answer && "ok" in answer && !answer.ok)
        toast.bad(t(`credentials.told.${action}Failed`, { name }), answer.message);
      else
        toast.ok(t(`credentials.told.${action}`, { name }), answer && "message" in answer ? answer.message : undefined);
    },
    onError: failed,
    onSettled: () => credentialsMoved(queries),
  });
}

export function useEdit(id: string) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (changes: EditBody) => api.patch<CredentialView>(`/credentials/${encodeURIComponent(id)}`, changes),
    onSuccess: () => credentialsMoved(queries),
  });
}

export type BulkAnswer = BulkResult | Started;

export function useBulk() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (body: BulkBody) => api.post<BulkAnswer>("/credentials/bulk", body),
    onSuccess: () => credentialsMoved(queries),
  });
}
