import { getRouteApi } from "@tanstack/react-router";
import { Download, ScrollText, X } from "lucide-react";
import { useTranslation } from "react-i18next";
import { API, queryString } from "@/api/client";
import type { AuditView } from "@/api/schema";
import { Button } from "@/components/button";
import { Select } from "@/components/field";
import { Menu, MenuLink } from "@/components/menu";
import { Card, Page } from "@/components/page";
import { SearchField } from "@/components/search";
import { SpanFields } from "@/components/span-picker";
import { Empty, Failed, Skeleton } from "@/components/states";
import { RowButton, Table, Th } from "@/components/table";
import { TimeAgo } from "@/components/timeago";
import { shortTime } from "@/lib/format";
import { useLanguage } from "@/lib/hooks";
import { isOwn, ownOf, RANGES } from "@/lib/ranges";
import { ChainBadge, ChainProblem } from "./chain";
import { deedsOf, filterOf, useAudit } from "./data";
import { EntryDrawer, Outcome, useActionName } from "./entry";
import { type AuditSearch, isFiltered, OUTCOMES, SUBJECTS, WAYS } from "./search";

const route = getRouteApi("/inside/audit");

interface FilterProps {
  search: AuditSearch;
  onChange: (changes: Partial<AuditSearch>) => void;
}

function Filters({ search, onChange }: FilterProps) {
  const { t } = useTranslation();
  const choice = (name: "way" | "outcome" | "action", choices: readonly string[], word: (value: string) => string) => (
    <Select
      aria-label={t(`audit.filter.${name}`)}
      value={search[name] ?? ""}
      onChange={(event) => onChange({ [name]: event.target.value || undefined })}
      className="w-36"
    >
      <option value="">{t(`audit.any.${name}`)}</option>
      {choices.map((each) => (
        <option key={each} value={each}>
          {word(each)}
        </option>
      ))}
    </Select>
  );
  const subjects = search.action && !SUBJECTS.some((each) => each === search.action) ? [search.action] : [];
  return (
    <div className="flex flex-wrap items-center gap-2">
      <SearchField
        leads
        value={search.actor}
        label={t("audit.filter.actor")}
        onChange={(actor) => onChange({ actor })}
        className="w-44"
      />
      <SearchField
        value={search.target}
        label={t("audit.filter.target")}
        onChange={(target) => onChange({ target })}
        className="w-44"
      />
      {choice("action", [...subjects, ...SUBJECTS], (each) => t(`audit.subject.${each}`, { defaultValue: each }))}
      {choice("outcome", OUTCOMES, (each) => t(`audit.outcome.${each}`))}
      {choice("way", WAYS, (each) => t(`audit.way.${each}`))}
      <Select
        aria-label={t("audit.filter.span")}
        value={isOwn(search) ? "own" : (search.span ?? "")}
        onChange={({ target }) => {
          const span = RANGES.find((each) => each === target.value);
          const own = target.value === "own" ? ownOf(search.span ?? "24h") : { from: undefined, to: undefined };
          onChange({ span, ...own });
        }}
        className="w-36"
      >
        <option value="">{t("audit.any.span")}</option>
        {RANGES.map((each) => (
          <option key={each} value={each}>
            {t(`audit.span.${each}`)}
          </option>
        ))}
        <option value="own">{t("ranges.own")}</option>
      </Select>
      {isOwn(search) && <SpanFields span={search} onChange={({ from, to }) => onChange({ from, to })} />}
      {isFiltered(search) && (
        <Button
          look="ghost"
          icon={<X className="size-3.5" aria-hidden />}
          onClick={() =>
            onChange({
              actor: undefined,
              action: undefined,
              target: undefined,
              way: undefined,
              outcome: undefined,
              span: undefined,
              from: undefined,
              to: undefined,
            })
          }
        >
          {t("credentials.clearFilters")}
        </Button>
      )}
    </div>
  );
}

