import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { ArrowRight, Braces, KeyRound, ListChecks, MessagesSquare, Sparkles } from "lucide-react";
import { lazy, Suspense } from "react";
import { useTranslation } from "react-i18next";
import { type Counts, countsQuery, isRunning, jobsQuery, STATUSES } from "@/api/queries";
import { sessionQuery } from "@/api/session";
import { Dot } from "@/components/badge";
import { SharesBar } from "@/components/bars";
import { CodeBlock } from "@/components/copy";
import { Card, Page } from "@/components/page";
import { Empty, Failed, Skeleton } from "@/components/states";
import { number, percent } from "@/lib/format";
import { useLanguage } from "@/lib/hooks";
import type { Span } from "@/lib/ranges";
import { snippet } from "@/lib/snippets";
import { type Standing, useStanding } from "@/shell/standing";
import { STATUS_TONES } from "../credentials/status";
import { JobState } from "../jobs/view";
import { NewerVersion } from "../system/newer-version";
import { NeedsAttention } from "./attention";
import { RecentErrors } from "./errors";
import { FailingNow } from "./failing-now";
import { RightNow } from "./now";

const route = getRouteApi("/inside/");
const UsagePanel = lazy(() => import("../usage/panel").then(({ UsagePanel }) => ({ default: UsagePanel })));
const FILLS: Record<string, string> = {
  active: "bg-ok-dot",
  cooling: "bg-warn-dot",
  exhausted: "bg-warn-dot/60",
  expired: "bg-bad-dot",
  blocked: "bg-bad-dot/60",
  disabled: "bg-line-strong",
};

const SERVER_TONES: Record<Standing, "ok" | "warn" | "bad" | undefined> = {
  ready: "ok",
  degraded: "warn",
  away: "bad",
  sandbox: undefined,
  empty: "warn",
  nobody: "bad",
};

function Figure({
  label,
  value,
  note,
  tone,
}: {
  label: string;
  value: string;
  note?: string;
  tone?: "ok" | "warn" | "bad";
}) {
  const tones = { ok: "text-ok", warn: "text-warn", bad: "text-bad" };
  return (
    <div className="flex min-w-0 flex-col gap-0.5 rounded-xl border bg-panel px-4 py-3 shadow-card">
      <span className="truncate text-muted text-xs">{label}</span>
      <span
        className={`num break-words font-semibold text-2xl leading-tight tracking-tight ${tone ? tones[tone] : ""}`}
      >
        {value}
      </span>
      {note && <span className="line-clamp-2 text-balance text-muted text-xs">{note}</span>}
    </div>
  );
}

function Pool({ counts }: { counts: Counts }) {
  const { t } = useTranslation();
  const language = useLanguage();
  const told = STATUSES.map((status) => `${t(`credentials.status.${status}`)}: ${counts[status]}`).join(", ");
  return (
    <Card title={t("overview.pool")}>
      <div className="flex flex-col gap-4">
        <SharesBar
          label={told}
          shares={STATUSES.map((status) => ({ key: status, value: counts[status], className: FILLS[status] ?? "" }))}
        />
        <ul className="grid grid-cols-2 gap-x-6 gap-y-1 sm:grid-cols-3">
          {STATUSES.map((status) => (
            <li key={status}>
              <Link
                to="/credentials"
                search={{ status }}
                className="-mx-2 flex h-8 items-center gap-2 rounded-md px-2 text-sm hover:bg-hover"
              >
                <Dot tone={STATUS_TONES[status] ?? "plain"} />
                <span className="truncate text-soft">{t(`credentials.status.${status}`)}</span>
                <span className="num ml-auto font-medium">{number(counts[status], language)}</span>
              </Link>
            </li>
          ))}
        </ul>
      </div>
    </Card>
  );
}

function Jobs() {
  const { t } = useTranslation();
  const { data } = useQuery(jobsQuery);
  const jobs = data?.data.slice(0, 5) ?? [];
  return (
    <Card
      flush
      title={t("jobs.title")}
      actions={
        <Link to="/jobs" className="rounded text-accent-text text-xs hover:underline">
          {t("action.all")}
        </Link>
      }
    >
      {jobs.length === 0 ? (
        <Empty icon={<ListChecks className="size-5" aria-hidden />} title={t("jobs.empty")} />
      ) : (
        <ul className="divide-y">
          {jobs.map((job) => (
            <li key={job.id}>
              <Link
                to="/jobs"
                search={{ id: job.id }}
                className="flex h-11 items-center gap-3 px-4 text-sm hover:bg-hover/60"
              >
                <span className="min-w-0 flex-1 truncate">
                  {t(`jobs.kind.${job.kind}`, { defaultValue: job.kind })}
                </span>
                {isRunning(job.state) && (
                  <span className="num text-muted text-xs">
                    {job.done}/{job.total}
                  </span>
                )}
                <JobState state={job.state} />
              </Link>
            </li>
          ))}
        </ul>
      )}
    </Card>
  );
}

