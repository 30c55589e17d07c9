import { Link } from "@tanstack/react-router";
import { ArrowUp, Brain, ImagePlus, RotateCcw, SquarePen, SquareStop, X } from "lucide-react";
import { useEffect, useId, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { Badge } from "@/components/badge";
import { Button, IconButton } from "@/components/button";
import { CopyButton } from "@/components/copy";
import { Field, Select, Textarea } from "@/components/field";
import { Markdown } from "@/components/markdown";
import { Failed } from "@/components/states";
import { milliseconds, number } from "@/lib/format";
import { useLanguage } from "@/lib/hooks";
import { chatBody, type Turn, useConversation } from "./conversation";
import { type BenchProps, ModelSelect, useModel, ViewCode } from "./parts";
import { pictureOf } from "./picture-file";

const EFFORTS = ["", "none", "low", "medium", "high"];

function Said({ turn, live, onAgain }: { turn: Turn; live: boolean; onAgain?: () => void }) {
  const { t } = useTranslation();
  const language = useLanguage();
  if (turn.role === "user") {
    return (
      <div className="ml-auto flex max-w-[85%] flex-col items-end gap-2">
        {turn.picture && (
          <img src={turn.picture} alt={t("playground.attached")} className="max-h-40 rounded-lg border" />
        )}
        <p className="whitespace-pre-wrap break-words rounded-2xl rounded-br-md bg-accent-soft px-3.5 py-2">
          {turn.text}
        </p>
      </div>
    );
  }
  return (
    <article className="flex min-w-0 flex-col gap-3" aria-busy={live}>
      {turn.reasoning && (
        <details className="rounded-lg border bg-sunken/50" open={live && !turn.text}>
          <summary className="flex h-8 items-center gap-2 rounded-lg px-3 text-muted text-xs [&::-webkit-details-marker]:hidden">
            <Brain className="size-3.5" aria-hidden />
            {live && !turn.text ? t("playground.thinking") : t("playground.reasoning")}
          </summary>
          <p className="max-h-60 overflow-y-auto whitespace-pre-wrap break-words border-t px-3 py-2 text-muted text-sm">
            {turn.reasoning}
          </p>
        </details>
      )}
      {turn.text && <Markdown text={turn.text} />}
      {live && !turn.text && !turn.reasoning && (
        <p className="animate-shimmer text-muted text-sm" role="status">
          {t("playground.waiting")}
        </p>
      )}
      {turn.error !== undefined && <Failed error={turn.error} onRetry={onAgain} />}
      {turn.stopped && <Badge>{t("playground.stopped")}</Badge>}
      {turn.facts && (
        <div className="flex flex-wrap items-center gap-x-3 gap-y-1 text-muted text-xs">
          <span className="num">{t("playground.total", { time: milliseconds(turn.facts.totalMs, language) })}</span>
          {turn.facts.firstMs !== null && (
            <span className="num">{t("playground.first", { time: milliseconds(turn.facts.firstMs, language) })}</span>
          )}
          {turn.facts.output !== null && (
            <span className="num">{t("playground.tokens", { shown: number(turn.facts.output, language) })}</span>
          )}
          {turn.facts.upstreamModel && <span className="font-mono">{turn.facts.upstreamModel}</span>}
          {turn.facts.requestId && (
            <Link to="/why" search={{ id: turn.facts.requestId }} className="text-accent-text hover:underline">
              {t("playground.why")}
            </Link>
          )}
          <CopyButton text={turn.text} />
        </div>
      )}
    </article>
  );
}

function Composer({
  busy,
  ready,
  onSend,
  onStop,
}: {
  busy: boolean;
  ready: boolean;
  onSend: (text: string, picture?: string) => void;
  onStop: () => void;
}) {
  const { t } = useTranslation();
  const [text, setText] = useState("");
  const [picture, setPicture] = useState<string>();
  const picker = useRef<HTMLInputElement>(null);
  const id = useId();
  const send = () => {
    if (!text.trim() || busy || !ready) return;
    onSend(text.trim(), picture);
    setText("");
    setPicture(undefined);
  };
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        send();
      }}
      className="rounded-xl border border-control/60 bg-panel p-2 shadow-card focus-within:border-accent"
    >
      {picture && (
        <div className="relative mb-2 w-fit">
          <img src={picture} alt={t("playground.attached")} className="max-h-24 rounded-lg border" />
          <IconButton
            label={t("playground.detach")}
            size="sm"
            look="secondary"
            className="-top-2 -right-2 absolute"
            onClick={() => setPicture(undefined)}
          >
            <X className="size-3.5" aria-hidden />
          </IconButton>
        </div>
      )}
      <label htmlFor={id} className="sr-only">
        {t("playground.message")}
      </label>
      <textarea
        id={id}
        value={text}
        onChange={(event) => setText(event.target.value)}
        onKeyDown={(event) => {
          if (event.key === "Enter" && !event.shiftKey && !event.nativeEvent.isComposing) {
            event.preventDefault();
            send();
          }
        }}
        rows={2}
        placeholder={t("playground.messageHint")}
        className="block max-h-48 w-full resize-none bg-transparent px-2 py-1 text-base outline-none [field-sizing:content]"
      />
      <div className="flex items-center justify-between pt-1">
        <IconButton label={t("playground.attach")} onClick={() => picker.current?.click()}>
          <ImagePlus className="size-4" aria-hidden />
        </IconButton>
        <input
          ref={picker}
          type="file"
          accept="image/png,image/jpeg,image/webp"
          className="sr-only"
          tabIndex={-1}
          aria-label={t("playground.attach")}
          onChange={(event) => {
            const file = event.target.files?.[0];
            if (file) void pictureOf(file).then(setPicture);
            event.target.value = "";
          }}
        />
        {busy ? (
          <Button onClick={onStop} icon={<SquareStop className="size-4" aria-hidden />}>
            {t("playground.stop")}
          </Button>
        ) : (
          <Button
            look="primary"
            type="submit"
            disabled={!text.trim() || !ready}
            icon={<ArrowUp className="size-4" aria-hidden />}
          >
            {t("playground.send")}
          </Button>
        )}
      </div>
    </form>
  );
}

