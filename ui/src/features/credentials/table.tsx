import { useVirtualizer } from "@tanstack/react-virtual";
import { useEffect, useLayoutEffect, useMemo, useRef } from "react";
import { useTranslation } from "react-i18next";
import type { CredentialView } from "@/api/schema";
import { useMay } from "@/api/session";
import { Checkbox } from "@/components/toggle";
import { cn } from "@/lib/cn";
import { useMedia, useNow } from "@/lib/hooks";
import { useActing } from "./data";
import { COLUMNS, type Room, Row, type Shared } from "./row";
import type { Selection } from "./selection";

const HEIGHTS: Record<Room, number> = { little: 64, some: 52, all: 52 };
const HEADS: Record<Room, string[]> = {
  little: ["name"],
  some: ["name", "status", "kind"],
  all: ["name", "status", "kind", "quota", "inFlight", "spent", "lastUsed"],
};
const RIGHT = new Set(["inFlight", "spent", "lastUsed"]);
/** Milliseconds after the last movement when the list counts as at rest. */
const REST = 80;
/** What part of the list's height between two pictures is more than anybody can read. */
const RUSH = 0.35;
/** More elements than places are ever seen at once: those that go give theirs to those that come. */
const SLOTS = 128;

function useRoom(): Room {
  const some = useMedia("(min-width: 48rem)");
  const all = useMedia("(min-width: 80rem)");
  return all ? "all" : some ? "some" : "little";
}

/** Places of a list of one height, and whether they rush by: then nobody can read what would stand there. */
function usePlaces(count: number, height: number) {
  const scroller = useRef<HTMLDivElement>(null);
  const virtual = useVirtualizer({
    count,
    getScrollElement: () => scroller.current,
    estimateSize: () => height,
    overscan: 6,
    isScrollingResetDelay: REST,
  });
  // biome-ignore lint/correctness/useExhaustiveDependencies: rows have another height on another screen
  useEffect(() => virtual.measure(), [height, virtual]);
  const offset = virtual.scrollOffset ?? 0;
  const before = useRef(0);
  const moving = virtual.isScrolling;
  const rushing = moving && Math.abs(offset - before.current) >= (virtual.scrollRect?.height ?? 0) * RUSH;
  useLayoutEffect(() => {
    before.current = offset;
  }, [offset]);
  return { scroller, virtual, moving, rushing };
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
  /** Told where the list is seen, by the numbers of rows, once it is at rest. */
  onSeen: (first: number, last: number) => void;
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
  onSeen,
}: TableProps) {
  const { t, i18n } = useTranslation();
  const { language } = i18n;
  const may = useMay();
  const now = useNow(15_000);
  const room = useRoom();
  const height = HEIGHTS[room];
  const { scroller, virtual, moving, rushing } = usePlaces(loading ? 12 : total, height);
  const items = virtual.getVirtualItems();
  const first = items[0]?.index ?? 0;
  const last = items.at(-1)?.index ?? 0;
  useEffect(() => {
    if (more && !failed && last >= rows.length - 60) onMore();
  }, [more, failed, last, rows.length, onMore]);
  useEffect(() => {
    if (!moving) onSeen(first, last);
  }, [moving, first, last, onSeen]);

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
  const operator = may("operator");
  const shared = useMemo<Shared>(
    () => ({ room, operator, now, language, t, onSelect: select, onShow }),
    [room, operator, now, language, t, select, onShow],
  );
  const acting = useActing();
  // While the list rushes by no rows are made; those that stand stay where they are.
  const drawn = useRef(new Set<string>());
  const drawable = items.map(({ index }) => {
    const credential = rows[index];
    return credential && (!rushing || drawn.current.has(credential.id)) ? credential : undefined;
  });
  useLayoutEffect(() => {
    drawn.current = new Set(drawable.map((each) => each?.id ?? ""));
  });
  const all = selection.everything || (rows.length > 0 && selection.ids.size >= rows.length);
  return (
    <div
      role="table"
      aria-label={t("credentials.title")}
      aria-rowcount={total + 1}
      className="flex min-h-64 flex-1 flex-col overflow-hidden rounded-xl border bg-panel shadow-card"
    >
      <div role="rowgroup" className="shrink-0 border-b bg-sunken/60">
        <div role="row" aria-rowindex={1} className={cn(COLUMNS[room], "h-9 font-medium text-muted text-xs")}>
          <div role="columnheader" className="flex">
            {operator && (
              <Checkbox
                checked={all ? true : selection.ids.size > 0 ? "indeterminate" : false}
                onChange={(on) => onSelect({ ids: new Set(on ? rows.map((row) => row.id) : []), everything: false })}
                label={t("credentials.selectAll")}
              />
            )}
          </div>
          {HEADS[room].map((head) => (
            <div key={head} role="columnheader" className={RIGHT.has(head) ? "text-right" : undefined}>
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
        <div
          role="presentation"
          className={cn("relative w-full", loading && "animate-shimmer")}
          style={{ height: virtual.getTotalSize() }}
        >
          {items.map(({ index, start }, nth) => {
            const credential = drawable[nth];
            return credential ? (
              <Row
                key={credential.id}
                credential={credential}
                place={index}
                top={start}
                height={height}
                selected={selection.everything || selection.ids.has(credential.id)}
                busy={acting.includes(credential.id)}
                shared={shared}
              />
            ) : (
              <div
                key={index % SLOTS}
                className="absolute inset-x-0 row-place border-b contain-strict"
                style={{ top: start, height }}
                aria-hidden
              />
            );
          })}
        </div>
      </div>
    </div>
  );
}
