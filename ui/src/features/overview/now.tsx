import { useTranslation } from "react-i18next";
import { type UsageTick, usePulse } from "@/api/pulse";
import { cn } from "@/lib/cn";
import { compact, number, usd } from "@/lib/format";
import { useLanguage } from "@/lib/hooks";

const NONE = "–";

function perSecond(count: number, tick: UsageTick): number {
  const rate = tick.seconds > 0 ? count / tick.seconds : 0;
  return rate < 10 ? Math.round(rate * 10) / 10 : Math.round(rate);
}

/** What all workers do at this moment; it moves by itself. */
export function RightNow() {
  const { t } = useTranslation();
  const language = useLanguage();
  const tick = usePulse();
  const failed = tick ? tick.failed + tick.refused : 0;
  const figures = [
    ["rate", tick && number(perSecond(tick.requests, tick), language)],
    ["failed", tick && number(failed, language)],
    ["tokens", tick && compact(perSecond(tick.input_tokens + tick.output_tokens, tick), language)],
    ["cost", tick && usd(tick.cost_in_usd_ticks, language)],
  ] as const;
  return (
    <section aria-label={t("overview.now.title")} className="rounded-xl border bg-panel px-4 py-3 shadow-card">
      <div className="mb-2 flex flex-wrap items-baseline justify-between gap-x-4">
        <h2 className="font-medium text-sm">{t("overview.now.title")}</h2>
        <p className="text-muted text-xs">
          {tick
            ? t("overview.now.span", { seconds: number(Math.round(tick.seconds), language) })
            : t("overview.now.none")}
        </p>
      </div>
      <dl className="grid grid-cols-2 gap-x-4 gap-y-2 sm:grid-cols-4">
        {figures.map(([name, value]) => (
          <div key={name} className="min-w-0">
            <dt className="truncate text-muted text-xs">{t(`overview.now.${name}`)}</dt>
            <dd
              className={cn(
                "num truncate font-semibold text-lg tracking-tight",
                name === "failed" && failed > 0 && "text-bad",
              )}
            >
              {value ?? NONE}
            </dd>
          </div>
        ))}
      </dl>
    </section>
  );
}
