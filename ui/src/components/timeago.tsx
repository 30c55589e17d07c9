import type { TFunction } from "i18next";
import { useTranslation } from "react-i18next";
import { clock, dateTime, relative } from "@/lib/format";
import { useLanguage, useNow } from "@/lib/hooks";

interface MomentProps {
  at: string | null | undefined;
  now: number;
  t: TFunction;
  language: string;
}

/** The same for lists, which know the time and the language once for all rows. */
export function Moment({ at, now, t, language }: MomentProps) {
  if (!at) return <span className="text-muted">{t("form.never")}</span>;
  return (
    <time dateTime={at} title={dateTime(at, language)} className="num">
      {relative(at, now, language)}
    </time>
  );
}

/** A moment, as far as it is from now; the moment itself when the pointer rests on it. */
export function TimeAgo({ at }: { at: string | null | undefined }) {
  const { t } = useTranslation();
  return <Moment at={at} now={useNow(15_000)} t={t} language={useLanguage()} />;
}

/** What is left until a moment, counting down. */
export function Countdown({ until }: { until: string }) {
  const now = useNow(1000);
  return <span className="num">{clock((Date.parse(until) - now) / 1000)}</span>;
}
