import { useTranslation } from "react-i18next";
import type { DifferenceView } from "@/api/schema";
import { Badge } from "@/components/badge";
import { shownValue } from "./data";

/** What a change does, setting by setting. */
export function Differences({ rows }: { rows: DifferenceView[] }) {
  const { t } = useTranslation();
  return (
    <ul className="divide-y rounded-lg border">
      {rows.map((row) => (
        <li key={row.path} className="flex flex-col gap-1 px-3 py-2 text-sm">
          <span className="flex flex-wrap items-center gap-2">
            <code className="break-all font-mono text-xs">{row.path}</code>
            {row.restart && <Badge tone="warn">{t("settings.restart")}</Badge>}
          </span>
          <span className="num flex flex-wrap items-center gap-2 break-all text-xs">
            <span className="text-muted line-through">
              {row.before === null ? t("settings.notStored") : shownValue(row.before)}
            </span>
            <span aria-hidden>{"→"}</span>
            <span className="font-medium">{row.after === null ? t("settings.notStored") : shownValue(row.after)}</span>
          </span>
        </li>
      ))}
    </ul>
  );
}
