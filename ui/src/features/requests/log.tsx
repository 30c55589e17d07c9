import { useInfiniteQuery } from "@tanstack/react-query";
import type { TFunction } from "i18next";
import { ScrollText } from "lucide-react";
import { useTranslation } from "react-i18next";
import { api } from "@/api/client";
import { every } from "@/api/flow";
import { following } from "@/api/pulse";
import type { RequestPage, RequestRow } from "@/api/schema";
import { Badge, type Tone } from "@/components/badge";
import { Button } from "@/components/button";
import { Card } from "@/components/page";
import { Empty, Failed, Skeleton } from "@/components/states";
import { cn } from "@/lib/cn";
import { codeText } from "@/lib/errors";
import { compact, dateTime, milliseconds, shortTime, usd } from "@/lib/format";
import { useLanguage } from "@/lib/hooks";
import { filterQuery, type RequestSearch } from "./search";

const PAGE = 100;
const WIDE = "max-xl:hidden";
const LARGE = "max-lg:hidden";
const MIDDLE = "max-sm:hidden";
/** Where every column has room, and the reason of a failure stands by its status instead of below the model. */
const ROOMY = "max-[90rem]:hidden";

export function toneOf(row: { status: number; end: string }): Tone {
  if (row.end === "completed" || row.end === "incomplete") return "ok";
  if (row.end === "client_gone" || row.end.startsWith("cancelled")) return "plain";
  return row.status >= 500 || row.end === "cut" ? "bad" : "warn";
}

/** Why it has no answer, in a few words; empty where it has one. */
function whyOf(row: RequestRow, t: TFunction): string {
  if (row.error_code) return codeText(row.error_code, t);
  return row.end === "completed" || !row.status ? "" : t(`log.ends.${row.end}`, { defaultValue: row.end });
}

export function useLog({ id: _, view: __, ...search }: RequestSearch) {
  return useInfiniteQuery({
    queryKey: ["requests", "list", search],
    queryFn: ({ pageParam, signal }) =>
      api.get<RequestPage>("/requests", { ...filterQuery(search), limit: PAGE, cursor: pageParam }, signal),
    initialPageParam: "",
    getNextPageParam: (page) => page.next_cursor ?? undefined,
    refetchInterval: (query) => ((query.state.data?.pages.length ?? 0) <= 1 ? every(5000)() : false),
    meta: following(true),
  });
}

function Row({ row, onShow }: { row: RequestRow; onShow: (id: string) => void }) {
  const { t } = useTranslation();
  const language = useLanguage();
  const why = whyOf(row, t);
  return (
    <tr className="relative hover:bg-hover/60 [&>td]:px-3 [&>td]:py-1.5">
      <td className="whitespace-nowrap">
        <button
          type="button"
          onClick={() => onShow(row.id)}
          className="num text-left text-soft text-xs after:absolute after:inset-0"
          title={`${dateTime(row.started_at, language)} · ${row.request_id}`}
        >
          {shortTime(row.started_at, language)}
        </button>
      </td>
      <td className="max-w-52">
        <Badge tone={toneOf(row)}>{row.status || t(`log.ends.${row.end}`, { defaultValue: row.end })}</Badge>
        {why && (
          <span className={cn("mt-0.5 block truncate text-soft text-xs", ROOMY)} title={why}>
            {why}
          </span>
        )}
      </td>
      <td className="max-w-28 sm:max-w-40 xl:max-w-48">
        <span className="block truncate font-medium">{row.model || "–"}</span>
        {why && (
          <span className="block truncate text-soft text-xs min-[90rem]:hidden" title={why}>
            {why}
          </span>
        )}
        <span className={cn("block truncate text-muted text-xs", why && ROOMY)}>
          {row.operation}
          {row.stream && ` · ${t("requests.streamed")}`}
        </span>
      </td>
      <td className={cn("max-w-36 truncate text-soft", MIDDLE)}>{row.key_name ?? row.key_id ?? "–"}</td>
      <td className={cn("max-w-40 truncate text-soft", WIDE)}>{row.credential_name ?? (row.credential_id || "–")}</td>
      <td className={cn("num whitespace-nowrap text-right text-xs", LARGE)}>
        {row.input_tokens + row.output_tokens === 0 ? (
          <span className="text-muted">{"–"}</span>
        ) : (
          <>
            {compact(row.input_tokens, language)}
            <span className="text-muted">{" → "}</span>
            {compact(row.output_tokens, language)}
          </>
        )}
      </td>
      <td className={cn("num text-right", WIDE)}>{usd(row.cost_in_usd_ticks, language)}</td>
      <td className={cn("num whitespace-nowrap text-right text-xs", WIDE)}>
        {row.first_byte_ms === null ? "–" : milliseconds(row.first_byte_ms, language)}
      </td>
      <td className={cn("num whitespace-nowrap text-right text-xs", LARGE)}>{milliseconds(row.total_ms, language)}</td>
    </tr>
  );
}

export function Log({ search, onShow }: { search: RequestSearch; onShow: (id: string) => void }) {
  const { t } = useTranslation();
  const log = useLog(search);
  const rows = log.data?.pages.flatMap((page) => page.data) ?? [];
  const h = (name: string) => t(`log.column.${name}`);
  if (log.isPending) return <Skeleton className="h-96" />;
  return (
    <>
      {log.error && <Failed error={log.error} onRetry={() => void log.refetch()} />}
      <Card flush className="overflow-hidden">
        {rows.length === 0 && !log.hasNextPage ? (
          <Empty icon={<ScrollText className="size-5" aria-hidden />} title={t("log.empty")}>
            {t("log.emptyHint")}
          </Empty>
        ) : (
          <div
            className="overflow-x-auto"
            role="region"
            aria-label={t("log.title")}
            // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached by the keyboard
            tabIndex={0}
          >
            <table className="w-full text-sm">
              <thead>
                <tr className="border-b bg-sunken/60 text-left text-muted text-xs [&>th]:h-9 [&>th]:whitespace-nowrap [&>th]:px-3 [&>th]:font-medium">
                  <th scope="col">{h("time")}</th>
                  <th scope="col">{h("status")}</th>
                  <th scope="col">{h("model")}</th>
                  <th scope="col" className={MIDDLE}>
                    {h("key")}
                  </th>
                  <th scope="col" className={WIDE}>
                    {h("credential")}
                  </th>
                  <th scope="col" className={cn("text-right!", LARGE)}>
                    {h("tokens")}
                  </th>
                  <th scope="col" className={cn("text-right!", WIDE)}>
                    {h("cost")}
                  </th>
                  <th scope="col" className={cn("text-right!", WIDE)}>
                    {h("first")}
                  </th>
                  <th scope="col" className={cn("text-right!", LARGE)}>
                    {h("total")}
                  </th>
                </tr>
              </thead>
              <tbody className="divide-y">
                {rows.map((row) => (
                  <Row key={row.id} row={row} onShow={onShow} />
                ))}
              </tbody>
            </table>
          </div>
        )}
        {log.hasNextPage && (
          <div className="border-t p-2 text-center">
            <Button look="ghost" size="sm" busy={log.isFetchingNextPage} onClick={() => void log.fetchNextPage()}>
              {t("log.more")}
            </Button>
          </div>
        )}
      </Card>
    </>
  );
}
