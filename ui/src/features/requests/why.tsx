import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { Search, SearchCheck } from "lucide-react";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { ApiError, api } from "@/api/client";
import { Badge } from "@/components/badge";
import { Button } from "@/components/button";
import { CopyButton } from "@/components/copy";
import { Input } from "@/components/field";
import { Card, Facts, Page } from "@/components/page";
import { Empty, Failed, Skeleton } from "@/components/states";
import { codeText } from "@/lib/errors";
import { dateTime, milliseconds, number, usd } from "@/lib/format";
import { useLanguage } from "@/lib/hooks";
import { Candidates } from "./candidates";
import type { Explained, RequestFacts } from "./explanation";
import { Timeline } from "./timeline";

const route = getRouteApi("/inside/why");

function Summary({ id, request }: { id: string; request: RequestFacts }) {
  const { t } = useTranslation();
  const language = useLanguage();
  const ms = (value: number | null) => (value === null ? "–" : milliseconds(value, language));
  const f = (name: string) => t(`requests.fact.${name}`);
  const rows: [string, React.ReactNode][] = [
    [f("started"), dateTime(request.started_at, language)],
    [f("operation"), `${request.operation}${request.stream ? ` · ${t("requests.streamed")}` : ""}`],
    [
      f("model"),
      request.upstream_model && request.upstream_model !== request.model
        ? `${request.model} → ${request.upstream_model}`
        : request.model,
    ],
    [
      f("end"),
      [t(`log.ends.${request.end}`, { defaultValue: request.end }), codeText(request.error_code, t)]
        .filter(Boolean)
        .join(" · "),
    ],
    [f("firstByte"), ms(request.first_byte_ms)],
    [f("total"), ms(request.total_ms)],
    [
      f("tokens"),
      t("requests.tokens", {
        input: number(request.input_tokens, language),
        cached: number(request.cached_tokens, language),
        output: number(request.output_tokens, language),
        reasoning: number(request.reasoning_tokens, language),
      }),
    ],
    [
      f("cost"),
      request.cost_in_usd_ticks === null
        ? "–"
        : `${usd(request.cost_in_usd_ticks, language)} · ${t(`log.usage.${request.usage_source}`)}`,
    ],
  ];
  if (request.cache_savings_in_usd_ticks) rows.push([f("saved"), usd(request.cache_savings_in_usd_ticks, language)]);
  if (request.upstream_request_id)
    rows.push([
      f("upstreamId"),
      <span key="up" className="break-all font-mono text-xs">
        {request.upstream_request_id}
      </span>,
    ]);
  const tone = request.status < 400 ? "ok" : request.status < 500 ? "warn" : "bad";
  return (
    <Card
      title={
        <span className="flex items-center gap-2">
          <span className="truncate font-mono text-xs">{id}</span>
          <CopyButton text={id} />
        </span>
      }
      actions={<Badge tone={tone}>{request.status}</Badge>}
    >
      <Facts rows={rows} />
    </Card>
  );
}

function Wanted({ demand }: { demand: NonNullable<Explained["demand"]> }) {
  const { t } = useTranslation();
  const tags = demand.scope?.tags;
  const told = [
    demand.upstream_id,
    demand.surface,
    demand.tier ? t("requests.demand.tier", { tier: demand.tier }) : null,
    tags ? t("requests.demand.tags", { tags: tags.join(", ") }) : null,
    demand.pinned ? t("requests.demand.pinned") : null,
    demand.conversation ? t("requests.demand.conversation") : null,
  ].filter((each): each is string => !!each);
  return (
    <div className="flex flex-wrap items-center gap-2 text-sm">
      <span className="text-muted">{t("requests.needed")}</span>
      {told.map((each) => (
        <Badge key={each}>{each}</Badge>
      ))}
    </div>
  );
}

export default function WhyPage() {
  const { t } = useTranslation();
  const { id } = route.useSearch();
  const navigate = route.useNavigate();
  const [typed, setTyped] = useState(id ?? "");
  useEffect(() => setTyped(id ?? ""), [id]);
  const { data, error, isFetching, refetch } = useQuery({
    queryKey: ["explain", id],
    queryFn: ({ signal }) => api.get<Explained>(`/requests/${encodeURIComponent(id ?? "")}/explain`, undefined, signal),
    enabled: id !== undefined,
    // The ledger writes a row a moment after the answer's end: somebody who comes at once waits for it.
    retry: (count, reason) => count < 3 && reason instanceof ApiError && reason.status === 404,
    retryDelay: 700,
  });
  return (
    <Page title={t("requests.title")} description={t("requests.description")}>
      <form
        className="flex max-w-2xl gap-2"
        onSubmit={(event) => {
          event.preventDefault();
          const wanted = typed.trim();
          if (wanted === id) void refetch();
          else void navigate({ search: { id: wanted || undefined } });
        }}
      >
        <Input
          value={typed}
          onChange={(event) => setTyped(event.target.value)}
          placeholder="x-request-id"
          aria-label={t("requests.id")}
          className="font-mono"
        />
        <Button
          look="primary"
          type="submit"
          disabled={!typed.trim()}
          busy={isFetching}
          icon={<Search className="size-4" aria-hidden />}
        >
          {t("requests.explain")}
        </Button>
      </form>
      {error && !isFetching && <Failed error={error} onRetry={() => void refetch()} />}
      {id && !data && isFetching && <Skeleton className="h-72" />}
      {!id && (
        <Card>
          <Empty
            icon={<SearchCheck className="size-5" aria-hidden />}
            title={t("requests.empty")}
            action={
              <Link to="/requests" className="rounded font-medium text-accent-text text-sm hover:underline">
                {t("requests.toLog")}
              </Link>
            }
          >
            {t("requests.emptyHint")}
          </Empty>
        </Card>
      )}
      {data && id && (
        <div className="grid gap-5 xl:grid-cols-[22rem_1fr]">
          <div className="flex min-w-0 flex-col gap-5">
            {data.request && <Summary id={data.request_id} request={data.request} />}
          </div>
          <div className="flex min-w-0 flex-col gap-5">
            {data.demand && <Wanted demand={data.demand} />}
            <Timeline told={data} />
            {data.now && <Candidates now={data.now} />}
          </div>
        </div>
      )}
    </Page>
  );
}