function Rows({ entries, onShow }: { entries: AuditView[]; onShow: (sequence: number) => void }) {
  const { t } = useTranslation();
  const language = useLanguage();
  const nameOf = useActionName();
  const h = (name: string) => t(`audit.column.${name}`);
  return (
    <Table
      label={t("audit.title")}
      heads={
        <>
          <Th>{h("action")}</Th>
          <Th className="max-md:hidden">{h("actor")}</Th>
          <Th className="max-lg:hidden">{h("target")}</Th>
          <Th>{h("outcome")}</Th>
          <Th className="max-xl:hidden">{h("address")}</Th>
          <Th className="text-right! max-sm:hidden">{h("at")}</Th>
        </>
      }
    >
      {entries.map((entry) => (
        <tr key={entry.sequence}>
          <td className="max-w-64">
            <RowButton onClick={() => onShow(entry.sequence)}>{nameOf(entry.action)}</RowButton>
            <span className="block truncate text-muted text-xs md:hidden">
              {entry.actor} · <TimeAgo at={entry.at} />
            </span>
            <span className="block truncate font-mono text-muted text-xs max-md:hidden">{entry.action}</span>
          </td>
          <td className="max-w-40 max-md:hidden">
            <span className="block truncate">{entry.actor}</span>
            <span className="block truncate text-muted text-xs">{t(`audit.way.${entry.way}`)}</span>
          </td>
          <td className="max-w-56 max-lg:hidden">
            {entry.target_name && <span className="block truncate">{entry.target_name}</span>}
            {(entry.target || !entry.target_name) && (
              <span className="block truncate font-mono text-muted text-xs">{entry.target || "–"}</span>
            )}
          </td>
          <td>
            <Outcome entry={entry} />
          </td>
          <td className="max-w-40 truncate font-mono text-muted text-xs max-xl:hidden">{entry.address || "–"}</td>
          <td className="whitespace-nowrap text-right text-xs max-sm:hidden">
            <span className="num block">{entry.at ? shortTime(entry.at, language) : "–"}</span>
            <span className="block text-muted">
              <TimeAgo at={entry.at} />
            </span>
          </td>
        </tr>
      ))}
    </Table>
  );
}

export default function AuditPage() {
  const { t } = useTranslation();
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const change = (changes: Partial<AuditSearch>) =>
    void navigate({ search: (before) => ({ ...before, ...changes }), replace: true });
  const { data, error, isPending, refetch, hasNextPage, fetchNextPage, isFetchingNextPage } = useAudit(search);
  const exported = (format: string) => `${API}/audit/export${queryString({ ...filterOf(search), format })}`;
  const entries = deedsOf(data?.pages ?? []);
  return (
    <Page
      wide
      title={t("audit.title")}
      description={t("audit.description")}
      actions={
        <>
          <ChainBadge />
          <Menu
            trigger={<Button icon={<Download className="size-4 text-muted" aria-hidden />}>{t("log.export")}</Button>}
          >
            <MenuLink href={exported("csv")}>{t("log.exportCsv")}</MenuLink>
            <MenuLink href={exported("jsonl")}>{t("log.exportJsonl")}</MenuLink>
          </Menu>
        </>
      }
    >
      <ChainProblem />
      <Filters search={search} onChange={change} />
      {error && <Failed error={error} onRetry={() => void refetch()} />}
      {isPending && <Skeleton className="h-96" />}
      {data && (
        <Card flush className="overflow-hidden">
          {entries.length === 0 ? (
            <Empty
              icon={<ScrollText className="size-5" aria-hidden />}
              title={t(isFiltered(search) ? "audit.noneFit" : "audit.empty")}
            />
          ) : (
            <Rows entries={entries} onShow={(entry) => change({ entry })} />
          )}
          {hasNextPage && (
            <div className="flex justify-center border-t p-2">
              <Button look="ghost" busy={isFetchingNextPage} onClick={() => void fetchNextPage()}>
                {t("audit.older")}
              </Button>
            </div>
          )}
        </Card>
      )}
      <EntryDrawer
        open={search.entry !== undefined && !isPending}
        entry={entries.find((each) => each.sequence === search.entry)}
        onClose={() => change({ entry: undefined })}
      />
    </Page>
  );
}
