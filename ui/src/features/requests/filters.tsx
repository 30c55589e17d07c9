import { Search, X } from "lucide-react";
import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "@/components/button";
import { CopyButton } from "@/components/copy";
import { Input, Select } from "@/components/field";
import { SpanPicker } from "@/components/span-picker";
import { cn } from "@/lib/cn";
import { milliseconds } from "@/lib/format";
import { useLanguage, useSettled } from "@/lib/hooks";
import { NamedFilter } from "./named-filter";
import { CLASSES, ENDS, OPERATIONS, type RequestSearch, SPANS } from "./search";

interface Props {
  search: RequestSearch;
  onChange: (changes: Partial<RequestSearch>) => void;
}

const TEXTS = ["text", "model"] as const;
const NAMES = ["key", "credential"] as const;

export function Filters({ search, onChange }: Props) {
  const { t } = useTranslation();
  const language = useLanguage();
  const filtered =
    [...TEXTS, ...NAMES].some((each) => search[each]) ||
    search.status ||
    search.end ||
    search.operation ||
    search.slow !== undefined;
  const [typed, setTyped] = useState(() => Object.fromEntries(TEXTS.map((each) => [each, search[each] ?? ""])));
  const settled = useSettled(typed, 300);
  const told = useRef(settled);
  const latest = useRef(onChange);
  latest.current = onChange;
  useEffect(() => {
    if (settled === told.current) return;
    told.current = settled;
    latest.current(Object.fromEntries(TEXTS.map((each) => [each, settled[each]?.trim() || undefined])));
  }, [settled]);
  const clear = () => {
    const empty = Object.fromEntries(TEXTS.map((each) => [each, ""]));
    told.current = empty;
    setTyped(empty);
    onChange({
      text: undefined,
      model: undefined,
      key: undefined,
      credential: undefined,
      status: undefined,
      end: undefined,
      operation: undefined,
      slow: undefined,
    });
  };
  return (
    <div className="flex flex-wrap items-center gap-2">
      <SpanPicker span={search} otherwise="24h" onChange={onChange} />
      <Select
        aria-label={t("log.status")}
        value={search.status ?? ""}
        onChange={(event) => onChange({ status: CLASSES.find((each) => each === event.target.value) })}
        className="w-30"
      >
        <option value="">{t("log.anyStatus")}</option>
        {CLASSES.map((each) => (
          <option key={each}>{each}</option>
        ))}
      </Select>
      <Select
        aria-label={t("log.end")}
        value={search.end ?? ""}
        onChange={(event) => onChange({ end: ENDS.find((each) => each === event.target.value) })}
        className="w-30"
      >
        <option value="">{t("log.anyEnd")}</option>
        {ENDS.map((each) => (
          <option key={each} value={each}>
            {t(`log.ends.${each}`)}
          </option>
        ))}
      </Select>
      {TEXTS.map((name) => (
        <div key={name} className={cn("relative max-w-56 flex-1", name === "text" ? "min-w-32" : "min-w-26")}>
          {name === "text" && (
            <Search className="pointer-events-none absolute top-2 left-2.5 size-4 text-muted" aria-hidden />
          )}
          <Input
            type="search"
            aria-label={t(`log.filter.${name}`)}
            placeholder={t(`log.filter.${name}`)}
            value={typed[name] ?? ""}
            onChange={(event) => setTyped({ ...typed, [name]: event.target.value })}
            className={name === "text" ? "pr-1 pl-8" : "px-2"}
          />
        </div>
      ))}
      {NAMES.map((name) => (
        <NamedFilter
          key={name}
          of={name}
          label={t(`log.filter.${name}`)}
          value={search[name]}
          onChange={(id) => onChange({ [name]: id })}
        />
      ))}
      <Select
        aria-label={t("log.operation")}
        value={search.operation ?? ""}
        onChange={(event) => onChange({ operation: OPERATIONS.find((each) => each === event.target.value) })}
        className="w-30"
      >
        <option value="">{t("log.anyOperation")}</option>
        {OPERATIONS.map((each) => (
          <option key={each}>{each}</option>
        ))}
      </Select>
      <Select
        aria-label={t("log.slow")}
        value={search.slow ?? ""}
        onChange={(event) => onChange({ slow: SPANS.find((each) => String(each) === event.target.value) })}
        className="w-30"
      >
        <option value="">{t("log.anySlow")}</option>
        {SPANS.map((each) => (
          <option key={each} value={each}>
            {t("log.slower", { span: milliseconds(each * 1000, language) })}
          </option>
        ))}
      </Select>
      {filtered && (
        <Button look="ghost" onClick={clear} icon={<X className="size-3.5" aria-hidden />}>
          {t("credentials.clearFilters")}
        </Button>
      )}
      <CopyButton text={location.href} label={t("log.copyLink")} />
    </div>
  );
}
