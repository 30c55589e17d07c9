import { useInfiniteQuery, useMutation } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { ShieldCheck, Stamp } from "lucide-react";
import { useTranslation } from "react-i18next";
import { api } from "@/api/client";
import type { AuditPage as AuditPageView, AuditView, ChainView } from "@/api/schema";
import { Badge, type Tone } from "@/components/badge";
import { Button } from "@/components/button";
import { Input, Select } from "@/components/field";
import { Card, Page } from "@/components/page";
import { Empty, Failed, Skeleton } from "@/components/states";
import { TimeAgo } from "@/components/timeago";
import { useFailure } from "@/lib/failure";
import { toast } from "@/lib/toasts";

const route = getRouteApi("/inside/audit");
const TONES: Record<string, Tone> = { begun: "plain", done: "ok", failed: "bad" };

function Entry({ of: entry }: { of: AuditView }) {
  const { t } = useTranslation();
  const detail = entry.before || entry.after;
  return (
    <li className="px-4 py-2.5 text-sm">
      <div className="flex flex-wrap items-center gap-x-3 gap-y-1">
        <span className="num w-12 shrink-0 text-muted text-xs">#{entry.sequence}</span>
        <code className="font-medium font-mono text-xs">{entry.action}</code>
        {entry.target && <code className="min-w-0 break-all font-mono text-muted text-xs">{entry.target}</code>}
        <Badge tone={TONES[entry.outcome] ?? "plain"}>{t(`audit.outcome.${entry.outcome}`)}</Badge>
        <span className="ml-auto text-muted text-xs">
          {entry.actor} · {t(`audit.way.${entry.way}`)}
          {entry.address && ` · ${entry.address}`} · <TimeAgo at={entry.at} />
        </span>
      </div>
      {detail && (
        <details className="mt-1 pl-15 text-xs">
          <summary className="w-fit rounded text-muted hover:text-fg">{t("audit.detail")}</summary>
          <pre className="mt-1 overflow-x-auto whitespace-pre-wrap break-all rounded-lg border bg-sunken p-2 font-mono">
            {JSON.stringify({ before: entry.before, after: entry.after }, null, 2)}
          </pre>
        </details>
      )}
    </li>
  );
}

export default function AuditPage() {
  const { t } = useTranslation();
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const failed = useFailure();
  const set = (changes: object) => void navigate({ search: (before) => ({ ...before, ...changes }), replace: true });
  const log = useInfiniteQuery({
    queryKey: ["audit", search],
    queryFn: ({ pageParam, signal }) =>
      api.get<AuditPageView>("/audit", { ...search, limit: 100, cursor: pageParam }, signal),
    initialPageParam: undefined as number | undefined,
    getNextPageParam: (page) => page.next_cursor ?? undefined,
    refetchInterval: (query) => ((query.state.data?.pages.length ?? 0) <= 1 ? 10_000 : false),
  });
  const verify = useMutation({
    mutationFn: () => api.get<ChainView>("/audit/verify"),
    onSuccess: (told) =>
      told.ok
        ? toast.ok(t("audit.whole", { count: told.entries }))
        : toast.bad(t("audit.broken", { number: told.broken_at ?? 0 }), told.reason),
    onError: failed,
  });
  const rows = log.data?.pages.flatMap((page) => page.data) ?? [];
  return (
    <Page
      title={t("audit.title")}
      description={t("audit.description")}
      actions={
        <Button
          busy={verify.isPending}
          onClick={() => verify.mutate()}
          icon={<ShieldCheck className="size-4 text-muted" aria-hidden />}
        >
          {t("audit.verify")}
        </Button>
      }
    >
      <div className="flex flex-wrap gap-2">
        {(["actor", "action", "target"] as const).map((name) => (
          <Input
            key={name}
            type="search"
            aria-label={t(`audit.filter.${name}`)}
            placeholder={t(`audit.filter.${name}`)}
            defaultValue={search[name] ?? ""}
            onChange={(event) => set({ [name]: event.target.value || undefined })}
            className="max-w-48 flex-1"
          />
        ))}
        <Select
          aria-label={t("audit.filter.outcome")}
          value={search.outcome ?? ""}
          onChange={(event) => set({ outcome: event.target.value || undefined })}
          className="w-36"
        >
          <option value="">{t("audit.any")}</option>
          {(["begun", "done", "failed"] as const).map((each) => (
            <option key={each} value={each}>
              {t(`audit.outcome.${each}`)}
            </option>
          ))}
        </Select>
      </div>
      {log.error && <Failed error={log.error} onRetry={() => void log.refetch()} />}
      {log.isPending && <Skeleton className="h-96" />}
      {log.data && (
        <Card flush className="overflow-hidden">
          {rows.length === 0 ? (
            <Empty icon={<Stamp className="size-5" aria-hidden />} title={t("audit.empty")} />
          ) : (
            <ul className="divide-y">
              {rows.map((entry) => (
                <Entry key={entry.sequence} of={entry} />
              ))}
            </ul>
          )}
          {log.hasNextPage && (
            <div className="border-t p-2 text-center">
              <Button look="ghost" size="sm" busy={log.isFetchingNextPage} onClick={() => void log.fetchNextPage()}>
                {t("log.more")}
              </Button>
            </div>
          )}
        </Card>
      )}
    </Page>
  );
}