function Start({
  to,
  icon,
  title,
  hint,
}: {
  to: "/setup" | "/playground" | "/reference";
  icon: React.ReactNode;
  title: string;
  hint: string;
}) {
  return (
    <Link
      to={to}
      className="group flex items-center gap-3 rounded-xl border bg-panel p-3.5 shadow-card hover:border-line-strong"
    >
      <span className="grid size-9 shrink-0 place-items-center rounded-lg bg-accent-soft text-accent-text">{icon}</span>
      <span className="min-w-0 flex-1">
        <span className="block truncate font-medium text-sm">{title}</span>
        <span className="block truncate text-muted text-xs">{hint}</span>
      </span>
      <ArrowRight className="size-4 text-muted transition-transform group-hover:translate-x-0.5" aria-hidden />
    </Link>
  );
}

const CALL = {
  method: "POST",
  path: "/v1/chat/completions",
  body: { model: "grok-4", messages: [{ role: "user", content: "Hello" }] },
};

export default function OverviewPage() {
  const { t } = useTranslation();
  const language = useLanguage();
  const { refresh, ...span } = route.useSearch();
  const navigate = route.useNavigate();
  const set = (changes: Span & { refresh?: "off" }) =>
    void navigate({ search: (before) => ({ ...before, ...changes }), replace: true });
  const { data: counts, error, refetch } = useQuery(countsQuery);
  const standing = useStanding();
  const { data: session } = useQuery(sessionQuery);
  const usable = counts ? counts.usable : 0;
  const resting = counts ? counts.cooling + counts.exhausted : 0;
  const broken = counts ? counts.expired + counts.blocked : 0;
  return (
    <Page title={t("overview.title")} description={t("overview.description")}>
      {error && <Failed error={error} onRetry={() => void refetch()} />}
      <NewerVersion />
      <FailingNow live={refresh !== "off"} />
      {counts ? (
        <div className="grid grid-cols-2 gap-3 lg:grid-cols-4">
          <Figure
            label={t("overview.usable")}
            value={number(usable, language)}
            note={
              counts.all > 0
                ? t("overview.share", { share: percent(usable / counts.all, language) })
                : t(counts.sandbox ? "shell.live.sandbox" : "overview.noneYet")
            }
            tone={counts.all > 0 && usable === 0 ? "bad" : undefined}
          />
          <Figure label={t("overview.resting")} value={number(resting, language)} note={t("overview.restingNote")} />
          <Figure
            label={t("overview.broken")}
            value={number(broken, language)}
            note={t("overview.brokenNote")}
            tone={broken > 0 ? "bad" : undefined}
          />
          <Figure
            label={t("overview.server")}
            value={t(`shell.live.${standing === "empty" ? "nobody" : standing}`)}
            note={session ? t("overview.version", { version: session.version }) : undefined}
            tone={SERVER_TONES[standing]}
          />
        </div>
      ) : (
        !error && (
          <div className="grid grid-cols-2 gap-3 lg:grid-cols-4">
            {["a", "b", "c", "d"].map((each) => (
              <Skeleton key={each} className="h-22" />
            ))}
          </div>
        )
      )}
      {counts?.all === 0 && (
        <Card>
          <Empty
            icon={<KeyRound className="size-5" aria-hidden />}
            title={t("overview.empty")}
            action={
              <Link
                to="/setup"
                className="inline-flex h-8 items-center gap-2 rounded-md bg-accent px-3 font-medium text-accent-fg text-sm hover:bg-accent-hover"
              >
                <Sparkles className="size-4" aria-hidden />
                {t("overview.begin")}
              </Link>
            }
          >
            {t(counts.sandbox ? "overview.emptySandbox" : "overview.emptyHint")}
          </Empty>
        </Card>
      )}
      <RightNow />
      <Suspense fallback={<Skeleton className="h-72" />}>
        <UsagePanel
          span={span}
          onSpan={set}
          live={refresh !== "off"}
          onLive={(live) => set({ refresh: live ? undefined : "off" })}
        />
      </Suspense>
      <div className="grid gap-5 lg:grid-cols-[3fr_2fr]">
        <div className="flex min-w-0 flex-col gap-5">
          {counts && counts.all > 0 && <Pool counts={counts} />}
          <NeedsAttention served={counts === undefined || counts.all === 0 || counts.disabled < counts.all} />
          <RecentErrors span={span} live={refresh !== "off"} />
          <Card title={t("overview.call")}>
            <CodeBlock code={snippet("curl", CALL, location.origin)} />
          </Card>
        </div>
        <div className="flex min-w-0 flex-col gap-5">
          <Jobs />
          <div className="flex flex-col gap-3">
            <Start
              to="/playground"
              icon={<MessagesSquare className="size-4" aria-hidden />}
              title={t("nav.playground")}
              hint={t("overview.playgroundHint")}
            />
            <Start
              to="/reference"
              icon={<Braces className="size-4" aria-hidden />}
              title={t("nav.reference")}
              hint={t("overview.referenceHint")}
            />
            <Start
              to="/setup"
              icon={<Sparkles className="size-4" aria-hidden />}
              title={t("nav.setup")}
              hint={t("overview.setupHint")}
            />
          </div>
        </div>
      </div>
    </Page>
  );
}
