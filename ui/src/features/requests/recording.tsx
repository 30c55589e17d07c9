import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { api } from "@/api/client";
import type { Recordings } from "@/api/schema";
import { Notice } from "@/components/states";

const NAMED = 5;

/** Whose prompts and answers are kept, and how long they may be. */
export function useRecordings() {
  return useQuery({
    queryKey: ["keys", "recordings"],
    queryFn: ({ signal }) => api.get<Recordings>("/contents", undefined, signal),
    staleTime: 10_000,
  });
}

/** Tells whoever looks at requests that prompts and answers of some are kept. */
export function RecordingBanner() {
  const { t } = useTranslation();
  const { data } = useRecordings();
  if (!data || data.keys.length === 0) return null;
  const named = data.keys.slice(0, NAMED).map((key) => t("contents.keyHours", { name: key.name, count: key.hours }));
  const more = data.keys.length - named.length;
  return (
    <Notice tone="warn" title={t("contents.recording", { count: data.keys.length })}>
      {named.join(t("contents.comma"))}
      {more > 0 && t("contents.andMore", { count: more })}
    </Notice>
  );
}
