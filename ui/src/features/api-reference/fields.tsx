/** Fields by name, type and meaning; what is inside of one opens below it. */
import { ChevronRight } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { OpenApi, Schema } from "@/api/document";
import { Badge } from "@/components/badge";
import { number } from "@/lib/format";
import { useLanguage } from "@/lib/hooks";
import { boundsOf, type Row, rowsOf, type Shape, shapesOf } from "./model";
import { Told } from "./told";

function useBounds(schema: Schema | undefined): string[] {
  const { t } = useTranslation();
  const language = useLanguage();
  const { low, high, longest, most, preset } = boundsOf(schema);
  const shown = (value: number) => number(value, language);
  const told: string[] = [];
  if (low !== undefined && high !== undefined) told.push(`${shown(low)} – ${shown(high)}`);
  else if (low !== undefined) told.push(`≥ ${shown(low)}`);
  else if (high !== undefined) told.push(`≤ ${shown(high)}`);
  if (longest !== undefined) told.push(t("apiReference.longest", { most: shown(longest) }));
  if (most !== undefined) told.push(t("apiReference.most", { most: shown(most) }));
  return preset === undefined ? told : [...told, t("apiReference.preset", { value: preset })];
}

interface Where {
  document: OpenApi;
  /** They are the server's: there is nothing that anybody would have to send. */
  given?: boolean;
}

function FieldRow({ row, document, given }: Where & { row: Row }) {
  const { t } = useTranslation();
  const bounds = useBounds(row.schema);
  return (
    <li className="py-2.5 text-sm">
      <div className="flex flex-wrap items-baseline gap-x-2.5 gap-y-1">
        <code className="break-all font-medium font-mono text-xs">{row.name}</code>
        <code className="break-all font-mono text-muted text-xs">{row.type}</code>
        {bounds.length > 0 && <span className="text-muted text-xs">{bounds.join(" · ")}</span>}
        {row.required && !given && <Badge tone="accent">{t("apiReference.required")}</Badge>}
      </div>
      {row.description && <Told text={row.description} className="mt-0.5 max-w-2xl text-muted" />}
      <Inside shapes={shapesOf(row.schema, document)} document={document} given={given} />
    </li>
  );
}

export function FieldRows({ rows, document, given }: Where & { rows: Row[] }) {
  return (
    <ul className="divide-y">
      {rows.map((row) => (
        <FieldRow key={row.name} row={row} document={document} given={given} />
      ))}
    </ul>
  );
}

function Opened({ shape, document, given }: Where & { shape: Shape }) {
  const { t } = useTranslation();
  const [open, setOpen] = useState(false);
  return (
    <details className="mt-1.5" onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary className="flex w-fit min-w-0 max-w-full items-center gap-1 rounded py-0.5 pr-1.5 text-soft text-xs hover:text-fg [&::-webkit-details-marker]:hidden">
        <ChevronRight
          className="size-3.5 shrink-0 text-muted transition-transform [details[open]>summary>&]:rotate-90"
          aria-hidden
        />
        {t("apiReference.fields")}
        {shape.name && <code className="min-w-0 break-all font-mono text-muted">{shape.name}</code>}
      </summary>
      {open && (
        <div className="mt-1 ml-[0.4rem] border-l pl-3">
          {shape.description && <Told text={shape.description} className="max-w-2xl py-1 text-muted text-sm" />}
          <FieldRows rows={rowsOf(shape.schema, document)} document={document} given={given} />
        </div>
      )}
    </details>
  );
}

/** The fields of what a value holds, closed at first: what is inside of these opens in turn. */
export function Inside({ shapes, document, given }: Where & { shapes: Shape[] }) {
  return shapes.map((shape, place) => (
    <Opened key={`${shape.name} ${place}`} shape={shape} document={document} given={given} />
  ));
}
