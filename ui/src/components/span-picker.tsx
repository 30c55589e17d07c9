import { type FormEvent, useEffect, useId, useState } from "react";
import { useTranslation } from "react-i18next";
import { number } from "@/lib/format";
import { useLanguage } from "@/lib/hooks";
import { isOwn, localOf, MOST_DAYS, momentOf, ownOf, RANGES, type Range, type Span, wrongWith } from "@/lib/ranges";
import { Button } from "./button";
import { Input } from "./field";
import { Segmented } from "./segmented";

const OWN = "own";
const ENDS = ["from", "to"] as const;

/** Two moments in one's own zone; they count once they are sent, with the button or with Enter. */
export function SpanFields({ span, onChange }: { span: Span; onChange: (span: Span) => void }) {
  const { t } = useTranslation();
  const language = useLanguage();
  const note = useId();
  const held = { from: span.from ? localOf(span.from) : "", to: span.to ? localOf(span.to) : "" };
  const [typed, setTyped] = useState(held);
  const [wrong, setWrong] = useState<ReturnType<typeof wrongWith>>(null);
  useEffect(() => setTyped({ from: held.from, to: held.to }), [held.from, held.to]);
  const send = (event: FormEvent) => {
    event.preventDefault();
    const [from, to] = [momentOf(typed.from), momentOf(typed.to)];
    const found = wrongWith(from, to);
    setWrong(found);
    if (!found) onChange({ range: undefined, from, to });
  };
  return (
    <form
      noValidate
      onSubmit={send}
      aria-label={t("ranges.own")}
      className="flex min-w-0 max-w-full flex-wrap items-center gap-2"
    >
      {ENDS.map((end) => (
        <label key={end} className="flex min-w-0 items-center gap-1.5 text-muted text-xs">
          <span className="w-9 shrink-0 sm:w-auto">{t(`ranges.${end}`)}</span>
          <Input
            type="datetime-local"
            required
            value={typed[end]}
            aria-invalid={wrong !== null || undefined}
            aria-describedby={wrong ? note : undefined}
            onChange={(event) => setTyped({ ...typed, [end]: event.target.value })}
            className="w-50"
          />
        </label>
      ))}
      <Button type="submit">{t("ranges.show")}</Button>
      {wrong && (
        <p id={note} role="alert" className="basis-full text-bad text-xs">
          {t(`ranges.wrong.${wrong}`, { days: number(MOST_DAYS, language) })}
        </p>
      )}
    </form>
  );
}

/** A range up to now, or between two moments of one's own. */
export function SpanPicker({
  span,
  otherwise,
  onChange,
}: {
  span: Span;
  /** The range where none is chosen. */
  otherwise: Range;
  onChange: (span: Span) => void;
}) {
  const { t } = useTranslation();
  const range = span.range ?? otherwise;
  const own = isOwn(span);
  const choices = [
    ...RANGES.map((each) => ({ value: each as Range | typeof OWN, label: t(`ranges.${each}`) })),
    { value: OWN as Range | typeof OWN, label: t("ranges.own") },
  ];
  const choose = (next: Range | typeof OWN) =>
    onChange(
      next === OWN
        ? { range: undefined, ...ownOf(range) }
        : { range: next === otherwise ? undefined : next, from: undefined, to: undefined },
    );
  return (
    <>
      <Segmented label={t("log.range")} value={own ? OWN : range} onChange={choose} options={choices} />
      {own && <SpanFields span={span} onChange={onChange} />}
    </>
  );
}
