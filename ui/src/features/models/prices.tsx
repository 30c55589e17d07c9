import { useQuery } from "@tanstack/react-query";
import { CircleDollarSign, Plus, TriangleAlert } from "lucide-react";
import { useTranslation } from "react-i18next";
import type { DriftView, PriceRow } from "@/api/schema";
import { useMay } from "@/api/session";
import { Allowed } from "@/components/allowed";
import { Badge } from "@/components/badge";
import { Button } from "@/components/button";
import { Card } from "@/components/page";
import { SearchField } from "@/components/search";
import { Empty, Failed, Notice, Skeleton } from "@/components/states";
import { RowButton, Table, Th } from "@/components/table";
import { number, percent } from "@/lib/format";
import { useLanguage } from "@/lib/hooks";
import { driftQuery, pricesQuery } from "./data";
import { MediaPrices } from "./media-prices";
import { PriceDialog } from "./price-dialog";
import type { ModelSearch } from "./search";

const AMOUNTS = ["input", "cached", "output"] as const;

/** An exact amount, with cents where it has fewer places. */
function dollars(amount: string): string {
  const [whole = "0", part = ""] = amount.split(".");
  return `$${whole}.${part.padEnd(2, "0")}`;
}

function Amount({ row, of: name }: { row: PriceRow; of: (typeof AMOUNTS)[number] }) {
  const { t } = useTranslation();
  const field = `${name}_usd_per_million` as const;
  const shipped = row.source === "own" ? row.list?.[field] : undefined;
  return (
    <td className={`num whitespace-nowrap text-right ${name === "cached" ? "max-sm:hidden" : ""}`}>
      {dollars(row[field])}
      {shipped !== undefined && shipped !== row[field] && (
        <span className="block text-muted text-xs line-through" title={t("prices.listed")}>
          <span className="sr-only">{t("prices.listed")} </span>
          {dollars(shipped)}
        </span>
      )}
    </td>
  );
}

function Drift({ drift }: { drift: DriftView | undefined }) {
  const { t } = useTranslation();
  const language = useLanguage();
  if (!drift) return <span className="text-muted">{"–"}</span>;
  const shown = `${drift.percent > 0 ? "+" : "−"}${percent(Math.abs(drift.percent) / 100, language)}`;
  return (
    <Badge tone="warn">
      <TriangleAlert className="-mt-0.5 mr-1 inline size-3" aria-hidden />
      {t("prices.off", { percent: shown })}
    </Badge>
  );
}

function Rows({ rows, drifts, onShow }: { rows: PriceRow[]; drifts: DriftView[]; onShow?: (model: string) => void }) {
  const { t } = useTranslation();
  const h = (name: string) => t(`prices.column.${name}`);
  return (
    <Table
      label={t("prices.title")}
      heads={
        <>
          <Th>{h("model")}</Th>
          <Th className="text-right!">{h("input")}</Th>
          <Th className="text-right! max-sm:hidden">{h("cached")}</Th>
          <Th className="text-right!">{h("output")}</Th>
          <Th className="max-md:hidden">{h("source")}</Th>
          <Th className="max-lg:hidden">{h("drift")}</Th>
        </>
      }
    >
      {rows.map((row) => (
        <tr key={row.model}>
          <td className="max-w-36 sm:max-w-60">
            {onShow ? (
              <RowButton onClick={() => onShow(row.model)}>{row.model}</RowButton>
            ) : (
              <span className="block truncate font-medium">{row.model}</span>
            )}
          </td>
          {AMOUNTS.map((name) => (
            <Amount key={name} row={row} of={name} />
          ))}
          <td className="max-md:hidden">
            <Badge tone={row.source === "own" ? "accent" : "plain"}>{t(`prices.source.${row.source}`)}</Badge>
          </td>
          <td className="max-lg:hidden">
            <Drift drift={drifts.find((each) => each.model === row.model)} />
          </td>
        </tr>
      ))}
    </Table>
  );
}

interface Props {
  search: ModelSearch;
  onChange: (changes: Partial<ModelSearch>) => void;
}

/** What upstream models cost, who says so, and whether xAI asks something else. */
export function Prices({ search, onChange }: Props) {
  const { t } = useTranslation();
  const language = useLanguage();
  const may = useMay();
  const { data, error, isPending, refetch } = useQuery(pricesQuery);
  const { data: drifts = [] } = useQuery(driftQuery);
  const wanted = search.text?.toLowerCase() ?? "";
  const rows = data?.data.filter((row) => row.model.toLowerCase().includes(wanted)) ?? [];
  const chosen = search.open === "create" ? "" : search.id;
  return (
    <>
      <div className="flex flex-wrap items-center gap-2">
        <SearchField
          leads
          value={search.text}
          label={t("prices.filter")}
          onChange={(text) => onChange({ text })}
          className="min-w-44 max-w-72 flex-1"
        />
        {data && <span className="text-muted text-xs">{t("prices.version", { version: data.version })}</span>}
        {may("owner") && (
          <Button
            className="ml-auto"
            icon={<Plus className="size-4 text-muted" aria-hidden />}
            onClick={() => onChange({ open: "create", id: undefined })}
          >
            {t("prices.add")}
          </Button>
        )}
      </div>
      {drifts.length > 0 && (
        <Notice tone="warn" title={t("prices.driftTitle", { count: drifts.length })}>
          {t("prices.driftHint", { models: drifts.map((each) => each.model).join(", ") })}
        </Notice>
      )}
      {error && <Failed error={error} onRetry={() => void refetch()} />}
      {isPending && <Skeleton className="h-64" />}
      {data && (
        <Card flush className="overflow-hidden">
          {rows.length === 0 ? (
            <Empty icon={<CircleDollarSign className="size-5" aria-hidden />} title={t("prices.noneFit")} />
          ) : (
            <Rows rows={rows} drifts={drifts} onShow={may("owner") ? (id) => onChange({ id }) : undefined} />
          )}
        </Card>
      )}
      {data && (
        <p className="text-muted text-sm">
          {t("prices.long", { tokens: number(data.long_context, language) })} {t("prices.tools")}
        </p>
      )}
      {data && <MediaPrices rows={data.media.filter((row) => row.thing.toLowerCase().includes(wanted))} />}
      {data && (
        <Allowed least="owner" open={chosen !== undefined} onClose={() => onChange({ id: undefined, open: undefined })}>
          <PriceDialog
            key={chosen ?? "closed"}
            model={chosen}
            row={data.data.find((row) => row.model === chosen)}
            drift={drifts.find((each) => each.model === chosen)}
            onClose={() => onChange({ id: undefined, open: undefined })}
          />
        </Allowed>
      )}
    </>
  );
}
