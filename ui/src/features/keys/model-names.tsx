import { useQuery } from "@tanstack/react-query";
import { Plus } from "lucide-react";
import { useTranslation } from "react-i18next";
import { parts } from "../credentials/fields";
import { modelsQuery } from "../models/data";

const SHOWN = 12;

/** What may still be chosen for a list of names that somebody types, and which names in it nothing is called by. */
export function offered(value: string, known: readonly string[]): { kept: string[]; free: string[]; lost: string[] } {
  const names = parts(value);
  const last = value.split(",").at(-1)?.trim() ?? "";
  const begun = last !== "" && !known.includes(last) && known.some((name) => name.includes(last));
  const kept = begun ? names.slice(0, -1) : names;
  const free = known.filter((name) => !kept.includes(name) && (!begun || name.includes(last)));
  return { kept, free: free.slice(0, SHOWN), lost: kept.filter((name) => !known.includes(name)) };
}

/** Names that are there to be chosen, below a field for names of models; and those in it that nothing is called by. */
export function ModelNames({ value, onChange }: { value: string; onChange: (value: string) => void }) {
  const { t } = useTranslation();
  const { data } = useQuery(modelsQuery);
  if (!data) return null;
  const known = data.data.filter((each) => each.visibility !== "off").map((each) => each.id);
  const { kept, free, lost } = offered(value, known);
  return (
    <div className="flex flex-col gap-2">
      {lost.length > 0 && (
        <p role="status" className="break-words text-warn text-xs">
          {t("keys.modelsUnknown", { names: lost.join(", ") })}
        </p>
      )}
      <div role="group" aria-label={t("keys.modelsKnown")} className="flex flex-wrap gap-1.5">
        {free.map((id) => (
          <button
            key={id}
            type="button"
            aria-label={t("keys.addModel", { name: id })}
            onClick={() => onChange([...kept, id].join(", "))}
            className="flex h-6 max-w-full items-center gap-1 rounded-md border bg-sunken px-1.5 text-soft text-xs hover:border-line-strong hover:text-fg"
          >
            <Plus className="size-3 shrink-0 text-muted" aria-hidden />
            <span className="truncate">{id}</span>
          </button>
        ))}
      </div>
    </div>
  );
}
