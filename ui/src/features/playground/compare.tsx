import { SquarePen, SquareStop } from "lucide-react";
import { useTranslation } from "react-i18next";
import { Button } from "@/components/button";
import { Field, Select } from "@/components/field";
import { Ideas } from "./chat";
import { Composer } from "./composer";
import { type ChatOptions, chatBody, type Turn, useConversation } from "./conversation";
import { ChatOptionFields, useChatOptions } from "./options";
import { type BenchProps, useModel, ViewCode } from "./parts";
import { Said } from "./said";

/** A conversation's next question; what failed, or was never answered, is not said again. */
function next(turns: Turn[], text: string, picture?: string): Turn[] {
  const said = turns.filter((turn) => turn.error === undefined);
  return [...said, { role: "user", text, picture, reasoning: "" }];
}

interface SideProps {
  name: string;
  models: string[];
  model: string;
  onModel: (model: string) => void;
  talk: ReturnType<typeof useConversation>;
  options: ChatOptions;
}

function Side({ name, models, model, onModel, talk, options }: SideProps) {
  const { t } = useTranslation();
  const { turns, busy } = talk;
  const example: Turn = { role: "user", text: t("playground.example"), reasoning: "" };
  return (
    <section
      aria-label={name}
      className="flex min-w-0 flex-col overflow-hidden rounded-xl border bg-panel shadow-card max-lg:max-h-[28rem] max-lg:min-h-56 lg:min-h-0"
    >
      <div className="flex flex-wrap items-end gap-2 border-b p-3">
        <Field label={name} className="min-w-36 flex-1">
          <Select value={model} onChange={(event) => onModel(event.target.value)} disabled={busy}>
            {models.length === 0 && <option value="">{t("playground.noModel")}</option>}
            {models.map((each) => (
              <option key={each}>{each}</option>
            ))}
          </Select>
        </Field>
        {busy ? (
          <Button onClick={talk.stop} icon={<SquareStop className="size-4" aria-hidden />}>
            {t("playground.stop")}
          </Button>
        ) : (
          <ViewCode
            call={{
              method: "POST",
              path: "/v1/chat/completions",
              body: chatBody(turns.length ? turns : [example], options),
            }}
          />
        )}
      </div>
      <div
        className="min-h-0 flex-1 overflow-y-auto p-4"
        role="log"
        aria-label={t("playground.answersOf", { model })}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached by the keyboard
        tabIndex={0}
      >
        {turns.length === 0 && <p className="text-muted text-sm">{t("playground.compare.empty")}</p>}
        <div className="flex flex-col gap-6">
          {turns.map((turn, place) => (
            <Said
              key={place}
              turn={turn}
              live={busy && place === turns.length - 1}
              onAgain={() => void talk.ask(turns.slice(0, place), options)}
            />
          ))}
        </div>
      </div>
    </section>
  );
}

/** The same question to two models at once, each with its own times, tokens and cost. */
export function Compare({ apiKey, models }: BenchProps) {
  const { t } = useTranslation();
  const [fitting, left, setLeft] = useModel(models, "text", "grok-4");
  const [, right, setRight] = useModel(models, "text", "grok-4-fast");
  const chosen = useChatOptions();
  const first = useConversation(apiKey);
  const second = useConversation(apiKey);
  const sides = [
    { talk: first, model: left, onModel: setLeft, name: t("playground.compare.first") },
    { talk: second, model: right, onModel: setRight, name: t("playground.compare.second") },
  ];
  const busy = first.busy || second.busy;
  const ready = left !== "" && right !== "" && chosen.right;
  const ask = (text: string, picture?: string) => {
    for (const { talk, model } of sides) void talk.ask(next(talk.turns, text, picture), { model, ...chosen.given });
  };
  const begun = first.turns.length > 0 || second.turns.length > 0;
  return (
    <div className="grid flex-1 gap-4 lg:min-h-0 lg:grid-cols-[1fr_17rem]">
      <div className="flex min-w-0 flex-col gap-3 max-lg:order-2 lg:min-h-0">
        <div className="grid gap-3 lg:min-h-0 lg:flex-1 lg:grid-cols-2">
          {sides.map(({ talk, model, onModel, name }) => (
            <Side
              key={name}
              name={name}
              models={fitting}
              model={model}
              onModel={onModel}
              talk={talk}
              options={{ model, ...chosen.given }}
            />
          ))}
        </div>
        {!begun && <Ideas disabled={!ready} onAsk={ask} />}
        <Composer
          busy={busy}
          ready={ready}
          onStop={() => {
            first.stop();
            second.stop();
          }}
          onSend={ask}
        />
      </div>
      <aside
        className="flex flex-col gap-4 *:shrink-0 max-lg:order-1 lg:overflow-y-auto lg:px-0.5 lg:pb-1"
        aria-label={t("playground.options")}
      >
        <ChatOptionFields options={chosen} />
        <Button
          className="self-start"
          disabled={busy || !begun}
          onClick={() => {
            first.clear();
            second.clear();
          }}
          icon={<SquarePen className="size-4 text-muted" aria-hidden />}
        >
          {t("playground.new")}
        </Button>
      </aside>
    </div>
  );
}
