import { X } from "lucide-react";
import { useTranslation } from "react-i18next";
import { type Counts, STATUSES } from "@/api/queries";
import { Dot } from "@/components/badge";
import { Button } from "@/components/button";
import { Select } from "@/components/field";
import { SearchField } from "@/components/search";
import { Segmented } from "@/components/segmented";
import { compact } from "@/lib/format";
import { useLanguage } from "@/lib/hooks";
import { type CredentialSearch, filterOf, isFiltered } from "./search";
import { STATUS_TONES } from "./status";

interface Props {
  search: CredentialSearch;
  counts: Counts | undefined;
  onChange: (changes: Partial<CredentialSearch>) => void;
}

export function FilterBar({ search, counts, onChange }: Props) {
  const { t } = useTranslation();
  const language = useLanguage();
  const label = (name: string, count: number | undefined, status?: string) => (
    <>
      {status && <Dot tone={STATUS_TONES[status] ?? "plain"} />}
      {name}
      {count !== undefined && <span className="num font-normal text-muted">{compact(count, language)}</span>}
    </>
  );
  return (
    <div className="flex min-w-0 flex-col gap-2 2xl:flex-row 2xl:items-center">
      <Segmented
        label={t("credentials.filterStatus")}
        value={search.status ?? "all"}
        onChange={(status) => onChange({ status: status === "all" ? undefined : status })}
        options={[
          { value: "all" as const, label: label(t("credentials.all"), counts?.all) },
          ...STATUSES.map((status) => ({
            value: status,
            label: label(t(`credentials.status.${status}`), counts?.[status], status),
          })),
        ]}
      />
      <div className="flex min-w-0 flex-1 flex-wrap items-center gap-2">
        <SearchField
          leads
          value={search.text}
          label={t("credentials.filterText")}
          onChange={(text) => onChange({ text })}
          className="min-w-44 max-w-72 flex-1"
        />
        <SearchField
          value={search.tag}
          label={t("credentials.filterTag")}
          onChange={(tag) => onChange({ tag })}
          className="w-28"
        />
        <Select
          aria-label={t("credentials.filterKind")}
          value={search.kind ?? ""}
          onChange={(event) => onChange({ kind: (event.target.value || undefined) as CredentialSearch["kind"] })}
          className="w-32"
        >
          <option value="">{t("credentials.anyKind")}</option>
          <option value="api_key">{t("credentials.kind.api_key")}</option>
          <option value="oauth">{t("credentials.kind.oauth")}</option>
        </Select>
        <Select
          aria-label={t("credentials.filterTier")}
          value={search.tier ?? ""}
          onChange={(event) => onChange({ tier: (event.target.value || undefined) as CredentialSearch["tier"] })}
          className="w-28"
        >
          <option value="">{t("credentials.anyTier")}</option>
          <option value="basic">{t("credentials.tier.basic")}</option>
          <option value="super">{t("credentials.tier.super")}</option>
        </Select>
        {isFiltered(filterOf(search)) && (
          <Button
            look="ghost"
            icon={<X className="size-3.5" aria-hidden />}
            onClick={() =>
              onChange({ status: undefined, kind: undefined, tier: undefined, tag: undefined, text: undefined })
            }
          >
            {t("credentials.clearFilters")}
          </Button>
        )}
      </div>
    </div>
  );
}
