import { Link } from "@tanstack/react-router";
import { Brain, Wrench } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Badge } from "@/components/badge";
import { Button } from "@/components/button";
import { CopyButton } from "@/components/copy";
import { Field, Textarea } from "@/components/field";
import { Markdown } from "@/components/markdown";
import { Failed } from "@/components/states";
import { milliseconds, number, usd } from "@/lib/format";
import { useLanguage } from "@/lib/hooks";
import type { Facts, ToolCall, Turn } from "./conversation";

function Measured({ facts, text }: { facts: Facts; text: string }) {
  const { t } = useTranslation();
  const language = useLanguage();
  const speaking = facts.firstMs === null ? 0 : (facts.totalMs - facts.firstMs) / 1000;
  return (
    <div className="flex flex-wrap items-center gap-x-3 gap-y-1 text-muted text-xs">
      <span className="num">{t("playground.total", { time: milliseconds(facts.totalMs, language) })}</span>
      {facts.firstMs !== null && (
        <span className="num">{t("playground.first", { time: milliseconds(facts.firstMs, language) })}</span>
      )}
      {facts.output !== null && (
        <span className="num">
          {facts.input === null
            ? t("playground.tokens", { shown: number(facts.output, language) })
            : t("playground.tokensBoth", {
                read: number(facts.input, language),
                written: number(facts.output, language),
              })}
        </span>
      )}
      {facts.output !== null && speaking > 0.2 && (
        <span className="num">
          {t("playground.speed", { shown: number(Math.round(facts.output / speaking), language) })}
        </span>
      )}
      {facts.costTicks !== null && <span className="num">{usd(facts.costTicks, language)}</span>}
      {facts.upstreamModel && <span className="font-mono">{facts.upstreamModel}</span>}
      {facts.requestId && (
        <Link to="/why" search={{ id: facts.requestId }} className="text-accent-text hover:underline">
          {t("playground.why")}
        </Link>
      )}
      <CopyButton text={text} />
    </div>
  );
}

/** The calls of a model, and what a person answers in place of the functions. */
function Calls({ calls, onResults }: { calls: ToolCall[]; onResults?: (results: string[]) => void }) {
  const { t } = useTranslation();
  const [results, setResults] = useState<string[]>(() => calls.map(() => ""));
  return (
    <form
      className="flex flex-col gap-3"
      onSubmit={(event) => {
        event.preventDefault();
        onResults?.(results);
      }}
    >
      {calls.map((call, place) => (
        <div key={call.id} className="flex flex-col gap-2 rounded-lg border bg-sunken/50 p-3">
          <p className="flex items-center gap-2 text-sm">
            <Wrench className="size-3.5 shrink-0 text-muted" aria-hidden />
            <span className="font-medium font-mono text-xs">{call.name}</span>
          </p>
          <pre className="whitespace-pre-wrap break-words font-mono text-soft text-xs">{call.arguments}</pre>
          {onResults && (
            <Field label={t("playground.tools.result")}>
              <Textarea
                rows={2}
                value={results[place] ?? ""}
                onChange={(event) =>
                  setResults((before) => before.map((each, other) => (other === place ? event.target.value : each)))
                }
              />
            </Field>
          )}
        </div>
      ))}
      {onResults && (
        <Button type="submit" className="self-start" disabled={results.some((each) => !each.trim())}>
          {t("playground.tools.answer")}
        </Button>
      )}
    </form>
  );
}

interface Props {
  turn: Turn;
  live: boolean;
  onAgain?: () => void;
  onResults?: (results: string[]) => void;
}

/** What a person, a tool or a model said, with what is known of the answer. */
export function Said({ turn, live, onAgain, onResults }: Props) {
  const { t } = useTranslation();
  if (turn.role !== "assistant") {
    return (
      <div className="ml-auto flex max-w-[85%] flex-col items-end gap-2">
        {turn.picture && (
          <img src={turn.picture} alt={t("playground.attached")} className="max-h-40 rounded-lg border" />
        )}
        <p className="whitespace-pre-wrap break-words rounded-2xl rounded-br-md bg-accent-soft px-3.5 py-2">
          {turn.role === "tool" && <span className="sr-only">{t("playground.tools.result")}</span>}
          {turn.text}
        </p>
      </div>
    );
  }
  const silent = !turn.text && !turn.calls;
  return (
    <article className="flex min-w-0 flex-col gap-3" aria-busy={live}>
      {turn.reasoning && (
        <details className="rounded-lg border bg-sunken/50" open={live && silent}>
          <summary className="flex h-8 items-center gap-2 rounded-lg px-3 text-muted text-xs [&::-webkit-details-marker]:hidden">
            <Brain className="size-3.5" aria-hidden />
            {live && silent ? t("playground.thinking") : t("playground.reasoning")}
          </summary>
          <p className="max-h-60 overflow-y-auto whitespace-pre-wrap break-words border-t px-3 py-2 text-muted text-sm">
            {turn.reasoning}
          </p>
        </details>
      )}
      {turn.text && <Markdown text={turn.text} />}
      {turn.calls && <Calls key={turn.calls.length} calls={turn.calls} onResults={live ? undefined : onResults} />}
      {live && silent && !turn.reasoning && (
        <p className="animate-shimmer text-muted text-sm" role="status">
          {t("playground.waiting")}
        </p>
      )}
      {turn.error !== undefined && <Failed error={turn.error} onRetry={onAgain} />}
      {turn.stopped && <Badge>{t("playground.stopped")}</Badge>}
      {turn.facts && <Measured facts={turn.facts} text={turn.text} />}
    </article>
  );
}
