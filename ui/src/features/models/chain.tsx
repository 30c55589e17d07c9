import { ChevronRight } from "lucide-react";
import { useTranslation } from "react-i18next";
import type { ModelView, ToldTarget } from "@/api/schema";
import { Badge, Dot, type Tone } from "@/components/badge";
import { number } from "@/lib/format";
import { useLanguage } from "@/lib/hooks";

function toneOf(target: ToldTarget): Tone {
  return target.servable ? "ok" : target.known ? "plain" : "warn";
}

function useWord(): (target: ToldTarget) => string {
  const { t } = useTranslation();
  return (target) =>
    t(target.servable ? "models.target.servable" : target.known ? "models.target.unserved" : "models.target.unknown");
}

/** What stands behind a name, in the order in which it is tried, in one line. */
export function ChainLine({ targets }: { targets: ToldTarget[] }) {
  const { t } = useTranslation();
  const word = useWord();
  if (targets.length === 0) return <span className="text-muted">{"–"}</span>;
  const shown = targets.slice(0, 2);
  return (
    <span className="flex min-w-0 items-center gap-1.5 text-xs">
      {shown.map((target, place) => (
        <span key={target.model} className="flex min-w-0 items-center gap-1.5" title={word(target)}>
          {place > 0 && <ChevronRight className="size-3 shrink-0 text-muted" aria-hidden />}
          <Dot tone={toneOf(target)} />
          <span className="truncate font-mono">{target.model}</span>
          <span className="sr-only">{word(target)}</span>
        </span>
      ))}
      {targets.length > shown.length && (
        <span className="num shrink-0 text-muted">{t("models.more", { count: targets.length - shown.length })}</span>
      )}
    </span>
  );
}

/** The same with all that is known of each. */
export function Chain({ model }: { model: ModelView }) {
  const { t } = useTranslation();
  const language = useLanguage();
  const word = useWord();
  return (
    <ol className="flex flex-col divide-y rounded-lg border">
      {model.targets.map((target, place) => (
        <li key={target.model} className="flex items-center gap-3 px-3 py-2 text-sm">
          <span className="num w-4 text-right text-muted text-xs">{place + 1}</span>
          <span className="min-w-0 flex-1">
            <span className="block truncate font-mono text-xs">{target.model}</span>
            <span className="block text-muted text-xs">
              {t("models.accounts", { count: target.accounts, shown: number(target.accounts, language) })}
              {target.effort && ` · ${t("models.forced", { effort: target.effort })}`}
              {target.asked && ` · ${t("models.whenAsked", { effort: target.asked })}`}
            </span>
          </span>
          <Badge tone={toneOf(target)} dot>
            {word(target)}
          </Badge>
        </li>
      ))}
    </ol>
  );
}
