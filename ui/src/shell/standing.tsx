import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { CircleAlert, FlaskConical, KeyRound } from "lucide-react";
import { useTranslation } from "react-i18next";
import { type Counts, countsQuery, type Readiness, readinessQuery, STATUSES } from "@/api/queries";
import { cn } from "@/lib/cn";
import { number } from "@/lib/format";

export type Standing = Readiness | "sandbox" | "empty" | "nobody";

/** How the server stands to a request that comes now: a server that runs without a credential is of no use. */
export function standingOf(readiness: Readiness, counts: Counts | undefined): Standing {
  if (readiness === "away" || !counts) return readiness;
  if (counts.sandbox) return "sandbox";
  if (counts.usable > 0) return readiness;
  return counts.all === 0 ? "empty" : "nobody";
}

export function useStanding(): Standing {
  const { data: readiness = "ready" } = useQuery(readinessQuery);
  const { data: counts } = useQuery(countsQuery);
  return standingOf(readiness, counts);
}

const LOOKS = {
  sandbox: { tone: "bg-info-soft text-info", icon: FlaskConical },
  empty: { tone: "bg-warn-soft text-warn", icon: KeyRound },
  nobody: { tone: "bg-bad-soft text-bad", icon: CircleAlert },
};

/** What everybody has to know on every page: that nobody answers, or that it is not Grok who does. */
export function StandingStrip() {
  const { t, i18n } = useTranslation();
  const standing = useStanding();
  const { data: counts } = useQuery(countsQuery);
  if (standing !== "sandbox" && standing !== "empty" && standing !== "nobody") return null;
  const { tone, icon: Icon } = LOOKS[standing];
  const told = STATUSES.filter((status) => counts && counts[status] > 0)
    .map((status) => `${t(`credentials.status.${status}`)}: ${number(counts?.[status] ?? 0, i18n.language)}`)
    .join(", ");
  return (
    <div role="status" className={cn("flex shrink-0 flex-wrap items-center gap-x-3 px-4 py-1.5 text-sm", tone)}>
      <Icon className="size-4 shrink-0" aria-hidden />
      <span className="min-w-0 flex-1 break-words">{t(`shell.standing.${standing}`, { told })}</span>
      <Link
        to={standing === "nobody" ? "/credentials" : "/setup"}
        className="flex min-h-6 items-center rounded font-medium underline underline-offset-2"
      >
        {t(standing === "nobody" ? "shell.standing.look" : "shell.standing.add")}
      </Link>
    </div>
  );
}
