import { useVirtualizer } from "@tanstack/react-virtual";
import { memo, useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import type { CredentialView } from "@/api/schema";
import { useMay } from "@/api/session";
import { Tag } from "@/components/badge";
import { Deferred } from "@/components/deferred";
import { Skeleton } from "@/components/states";
import { TimeAgo } from "@/components/timeago";
import { Checkbox } from "@/components/toggle";
import { cn } from "@/lib/cn";
import { number, usd } from "@/lib/format";
import { useLanguage, useMedia } from "@/lib/hooks";
import { RowMenu } from "./row-menu";
import type { Selection } from "./selection";
import { QuotaCell, StatusCell } from "./status";

const COLUMNS =
  "grid grid-cols-[1.25rem_minmax(0,1fr)_2rem] items-center gap-x-3 px-3 md:grid-cols-[1.25rem_minmax(0,1.5fr)_minmax(0,1.3fr)_6.5rem_2rem] " +
  "xl:grid-cols-[1.25rem_minmax(0,1.2fr)_minmax(0,1.7fr)_5rem_6.5rem_3.5rem_6rem_6.5rem_2rem]";
const FROM_MD = "hidden md:flex";
const FROM_XL = "hidden xl:flex";

interface RowProps {
  credential: CredentialView;
  selected: boolean;
  onSelect: (id: string, on: boolean, range: boolean) => void;
  onShow: (id: string) => void;
}

const Row = memo(function Row({ credential, selected, onSelect, onShow }: RowProps) {
  const { t } = useTranslation();
  const language = useLanguage();
  const may = useMay();
  const range = useRef(false);
  const name = credential.name || credential.hint;
  return (
    <div
      className={cn(
        COLUMNS,
        "h-full border-b transition-colors hover:bg-hover/60",
        selected && "bg-accent-soft/60 hover:bg-accent-soft",
      )}
    >
      <div
        role="cell"
        className="flex"
        onPointerDownCapture={(event) => {
          range.current = event.shiftKey;
        }}
      >
        {may("operator") && (
          <Checkbox
            checked={selected}
            onChange={(on) => onSelect(credential.id, on, range.current)}
            label={t("credentials.select", { name })}
          />
        )}
      </div>
      <div role="cell" className="min-w-0">
        {/* The name goes first: tags that find no room beside it are left out whole, never cut. */}
        <div className="-m-1 flex h-7 min-w-0 flex-wrap items-center gap-x-1.5 gap-y-3 overflow-hidden p-1">
          <button
            type="button"
            onClick={() => onShow(credential.id)}
            className="max-w-full truncate rounded text-left font-medium text-sm hover:text-accent-text"
          >
            {name}
          </button>
          {credential.tags.slice(0, 3).map((tag) => (
            <Tag key={tag}>{tag}</Tag>
          ))}
        </div>
        <div className="truncate text-muted text-xs max-md:hidden">
          <span className={credential.login ? "" : "font-mono"}>{credential.login || credential.hint}</span>
        </div>
        <div className="mt-1 md:hidden">
          <StatusCell credential={credential} />
        </div>
      </div>
      <div role="cell" className={cn(FROM_MD, "min-w-0")}>
        <StatusCell credential={credential} />
      </div>
      <div role="cell" className={cn(FROM_MD, "flex-col text-xs")}>
        <span className="text-soft">{t(`credentials.kind.${credential.kind}`)}</span>
        <span className="text-muted">{t(`credentials.tier.${credential.tier}`)}</span>
      </div>
      <div role="cell" className={cn(FROM_XL, "*:w-full")}>
        <QuotaCell credential={credential} />
      </div>
      <div role="cell" className={cn(FROM_XL, "num justify-end text-sm")}>
        <span>
          {credential.live?.in_flight ?? 0}
          {credential.max_concurrency > 0 && <span className="text-muted">{` / ${credential.max_concurrency}`}</span>}
        </span>
      </div>
      <div role="cell" className={cn(FROM_XL, "num flex-col whitespace-nowrap text-right text-xs")}>
        <span className="text-soft text-sm">{usd(credential.usage.cost_ticks, language)}</span>
        <span className="text-muted">
          {t("credentials.requests", {
            count: credential.usage.requests,
            shown: number(credential.usage.requests, language),
          })}
        </span>
      </div>
      <div role="cell" className={cn(FROM_XL, "justify-end truncate text-muted text-xs")}>
        <TimeAgo at={credential.usage.last_used_at} />
      </div>
      <div role="cell" className="flex justify-end">
        <RowMenu credential={credential} onShow={onShow} />
      </div>
    </div>
  );
});

function RowPlace() {
  return (
    <div role="cell" className="flex h-full items-center gap-4 border-b px-3">
      <Skeleton className="size-4" />
      <Skeleton className="h-4 w-1/4" />
      <Skeleton className="h-4 w-1/5" />
      <Skeleton className="ml-auto h-4 w-24" />
    </div>
  );
}

interface TableProps {
  rows: CredentialView[];
  total: number;
  loading: boolean;
  failed: boolean;
  more: boolean;
  onMore: () => void;
  selection: Selection;
  onSelect: (selection: Selection) => void;
  onShow: (id: string) => void;
}

export function CredentialTable({
  rows,
  total,
  loading,
  failed,
  more,
  onMore,
  selection,
  onSelect,
  onShow,
}: TableProps) {
  const { t } = useTranslation();
  const may = useMay();
  const scroller = useRef<HTMLDivElement>(null);
  const wide = useMedia("(min-width: 48rem)");
  const height = wide ? 52 : 64;
  const virtual = useVirtualizer({
    count: loading ? 12 : total,
    getScrollElement: () => scroller.current,
    estimateSize: () => height,
    overscan: 8,
  });
  // biome-ignore lint/correctness/useExhaustiveDependencies: rows have another height on another screen
  useEffect(() => virtual.measure(), [height, virtual]);
  const items = virtual.getVirtualItems();
  const last = items.at(-1)?.index ?? 0;
  useEffect(() => {
    if (more && !failed && last >= rows.length - 60) onMore();
  }, [more, failed, last, rows.length, onMore]);

  const latest = useRef({ rows, selection, onSelect, anchor: "" });
  latest.current = { ...latest.current, rows, selection, onSelect };
  const select = useRef((id: string, on: boolean, range: boolean) => {
    const state = latest.current;
    const ids = new Set(state.selection.everything ? state.rows.map((row) => row.id) : state.selection.ids);
    const places = [state.anchor, id]
      .map((each) => state.rows.findIndex((row) => row.id === each))
      .sort((a, b) => a - b);
    const [from = -1, to = -1] = places;
    const meant = range && from >= 0 ? state.rows.slice(from, to + 1).map((row) => row.id) : [id];
    for (const each of meant) on ? ids.add(each) : ids.delete(each);
    state.anchor = id;
    state.onSelect({ ids, everything: false });
  }).current;
  const all = selection.everything || (rows.length > 0 && selection.ids.size >= rows.length);
  const heads = ["quota", "inFlight", "spent", "lastUsed"] as const;
  return (
    <div
      role="table"
      aria-label={t("credentials.title")}
      aria-rowcount={total + 1}
      className="flex min-h-64 flex-1 flex-col overflow-hidden rounded-xl border bg-panel shadow-card"
    >
      <div role="rowgroup" className="shrink-0 border-b bg-sunken/60">
        <div role="row" aria-rowindex={1} className={cn(COLUMNS, "h-9 font-medium text-muted text-xs")}>
          <div role="columnheader" className="flex">
            {may("operator") && (
              <Checkbox
                checked={all ? true : selection.ids.size > 0 ? "indeterminate" : false}
                onChange={(on) => onSelect({ ids: new Set(on ? rows.map((row) => row.id) : []), everything: false })}
                label={t("credentials.selectAll")}
              />
            )}
          </div>
          <div role="columnheader">{t("credentials.column.name")}</div>
          <div role="columnheader" className={FROM_MD}>
            {t("credentials.column.status")}
          </div>
          <div role="columnheader" className={FROM_MD}>
            {t("credentials.column.kind")}
          </div>
          {heads.map((head) => (
            <div key={head} role="columnheader" className={cn(FROM_XL, head !== "quota" && "justify-end text-right")}>
              {t(`credentials.column.${head}`)}
            </div>
          ))}
          <div role="columnheader">
            <span className="sr-only">{t("credentials.column.actions")}</span>
          </div>
        </div>
      </div>
      <div
        ref={scroller}
        className="min-h-0 flex-1 overflow-y-auto overflow-x-hidden"
        role="rowgroup"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached by the keyboard
        tabIndex={0}
        aria-label={t("credentials.rows")}
      >
        <div role="presentation" className="relative w-full" style={{ height: virtual.getTotalSize() }}>
          {items.map((item) => {
            const credential = rows[item.index];
            return (
              <div
                key={credential?.id ?? item.key}
                role="row"
                aria-rowindex={item.index + 2}
                className="absolute inset-x-0 top-0"
                style={{ height: item.size, transform: `translateY(${item.start}px)` }}
              >
                {credential ? (
                  <Deferred place={<RowPlace />}>
                    <Row
                      credential={credential}
                      selected={selection.everything || selection.ids.has(credential.id)}
                      onSelect={select}
                      onShow={onShow}
                    />
                  </Deferred>
                ) : (
                  <RowPlace />
                )}
              </div>
            );
          })}
        </div>
      </div>
    </div>
  );
}
