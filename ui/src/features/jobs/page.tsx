import { useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { ListChecks } from "lucide-react";
import { useTranslation } from "react-i18next";
import { jobsQuery } from "@/api/queries";
import type { JobView } from "@/api/schema";
import { Meter } from "@/components/bars";
import { Card, Page } from "@/components/page";
import { Empty, Failed, Skeleton } from "@/components/states";
import { TimeAgo } from "@/components/timeago";
import { number } from "@/lib/format";
import { useLanguage } from "@/lib/hooks";
import { JobDialog } from "./dialog";
import { JobState } from "./view";

const route = getRouteApi("/inside/jobs");

function useKindName(): (kind: string) => string {
  const { t } = useTranslation();
  return (kind) => t(`jobs.kind.${kind}`, { defaultValue: kind });
}

function Row({ job, onOpen }: { job: JobView; onOpen: () => void }) {
  const { t } = useTranslation();
  const language = useLanguage();
  const kind = useKindName();
  return (
    <li className="relative grid grid-cols-[1fr_auto] items-center gap-x-4 gap-y-1 px-4 py-3 hover:bg-hover/50 sm:grid-cols-[minmax(8rem,1.4fr)_7rem_minmax(8rem,1fr)_8rem]">
      <div className="min-w-0">
        <button
          type="button"
          onClick={onOpen}
          className="block max-w-full truncate text-left font-medium after:absolute after:inset-0"
        >
          {kind(job.kind)}
        </button>
        <p className="truncate font-mono text-muted text-xs">{job.id}</p>
      </div>
      <div>
        <JobState state={job.state} />
      </div>
      <div className="flex items-center gap-3 max-sm:col-span-2">
        {job.total > 0 && (
          <Meter
            value={job.done / job.total}
            label={t("jobs.progressLabel")}
            tone={job.state === "failed" ? "bad" : job.state === "done" ? "ok" : "accent"}
            className="max-w-32"
          />
        )}
        <span className="num whitespace-nowrap text-muted text-xs">
          {job.total > 0 && `${number(job.done, language)} / ${number(job.total, language)}`}
          {job.failed > 0 && <span className="text-bad"> · {t("jobs.failedCount", { count: job.failed })}</span>}
        </span>
      </div>
      <span className="whitespace-nowrap text-muted text-xs sm:text-right">
        <TimeAgo at={job.created_at} />
      </span>
    </li>
  );
}

export default function JobsPage() {
  const { t } = useTranslation();
  const { id } = route.useSearch();
  const navigate = route.useNavigate();
  const kind = useKindName();
  const { data, error, refetch, isPending } = useQuery(jobsQuery);
  const open = data?.data.find((job) => job.id === id);
  return (
    <Page title={t("jobs.title")} description={t("jobs.description")}>
      {error && <Failed error={error} onRetry={() => void refetch()} />}
      {isPending && <Skeleton className="h-64" />}
      {data && (
        <Card flush>
          {data.data.length === 0 ? (
            <Empty icon={<ListChecks className="size-5" aria-hidden />} title={t("jobs.empty")}>
              {t("jobs.emptyHint")}
            </Empty>
          ) : (
            <ul className="divide-y">
              {data.data.map((job) => (
                <Row key={job.id} job={job} onOpen={() => void navigate({ search: { id: job.id } })} />
              ))}
            </ul>
          )}
        </Card>
      )}
      <JobDialog
        id={id ?? null}
        title={open ? kind(open.kind) : t("jobs.title")}
        onClose={() => void navigate({ search: {} })}
      />
    </Page>
  );
}
