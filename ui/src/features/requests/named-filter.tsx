import { useQuery } from "@tanstack/react-query";
import { useEffect, useId, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "@/api/client";
import { Input } from "@/components/field";
import { useSettled } from "@/lib/hooks";

interface Known {
  id: string;
  name: string;
  hint: string;
}

const NAMED = { key: "/keys", credential: "/credentials" } as const;
const SHOWN = 20;

const called = (each: Known) => each.name || each.hint;

/** Who is meant by what was typed: by name or hint, or by an id as it stands. */
export function meantBy(typed: string, known: readonly Known[]): string | undefined {
  const wanted = typed.trim();
  const found = known.find((each) => each.id === wanted || called(each) === wanted || each.hint === wanted);
  return found?.id ?? (/^(key|cred)_\w+$/.test(wanted) ? wanted : undefined);
}

/** A filter by client key or credential: they are typed by name, and stand in the address by id. */
export function NamedFilter({
  of,
  label,
  value,
  onChange,
}: {
  of: keyof typeof NAMED;
  label: string;
  value: string | undefined;
  onChange: (id: string | undefined) => void;
}) {
  const { t } = useTranslation();
  const list = useId();
  const path = NAMED[of];
  const [typed, setTyped] = useState<string | null>(null);
  const settled = useSettled(typed ?? "", 200);
  const { data: page, isPlaceholderData: stale } = useQuery({
    queryKey: ["named", of, settled],
    queryFn: ({ signal }) => api.get<{ data: Known[] }>(path, { text: settled || undefined, limit: SHOWN }, signal),
    enabled: typed !== null,
    staleTime: 30_000,
    placeholderData: (before) => before,
  });
  const { data: chosen } = useQuery({
    queryKey: ["named", of, "one", value],
    queryFn: ({ signal }) => api.get<Known>(`${path}/${encodeURIComponent(value ?? "")}`, undefined, signal),
    enabled: value !== undefined,
    staleTime: 30_000,
    retry: false,
  });
  const known = page?.data ?? [];
  const latest = useRef(onChange);
  latest.current = onChange;
  // What was taken away from outside, as by a button that clears all, is not left standing in the field.
  useEffect(() => {
    if (value === undefined) setTyped((before) => (before === "" || before === null ? null : before));
  }, [value]);
  // Where only one is left that fits, nobody has to write its name to the end.
  const only = !stale && settled.trim() && settled === typed && page?.data.length === 1 ? page.data[0]?.id : undefined;
  useEffect(() => {
    if (only !== undefined) latest.current(only);
  }, [only]);
  const take = (text: string) => {
    setTyped(text);
    const id = meantBy(text, known);
    if (id !== value && (id !== undefined || !text.trim())) onChange(id);
  };
  const shown = typed ?? (value === undefined ? "" : chosen ? called(chosen) : value);
  const lost = !stale && settled.trim() !== "" && settled === typed && page?.data.length === 0;
  return (
    <div className="relative min-w-26 max-w-56 flex-1">
      <Input
        type="search"
        list={list}
        aria-label={label}
        placeholder={label}
        title={lost ? t("log.unknownName") : undefined}
        aria-invalid={lost || undefined}
        value={shown}
        onFocus={() => setTyped((before) => before ?? shown)}
        onChange={(event) => take(event.target.value)}
        onKeyDown={(event) => {
          const [first] = known;
          if (event.key === "Enter" && typed?.trim() && meantBy(typed, known) === undefined && first)
            take(called(first));
        }}
        onBlur={() => setTyped(null)}
        className="px-2"
      />
      <datalist id={list}>
        {known.map((each) => (
          <option key={each.id} value={called(each)}>
            {each.hint}
          </option>
        ))}
      </datalist>
    </div>
  );
}
