/** The credentials of the page, and what can be done with them. */
import { type InfiniteData, useInfiniteQuery, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { api } from "@/api/client";
import type {
  BulkBody,
  BulkResult,
  CredentialPage,
  CredentialView,
  EditBody,
  RefreshAnswer,
  Started,
  TestAnswer,
} from "@/api/schema";
import { useFailure } from "@/lib/failure";
import { toast } from "@/lib/toasts";
import type { CredentialFilter } from "./search";

const PAGE = 250;

export function useCredentials(filter: CredentialFilter) {
  return useInfiniteQuery({
    queryKey: ["credentials", "list", filter],
    queryFn: ({ pageParam, signal }) =>
      api.get<CredentialPage>("/credentials", { ...filter, limit: PAGE, cursor: pageParam }, signal),
    initialPageParam: "",
    getNextPageParam: (page) => page.next_cursor ?? undefined,
    // Only what is cheap to read again is read again by itself.
    refetchInterval: (query) => ((query.state.data?.pages.length ?? 0) <= 2 ? 6000 : false),
  });
}

export function rowsOf(data: InfiniteData<CredentialPage> | undefined): CredentialView[] {
  return data?.pages.flatMap((page) => page.data) ?? [];
}

export function useCredential(id: string | undefined) {
  return useQuery({
    queryKey: ["credentials", "one", id],
    queryFn: ({ signal }) => api.get<CredentialView>(`/credentials/${encodeURIComponent(id ?? "")}`, undefined, signal),
    enabled: id !== undefined,
    refetchInterval: 5000,
  });
}

export type OneAction = "enable" | "disable" | "clear-cooldown" | "test" | "refresh" | "delete";

/** One action on one credential, told when it is done. */
export function useOneAction() {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const failed = useFailure();
  return useMutation({
    mutationFn: async ({ credential, action }: { credential: CredentialView; action: OneAction }) => {
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
    onSettled: () => queries.invalidateQueries({ queryKey: ["credentials"] }),
  });
}

export function useEdit(id: string) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (changes: EditBody) => api.patch<CredentialView>(`/credentials/${encodeURIComponent(id)}`, changes),
    onSuccess: () => queries.invalidateQueries({ queryKey: ["credentials"] }),
  });
}

export type BulkAnswer = BulkResult | Started;

export function useBulk() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (body: BulkBody) => api.post<BulkAnswer>("/credentials/bulk", body),
    onSuccess: () => queries.invalidateQueries({ queryKey: ["credentials"] }),
  });
}