export function Chat({ apiKey, models }: BenchProps) {
  const { t } = useTranslation();
  const [fitting, model, setModel] = useModel(models, "text", "grok-4");
  const [system, setSystem] = useState("");
  const [effort, setEffort] = useState("");
  const { turns, busy, ask, stop, clear } = useConversation(apiKey);
  const options = { model, system, effort };
  const end = useRef<HTMLDivElement>(null);
  const pinned = useRef(true);
  // biome-ignore lint/correctness/useExhaustiveDependencies: whatever is said last is to be seen
  useEffect(() => {
    if (pinned.current) end.current?.scrollIntoView({ block: "end" });
  }, [turns]);
  const example: Turn = { role: "user", text: t("playground.example"), reasoning: "" };
  return (
    <div className="grid min-h-0 flex-1 gap-4 lg:grid-cols-[1fr_17rem]">
      <div className="flex min-h-0 min-w-0 flex-col gap-3 max-lg:order-2 max-lg:min-h-[28rem]">
        <div
          className="min-h-0 flex-1 overflow-y-auto rounded-xl border bg-panel p-4 shadow-card"
          role="log"
          aria-label={t("playground.conversation")}
          // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached by the keyboard
          tabIndex={0}
          onScroll={(event) => {
            const box = event.currentTarget;
            pinned.current = box.scrollHeight - box.scrollTop - box.clientHeight < 60;
          }}
        >
          {turns.length === 0 ? (
            <div className="grid h-full place-items-center">
              <div className="flex flex-col items-center gap-3 text-center">
                <p className="text-muted">{t("playground.empty")}</p>
                <div className="flex flex-wrap justify-center gap-2">
                  {["a", "b", "c"].map((each) => (
                    <Button
                      key={each}
                      size="sm"
                      disabled={!model}
                      onClick={() =>
                        void ask([{ role: "user", text: t(`playground.idea.${each}`), reasoning: "" }], options)
                      }
                    >
                      {t(`playground.idea.${each}`)}
                    </Button>
                  ))}
                </div>
              </div>
            </div>
          ) : (
            <div className="mx-auto flex max-w-3xl flex-col gap-6">
              {turns.map((turn, place) => (
                <Said
                  key={place}
                  turn={turn}
                  live={busy && place === turns.length - 1}
                  onAgain={() => void ask(turns.slice(0, place), options)}
                />
              ))}
              <div ref={end} />
            </div>
          )}
        </div>
        <Composer
          busy={busy}
          ready={model !== ""}
          onStop={stop}
          onSend={(text, picture) => {
            pinned.current = true;
            const said = turns.filter((turn) => turn.error === undefined);
            void ask([...said, { role: "user", text, picture, reasoning: "" }], options);
          }}
        />
      </div>
      <aside className="flex flex-col gap-4 max-lg:order-1" aria-label={t("playground.options")}>
        <ModelSelect models={fitting} value={model} onChange={setModel} />
        <Field label={t("playground.effort")}>
          <Select value={effort} onChange={(event) => setEffort(event.target.value)}>
            {EFFORTS.map((each) => (
              <option key={each} value={each}>
                {t(`playground.efforts.${each || "auto"}`)}
              </option>
            ))}
          </Select>
        </Field>
        <Field label={t("playground.system")} optional className="max-lg:hidden">
          <Textarea rows={4} value={system} onChange={(event) => setSystem(event.target.value)} />
        </Field>
        <div className="flex flex-wrap gap-2">
          <ViewCode
            call={{
              method: "POST",
              path: "/v1/chat/completions",
              body: chatBody(
                turns.length ? turns.filter((turn) => turn.role === "user" || turn.text) : [example],
                options,
              ),
            }}
          />
          <Button
            onClick={clear}
            disabled={busy || turns.length === 0}
            icon={<SquarePen className="size-4 text-muted" aria-hidden />}
          >
            {t("playground.new")}
          </Button>
          {turns.length > 1 && !busy && (
            <Button
              onClick={() => void ask(turns.slice(0, turns.findLastIndex((turn) => turn.role === "user") + 1), options)}
              icon={<RotateCcw className="size-4 text-muted" aria-hidden />}
            >
              {t("playground.again")}
            </Button>
          )}
        </div>
      </aside>
    </div>
  );
}
