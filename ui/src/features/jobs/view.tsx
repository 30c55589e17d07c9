/** A job's progress and what came of it, wherever it is shown. */
import { CircleCheck, CircleX } from "lucide-react";
import { useTranslation } from "react-i18next";
import { isRunning } from "@/api/queries";
import type { ImportResult, JobView } from "@/api/schema";
import { Badge, type Tone } from "@/components/badge";
import { Meter } from "@/components/bars";
import { Skeleton } from "@/components/states";
import { number } from "@/lib/format";
import { useLanguage } from "@/lib/hooks";
import { Retold } from "@/lib/retold";
import { ImportRows } from "../credentials/import-rows";

const TONES: Record<string, Tone> = { running: "accent", done: "ok", failed: "bad", cancelled: "plain" };

export function JobState({ state }: { state: string }) {
  const { t } = useTranslation();
  return (
    <Badge tone={TONES[state] ?? "plain"} dot>
      {t(`jobs.state.${state}`, { defaultValue: state })}
    </Badge>
  );
}

export function JobProgress({ job }: { job: JobView | null }) {
  const { t } = useTranslation();
  const language = useLanguage();
  if (job === null) return <Skeleton className="h-16" />;
  const share = job.total > 0 ? job.done / job.total : isRunning(job.state) ? 0 : 1;
  return (
    <div className="flex flex-col gap-2">
      <div className="flex items-center justify-between gap-3 text-sm">
        <JobState state={job.state} />
        <span className="num text-muted" aria-live="polite">
          {t("jobs.progress", { done: number(job.done, language), total: number(job.total, language) })}
          {job.failed > 0 && <span className="text-bad"> · {t("jobs.failedCount", { count: job.failed })}</span>}
        </span>
      </div>
      <Meter
        value={share}
        label={t("jobs.progressLabel")}
        tone={job.state === "failed" ? "bad" : job.state === "done" ? "ok" : "accent"}
      />
      {job.message && (
        <p className="break-words text-muted text-sm">
          <Retold text={job.message} />
        </p>
      )}
    </div>
  );
}

interface CheckRow {
  id: string;
  name: string;
  ok: boolean;
  message: string;
}

function Checks({ rows }: { rows: CheckRow[] }) {
  const ordered = [...rows].sort((a, b) => Number(a.ok) - Number(b.ok)).slice(0, 300);
  return (
    <ul
      // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached by the keyboard
      tabIndex={0}
      className="max-h-80 divide-y overflow-y-auto rounded-lg border"
    >
      {ordered.map((row) => (
        <li key={row.id} className="flex items-start gap-2.5 px-3 py-2 text-sm">
          {row.ok ? (
            <CircleCheck className="mt-0.5 size-4 shrink-0 text-ok" aria-hidden />
          ) : (
            <CircleX className="mt-0.5 size-4 shrink-0 text-bad" aria-hidden />
          )}
          <span className="min-w-0 flex-1">
            <span className="block truncate font-medium">{row.name || row.id}</span>
            <span className="block break-words text-muted text-xs">
              <Retold text={row.message} />
            </span>
          </span>
        </li>
      ))}
    </ul>
  );
}

/** What came of a job that changed, checked or took in credentials. */
export function JobResult({ result }: { result: unknown }) {
  const { t } = useTranslation();
  if (typeof result !== "object" || result === null) return null;
  if ("counts" in result) return <ImportRows result={result as ImportResult} />;
  if ("rows" in result) return <Checks rows={(result as { rows: CheckRow[] }).rows} />;
  if ("chosen" in result) {
    const told = result as unknown as { chosen: number; done: number; gone: string[]; needs_sign_in: string[] };
    return (
      <ul className="list-disc pl-5 text-sm text-soft">
        <li>{t("jobs.changed", { done: told.done, chosen: told.chosen })}</li>
        {told.gone.length > 0 && <li>{t("jobs.gone", { count: told.gone.length })}</li>}
        {told.needs_sign_in.length > 0 && <li>{t("jobs.needsSignIn", { count: told.needs_sign_in.length })}</li>}
      </ul>
    );
  }
  return null;
}
