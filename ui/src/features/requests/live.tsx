import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Activity, CircleStop } from "lucide-react";
import { useTranslation } from "react-i18next";
import { api } from "@/api/client";
import type { LiveList, LiveRow } from "@/api/schema";
import { Badge, type Tone } from "@/components/badge";
import { Button } from "@/components/button";
import { Card } from "@/components/page";
import { Empty, Failed, Skeleton } from "@/components/states";
import { useFailure } from "@/lib/failure";
import { milliseconds, number } from "@/lib/format";
import { useLanguage } from "@/lib/hooks";
import { toast } from "@/lib/toasts";

const TONES: Record<string, Tone> = { preparing: "plain", waiting: "warn", sent: "info", answering: "ok" };

function Row({ row }: { row: LiveRow }) {
  const { t } = useTranslation();
  const language = useLanguage();
  const failed = useFailure();
  const queries = useQueryClient();
  const cancel = useMutation({
    mutationFn: () => api.post(`/requests/live/${encodeURIComponent(row.id)}/cancel`),
    onSuccess: () => toast.ok(t("log.cancelled")),
    onError: failed,
    onSettled: () => queries.invalidateQueries({ queryKey: ["requests"] }),
  });
  return (
    <li className="grid grid-cols-[minmax(0,1fr)_auto] items-center gap-x-4 gap-y-1 px-4 py-2.5 text-sm md:grid-cols-[minmax(0,1.4fr)_7rem_minmax(0,1fr)_8rem_auto]">
      <div className="min-w-0">
        <p className="truncate font-medium">
          {row.model}
          <span className="ml-2 font-normal text-muted">{row.operation}</span>
        </p>
        <p className="truncate font-mono text-muted text-xs">{row.request_id}</p>
      </div>
      <Badge tone={TONES[row.state] ?? "plain"} dot>
        {t(`log.running.${row.state}`, { defaultValue: row.state })}
      </Badge>
      <div className="min-w-0 text-xs max-md:col-span-2">
        <p className="truncate text-soft">{row.key_name ?? row.key_id}</p>
        <p className="truncate text-muted">{row.credential_name ?? row.credential_id}</p>
      </div>
      <div className="num text-xs md:text-right">
        <p>{milliseconds(row.age_ms, language)}</p>
        {row.output_tokens !== null && (
          <p className="text-muted">{t("playground.tokens", { shown: number(row.output_tokens, language) })}</p>
        )}
      </div>
      <Button
        size="sm"
        look="danger"
        busy={cancel.isPending}
        onClick={() => cancel.mutate()}
        icon={<CircleStop className="size-3.5" aria-hidden />}
      >
        {t("log.cancel")}
      </Button>
    </li>
  );
}

/** What runs now, on all workers. */
export function Live() {
  const { t } = useTranslation();
  const { data, error, refetch, isPending } = useQuery({
    queryKey: ["requests", "live"],
    queryFn: ({ signal }) => api.get<LiveList>("/requests/live", undefined, signal),
    refetchInterval: 1500,
  });
  if (isPending) return <Skeleton className="h-64" />;
  if (error && !data) return <Failed error={error} onRetry={() => void refetch()} />;
  const rows = data?.data ?? [];
  return (
    <Card flush title={t("log.now", { count: rows.length })}>
      {rows.length === 0 ? (
        <Empty icon={<Activity className="size-5" aria-hidden />} title={t("log.quiet")}>
          {t("log.quietHint")}
        </Empty>
      ) : (
        <ul className="divide-y">
          {rows.map((row) => (
            <Row key={row.id} row={row} />
          ))}
        </ul>
      )}
    </Card>
  );
}
