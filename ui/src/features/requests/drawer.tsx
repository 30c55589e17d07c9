import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { api } from "@/api/client";
import type { RequestCourse } from "@/api/schema";
import { Badge } from "@/components/badge";
import { CopyButton } from "@/components/copy";
import { Drawer } from "@/components/dialog";
import { Facts } from "@/components/page";
import { Failed, Skeleton } from "@/components/states";
import { codeText } from "@/lib/errors";
import { dateTime, milliseconds, number, usd } from "@/lib/format";
import { useLanguage } from "@/lib/hooks";
import { useRetold } from "@/lib/retold";
import { Content as Words } from "./content";
import { toneOf } from "./log";

interface Event {
  at_ms: number;
  event: string;
  attempt?: number;
  credential_id?: string;
  credential_name?: string | null;
  fault?: string | null;
  status?: number | null;
  detail?: string | null;
  because?: string;
  waited_ms?: number;
  error_code?: string;
}

const DOTS: Record<string, string> = {
  failed: "bg-bad-dot",
  nobody: "bg-bad-dot",
  first_byte: "bg-ok-dot",
  ended: "bg-fg",
  queued: "bg-warn-dot",
};

function Course({ events }: { events: Event[] }) {
  const { t } = useTranslation();
  const language = useLanguage();
  const retold = useRetold();
  const detail = (event: Event): string =>
    [
      event.credential_name ?? event.credential_id,
      event.waited_ms && milliseconds(event.waited_ms, language),
      event.fault && t(`requests.fault.${event.fault}`, { defaultValue: event.fault }),
      event.event === "failed" && event.status ? String(event.status) : "",
      event.because && retold(event.because),
      event.error_code,
    ]
      .filter(Boolean)
      .join(" · ");
  return (
    <ol className="relative ml-1.5 border-l">
      {events.map((event, place) => (
        <li key={place} className="relative flex gap-3 py-1.5 pl-5 text-sm">
          <span
            className={`absolute top-3 -left-[4.5px] size-2 rounded-full ${DOTS[event.event] ?? "bg-control"}`}
            aria-hidden
          />
          <span className="num w-16 shrink-0 text-right text-muted text-xs leading-5">
            {milliseconds(event.at_ms, language)}
          </span>
          <span className="min-w-0 flex-1">
            <span className="font-medium">{t(`log.event.${event.event}`, { defaultValue: event.event })}</span>
            <span className="block break-words text-muted text-xs">{detail(event)}</span>
            {event.detail && <span className="block break-words text-soft text-xs">{retold(event.detail)}</span>}
          </span>
        </li>
      ))}
    </ol>
  );
}

function Content({ of: row }: { of: RequestCourse }) {
  const { t } = useTranslation();
  const language = useLanguage();
  const f = (name: string) => t(`requests.fact.${name}`);
  const rows: [string, ReactNode][] = [
    [
      t("log.column.status"),
      <Badge key="status" tone={toneOf(row)}>
        {[row.status || "", t(`log.ends.${row.end}`, { defaultValue: row.end })].filter(Boolean).join(" · ")}
      </Badge>,
    ],
    [f("started"), dateTime(row.started_at, language)],
    [f("operation"), `${row.operation}${row.stream ? ` · ${t("requests.streamed")}` : ""}`],
    [
      f("model"),
      row.upstream_model && row.upstream_model !== row.model ? `${row.model} → ${row.upstream_model}` : row.model,
    ],
    [t("log.column.key"), row.key_name ?? row.key_id],
    [
      t("log.column.credential"),
      row.credential_id ? (
        <Link key="c" to="/credentials" search={{ id: row.credential_id }} className="text-accent-text hover:underline">
          {row.credential_name ?? row.credential_id}
        </Link>
      ) : (
        "–"
      ),
    ],
    [f("firstByte"), row.first_byte_ms === null ? "–" : milliseconds(row.first_byte_ms, language)],
    [f("total"), milliseconds(row.total_ms, language)],
    [
      f("tokens"),
      row.usage_source === "none"
        ? t("log.usage.none")
        : `${t("requests.tokens", {
            input: number(row.input_tokens, language),
            cached: number(row.cached_tokens, language),
            output: number(row.output_tokens, language),
            reasoning: number(row.reasoning_tokens, language),
          })} · ${t(`log.usage.${row.usage_source}`)}`,
    ],
    [f("cost"), `${usd(row.cost_in_usd_ticks, language)} · ${t(`log.source.${row.cost_source}`)}`],
  ];
  if (row.error_code)
    rows.splice(1, 0, [
      t("log.error"),
      <span key="e" className="flex flex-wrap items-baseline gap-x-2">
        {codeText(row.error_code, t)}
        <code className="font-mono text-muted text-xs">{row.error_code}</code>
      </span>,
    ]);
  if (row.queue_ms > 0) rows.push([t("log.queue"), milliseconds(row.queue_ms, language)]);
  if (row.cache_savings_in_usd_ticks > 0) rows.push([f("saved"), usd(row.cache_savings_in_usd_ticks, language)]);
  if (row.upstream_request_id)
    rows.push([
      f("upstreamId"),
      <span key="u" className="break-all font-mono text-xs">
        {row.upstream_request_id}
      </span>,
    ]);
  return (
    <div className="flex flex-col gap-5">
      <div className="flex items-center gap-1">
        <code className="min-w-0 break-all font-mono text-xs">{row.request_id}</code>
        <CopyButton text={row.request_id} />
      </div>
      <Facts rows={rows} />
      <Words of={row} />
      <section className="flex flex-col gap-2">
        <h3 className="font-semibold text-sm">{t("log.way")}</h3>
        <Course events={row.timeline as unknown as Event[]} />
        {!row.traced && <p className="text-muted text-xs">{t("log.untraced")}</p>}
      </section>
      <Link
        to="/why"
        search={{ id: row.request_id }}
        className="w-fit rounded font-medium text-accent-text text-sm hover:underline"
      >
        {t("requests.title")}
      </Link>
    </div>
  );
}

export function RequestDrawer({ id, onClose }: { id: string | undefined; onClose: () => void }) {
  const { t } = useTranslation();
  const { data, error, refetch } = useQuery({
    queryKey: ["requests", "one", id],
    queryFn: ({ signal }) => api.get<RequestCourse>(`/requests/${encodeURIComponent(id ?? "")}`, undefined, signal),
    enabled: id !== undefined,
  });
  return (
    <Drawer open={id !== undefined} onClose={onClose} title={t("log.one")}>
      {error && !data && <Failed error={error} onRetry={() => void refetch()} />}
      {!data && !error && <Skeleton className="h-72" />}
      {data && id !== undefined && <Content of={data} />}
    </Drawer>
  );
}
