import { useTranslation } from "react-i18next";
import { Badge } from "@/components/badge";
import { Card } from "@/components/page";
import { cn } from "@/lib/cn";
import { milliseconds } from "@/lib/format";
import { useLanguage } from "@/lib/hooks";
import { useRetold } from "@/lib/retold";
import { type Decision, type Explained, spansOf } from "./explanation";

const FILLS = { waited: "bg-line-strong", connected: "bg-warn-dot", tried: "bg-bad-dot", answered: "bg-ok-dot" };

function nameIn(decision: Decision, told: Explained): string {
  const { chosen } = decision;
  const known = told.now?.credentials.find((each) => each.id === chosen);
  return known?.name || chosen;
}

function Removed({ removed }: { removed: Decision["removed"] }) {
  const { t } = useTranslation();
  const retold = useRetold();
  const rows = Object.entries(removed ?? {});
  if (rows.length === 0) return null;
  return (
    <span className="flex flex-wrap gap-1.5">
      {rows.map(([rule, count]) => (
        <Badge key={rule}>
          {t(`requests.rule.${rule}`, { defaultValue: retold(rule) })} × {count}
        </Badge>
      ))}
    </span>
  );
}

/** What was decided, in its order, and how long each took. */
export function Timeline({ told }: { told: Explained }) {
  const { t } = useTranslation();
  const language = useLanguage();
  const retold = useRetold();
  const total = Math.max(
    told.request?.total_ms ?? 0,
    ...told.decisions.map((each) => each.failed_ms ?? each.sent_ms ?? 0),
    1,
  );
  const spans = spansOf(told.decisions, total);
  if (told.decisions.length === 0) {
    return (
      <Card title={t("requests.timeline")}>
        <p className="text-muted text-sm">{t("requests.noDecisions")}</p>
      </Card>
    );
  }
  return (
    <Card
      flush
      title={t("requests.timeline")}
      actions={<span className="num text-muted text-xs">{milliseconds(total, language)}</span>}
    >
      <ol className="divide-y">
        {told.decisions.map((decision, place) => (
          <li key={place} className="flex flex-col gap-2.5 px-4 py-3">
            <div className="flex flex-wrap items-center gap-2 text-sm">
              <span className="num grid size-5 place-items-center rounded-full bg-sunken text-2xs text-muted">
                {place + 1}
              </span>
              <span className="min-w-0 truncate font-medium">
                {decision.chosen === "" ? t("requests.noneChosen") : nameIn(decision, told)}
              </span>
              {decision.fault ? (
                <Badge tone="bad">
                  {[t(`requests.fault.${decision.fault}`, { defaultValue: decision.fault }), decision.status]
                    .filter(Boolean)
                    .join(" · ")}
                </Badge>
              ) : (
                decision.chosen !== "" && <Badge tone="ok">{t("requests.answered")}</Badge>
              )}
              <span className="ml-auto font-mono text-muted text-xs">{decision.model}</span>
            </div>
            <div
              className="relative h-2 overflow-hidden rounded-full bg-hover"
              role="img"
              aria-label={spans
                .filter((span) => span.decision === place)
                .map((span) => `${t(`requests.span.${span.kind}`)}: ${milliseconds(span.to - span.from, language)}`)
                .join(", ")}
            >
              {spans
                .filter((span) => span.decision === place)
                .map((span) => (
                  <span
                    key={span.kind}
                    className={cn("absolute inset-y-0 min-w-1 rounded-full", FILLS[span.kind])}
                    style={{
                      left: `${(span.from / total) * 100}%`,
                      width: `${((span.to - span.from) / total) * 100}%`,
                    }}
                  />
                ))}
            </div>
            <div className="flex flex-wrap items-center gap-x-4 gap-y-1 text-muted text-xs">
              <span className="num">{t("requests.at", { time: milliseconds(decision.at_ms ?? 0, language) })}</span>
              {!!decision.waited_ms && (
                <span className="num">
                  {t("requests.waited", { time: milliseconds(decision.waited_ms, language) })}
                </span>
              )}
              {!!decision.connect_ms && (
                <span className="num">
                  {t("requests.connected", { time: milliseconds(decision.connect_ms, language) })}
                </span>
              )}
              <span>{t("requests.outOf", { left: decision.looked_at, pool: decision.pool })}</span>
              {decision.because && (
                <span>{t("requests.because", { reason: retold(decision.because), strategy: decision.strategy })}</span>
              )}
            </div>
            <Removed removed={decision.removed} />
            {decision.detail && <p className="break-words text-soft text-xs">{retold(decision.detail)}</p>}
          </li>
        ))}
      </ol>
      {told.rescued_after !== null && (
        <p className="border-t px-4 py-2.5 text-muted text-xs">
          {t("requests.rescued", { count: told.rescued_after })}
        </p>
      )}
    </Card>
  );
}
