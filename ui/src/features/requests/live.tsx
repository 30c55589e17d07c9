import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Activity, CircleStop } from "lucide-react";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "@/api/client";
import { useLiveEvents } from "@/api/events";
import { useFlowing } from "@/api/flow";
import type { LiveList, LiveRow } from "@/api/schema";
import { useMay } from "@/api/session";
import { Badge, type Tone } from "@/components/badge";
import { Button } from "@/components/button";
import { Chart } from "@/components/chart";
import { useConfirm } from "@/components/confirm";
import { Card } from "@/components/page";
import { Empty, Failed, Skeleton } from "@/components/states";
import { useFailure } from "@/lib/failure";
import { milliseconds, number } from "@/lib/format";
import { useLanguage, useNow } from "@/lib/hooks";
import { toast } from "@/lib/toasts";
import { KEPT, type Pulse, STILL, taken } from "./rate";

const TONES: Record<string, Tone> = { preparing: "plain", waiting: "warn", sent: "info", answering: "ok" };

function Row({ row, seenAt }: { row: LiveRow; seenAt: number }) {
  const { t } = useTranslation();
  const language = useLanguage();
  const failed = useFailure();
  const queries = useQueryClient();
  const confirm = useConfirm();
  const may = useMay();
  const now = useNow(250);
  const speed = speedOf(row);
  const cancel = useMutation({
    mutationFn: () => api.post(`/requests/live/${encodeURIComponent(row.id)}/cancel`),
    onSuccess: () => toast.ok(t("log.cancelled")),
    onError: failed,
    onSettled: () => queries.invalidateQueries({ queryKey: ["requests"] }),
  });
  const end = async () => {
    const sure = await confirm({
      title: t("log.cancelTitle"),
      body: t("log.cancelBody", { model: row.model, key: row.key_name ?? row.key_id }),
      action: t("log.cancel"),
      danger: true,
    });
    if (sure) cancel.mutate();
  };
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
        <p>{milliseconds(row.age_ms + Math.max(0, now - seenAt), language)}</p>
        {row.output_tokens !== null && (
          <p className="text-muted">{t("playground.tokens", { shown: number(row.output_tokens, language) })}</p>
        )}
        {speed !== null && (
          <p className="text-muted">{t("playground.speed", { shown: number(Math.round(speed), language) })}</p>
        )}
      </div>
      {may("operator") && (
        <Button
          size="sm"
          look="danger"
          busy={cancel.isPending}
          onClick={() => void end()}
          icon={<CircleStop className="size-3.5" aria-hidden />}
        >
          {t("log.cancel")}
        </Button>
      )}
    </li>
  );
}

/** Tokens a second since the answer began; null while nobody can tell. */
function speedOf(row: LiveRow): number | null {
  const seconds = (row.age_ms - (row.first_byte_ms ?? row.age_ms)) / 1000;
  return row.output_tokens === null || seconds < 0.5 ? null : row.output_tokens / seconds;
}

function Course({ pulse }: { pulse: Pulse }) {
  const { t } = useTranslation();
  const language = useLanguage();
  const { samples } = pulse;
  const last = samples.at(-1);
  const until = last?.at ?? Date.now() / 1000;
  const rounded = (value: number) => number(Math.round(value * 10) / 10, language);
  const time = (seconds: number) => new Intl.DateTimeFormat(language, { timeStyle: "medium" }).format(seconds * 1000);
  return (
    <Card
      title={t("log.course")}
      actions={
        <span className="num text-sm" aria-hidden>
          {t("log.perSecond", { shown: last?.rate == null ? "–" : rounded(last.rate) })}
        </span>
      }
    >
      <Chart
        times={samples.map((each) => each.at)}
        lines={[
          { label: t("log.rate"), colour: "--accent", values: samples.map((each) => each.rate) },
          { label: t("log.inFlight"), colour: "--ok-dot", values: samples.map((each) => each.running) },
        ]}
        label={t("log.course")}
        format={rounded}
        formatTime={time}
        height={120}
        span={[until - KEPT, until]}
        whole
      />
    </Card>
  );
}

/** What runs now, on all workers. */
export function Live() {
  const { t } = useTranslation();
  useLiveEvents();
  const flowing = useFlowing();
  const [pulse, setPulse] = useState(STILL);
  const { data, dataUpdatedAt, error, refetch, isPending } = useQuery({
    queryKey: ["requests", "live"],
    queryFn: ({ signal }) => api.get<LiveList>("/requests/live", undefined, signal),
    refetchInterval: flowing ? false : 1000,
  });
  useEffect(() => {
    if (data) setPulse((before) => taken(before, dataUpdatedAt / 1000, data.begun, data.data.length));
  }, [data, dataUpdatedAt]);
  if (isPending) return <Skeleton className="h-64" />;
  if (error && !data) return <Failed error={error} onRetry={() => void refetch()} />;
  const rows = data?.data ?? [];
  return (
    <>
      <Course pulse={pulse} />
      <Card
        flush
        title={t("log.now", { count: rows.length })}
        actions={
          <Badge tone={flowing ? "ok" : "plain"} dot>
            {t(flowing ? "log.byEvents" : "log.byAsking")}
          </Badge>
        }
      >
        {rows.length === 0 ? (
          <Empty icon={<Activity className="size-5" aria-hidden />} title={t("log.quiet")}>
            {t("log.quietHint")}
          </Empty>
        ) : (
          <ul className="divide-y">
            {rows.map((row) => (
              <Row key={row.id} row={row} seenAt={dataUpdatedAt} />
            ))}
          </ul>
        )}
      </Card>
    </>
  );
}
