import { useTranslation } from "react-i18next";
import type { ImportResult } from "@/api/schema";
import { Badge, type Tone } from "@/components/badge";
import { Retold } from "@/lib/retold";

const TONES: Record<string, Tone> = {
  added: "ok",
  "would add": "ok",
  updated: "info",
  "would update": "info",
  known: "plain",
  rejected: "bad",
};

/** What came of every line of a file, or would come of it. */
export function ImportRows({ result }: { result: ImportResult }) {
  const { t } = useTranslation();
  const name = (outcome: string) => t(`credentials.outcome.${outcome}`, { defaultValue: outcome });
  return (
    <div className="flex flex-col gap-3">
      <div className="flex flex-wrap gap-2">
        {Object.entries(result.counts).map(([outcome, count]) => (
          <Badge key={outcome} tone={TONES[outcome] ?? "plain"} dot>
            {count} {name(outcome)}
          </Badge>
        ))}
      </div>
      {result.rows.length > 0 && (
        <ul
          // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached by the keyboard
          tabIndex={0}
          className="max-h-72 divide-y overflow-y-auto rounded-lg border"
          aria-label={t("credentials.importRows")}
        >
          {result.rows.slice(0, 500).map((row) => {
            const line = /^line (\d+)$/.exec(row.place)?.[1];
            return (
              <li key={row.place} className="grid grid-cols-[5.5rem_1fr_auto] items-center gap-3 px-3 py-2 text-sm">
                <span className="truncate font-mono text-muted text-xs">
                  {line ? t("import.line", { number: line }) : <Retold text={row.place} />}
                </span>
                <span className="min-w-0">
                  <span className="block truncate">{row.name || "–"}</span>
                  {row.reason && (
                    <span className="block break-words text-muted text-xs">
                      <Retold text={row.reason} />
                    </span>
                  )}
                </span>
                <Badge tone={TONES[row.outcome] ?? "plain"}>{name(row.outcome)}</Badge>
              </li>
            );
          })}
        </ul>
      )}
      {(result.rows_left_out > 0 || result.rows.length > 500) && (
        <p className="text-muted text-xs">
          {t("credentials.rowsLeftOut", { count: result.rows_left_out + Math.max(0, result.rows.length - 500) })}
        </p>
      )}
    </div>
  );
}
