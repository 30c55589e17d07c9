import { RotateCcw, SquarePen } from "lucide-react";
import { useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "@/components/button";
import { Composer } from "./composer";
import { chatBody, type Turn, useConversation } from "./conversation";
import { useGiven } from "./given";
import { ChatOptionFields, useChatOptions } from "./options";
import { type BenchProps, ModelSelect, useModel, ViewCode } from "./parts";
import { Said } from "./said";

/** Questions to begin with. */
export function Ideas({ disabled, onAsk }: { disabled: boolean; onAsk: (text: string) => void }) {
  const { t } = useTranslation();
  return (
    <div className="flex flex-col items-center gap-3 text-center">
      <p className="text-muted">{t("playground.empty")}</p>
      <div className="flex flex-wrap justify-center gap-2">
        {["a", "b", "c"].map((each) => (
          <Button key={each} size="sm" disabled={disabled} onClick={() => onAsk(t(`playground.idea.${each}`))}>
            {t(`playground.idea.${each}`)}
          </Button>
        ))}
      </div>
    </div>
  );
}

export function Chat({ apiKey, models }: BenchProps) {
  const { t } = useTranslation();
  const given = useGiven();
  const [fitting, model, setModel] = useModel(models, "text", given?.model || "grok-4");
  const chosen = useChatOptions(given?.system);
  const { turns, busy, ask, stop, clear } = useConversation(apiKey, given?.turns);
  const options = { model, ...chosen.given };
  const ready = model !== "" && chosen.right;
  const end = useRef<HTMLDivElement>(null);
  const pinned = useRef(true);
  // biome-ignore lint/correctness/useExhaustiveDependencies: whatever is said last is to be seen
  useEffect(() => {
    if (pinned.current) end.current?.scrollIntoView({ block: "end" });
  }, [turns]);
  const example: Turn = { role: "user", text: t("playground.example"), reasoning: "" };
  const answer = (place: number, results: string[]) => {
    const calls = turns[place]?.calls ?? [];
    const told = calls.map(
      (call, each): Turn => ({
        role: "tool",
        text: results[each] ?? "",
        reasoning: "",
        callId: call.id,
      }),
    );
    void ask([...turns.slice(0, place + 1), ...told], options);
  };
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
              <Ideas disabled={!ready} onAsk={(text) => void ask([{ role: "user", text, reasoning: "" }], options)} />
            </div>
          ) : (
            <div className="mx-auto flex max-w-3xl flex-col gap-6">
              {turns.map((turn, place) => (
                <Said
                  key={place}
                  turn={turn}
                  live={busy && place === turns.length - 1}
                  onAgain={() => void ask(turns.slice(0, place), options)}
                  onResults={place === turns.length - 1 ? (results) => answer(place, results) : undefined}
                />
              ))}
              <div ref={end} />
            </div>
          )}
        </div>
        <Composer
          busy={busy}
          ready={ready}
          onStop={stop}
          onSend={(text, picture) => {
            pinned.current = true;
            const said = turns.filter((turn) => turn.error === undefined);
            void ask([...said, { role: "user", text, picture, reasoning: "" }], options);
          }}
        />
      </div>
      <aside
        className="flex flex-col gap-4 *:shrink-0 max-lg:order-1 lg:overflow-y-auto lg:px-0.5 lg:pb-1"
        aria-label={t("playground.options")}
      >
        <ModelSelect models={fitting} value={model} onChange={setModel} />
        <ChatOptionFields options={chosen} />
        <div className="flex flex-wrap gap-2">
          <ViewCode
            call={{
              method: "POST",
              path: "/v1/chat/completions",
              body: chatBody(turns.length ? turns : [example], options),
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
              onClick={() =>
                void ask(turns.slice(0, turns.findLastIndex((turn) => turn.role !== "assistant") + 1), options)
              }
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
