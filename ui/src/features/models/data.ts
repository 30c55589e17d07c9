/** Model names and prices, and what can be said of them. */
import { queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { useChange } from "@/api/changes";
import { api } from "@/api/client";
import { every } from "@/api/flow";
import type {
  MediaPriceRow,
  ModelPage,
  ModelView,
  PriceBody,
  PriceRow,
  PriceTable,
  SentOverride,
  UsageSummary,
} from "@/api/schema";

export const modelsQuery = queryOptions({
  queryKey: ["models"],
  queryFn: ({ signal }) => api.get<ModelPage>("/models", undefined, signal),
  refetchInterval: every(15_000),
});

export const pricesQuery = queryOptions({
  queryKey: ["prices"],
  queryFn: ({ signal }) => api.get<PriceTable>("/prices", undefined, signal),
});

/** Models whose price was not what xAI asked within the last day. */
export const driftQuery = queryOptions({
  queryKey: ["prices", "drift"],
  queryFn: async ({ signal }) => (await api.get<UsageSummary>("/usage/summary", undefined, signal)).drift,
  staleTime: 60_000,
});

// A name may hold slashes; the server takes the rest of the path for it.
const at = (base: string, name: string) => `${base}/${name.split("/").map(encodeURIComponent).join("/")}`;

const PRICES = ["prices"];

/** The list with one name as it is now: first if it is new, gone if nothing knows it any more. */
export function withModel(page: ModelPage, id: string, model: ModelView | null): ModelPage {
  const known = page.data.some((each) => each.id === id);
  const rest = page.data.flatMap((each) => (each.id === id ? (model ?? []) : each));
  return { ...page, data: known || !model ? rest : [model, ...rest] };
}

function useModelChange<Sent extends { id: string }>(work: (sent: Sent) => Promise<ModelView | null>) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: work,
    onSuccess: async (model, { id }) => {
      await queries.cancelQueries({ queryKey: ["models"] });
      queries.setQueryData(modelsQuery.queryKey, (page) => page && withModel(page, id, model));
      // Other names may stand for this one.
      void queries.invalidateQueries({ queryKey: ["models"] });
    },
  });
}

export function useModelChanges() {
  return {
    say: useModelChange(({ id, body }: { id: string; body: SentOverride }) =>
      api.put<ModelView>(at("/models", id), body),
    ),
    reset: useModelChange(({ id }: { id: string }) => api.delete<ModelView | null>(at("/models", id))),
  };
}

export function usePriceChanges() {
  return {
    set: useChange(PRICES, ({ model, body }: { model: string; body: PriceBody }) =>
      api.put<PriceRow>(at("/prices", model), body),
    ),
    reset: useChange(PRICES, (model: string) => api.delete(at("/prices", model))),
    setMedia: useChange(PRICES, ({ thing, usd }: { thing: string; usd: string }) =>
      api.put<MediaPriceRow>(at("/media-prices", thing), { usd }),
    ),
    resetMedia: useChange(PRICES, (thing: string) => api.delete(at("/media-prices", thing))),
  };
}
