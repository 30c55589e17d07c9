import { Play } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { ApiError } from "@/api/client";
import { v1 } from "@/api/public";
import { Badge } from "@/components/badge";
import { Button } from "@/components/button";
import { CodeBlock } from "@/components/copy";
import { Field, Input, Textarea } from "@/components/field";
import { Card } from "@/components/page";
import { Failed } from "@/components/states";
import { milliseconds } from "@/lib/format";
import { useLanguage } from "@/lib/hooks";
import { useLatest } from "@/lib/latest";
import type { ApiCall } from "./model";

interface Answer {
  status: number;
  ms: number;
  text: string;
}
const LONGEST = 60_000;

async function read(answer: Response): Promise<string> {
  const type = answer.headers.get("content-type") ?? "";
  if (!/json|text|event-stream/.test(type)) return `${type}, ${(await answer.blob()).size} bytes`;
  const text = await answer.text();
  try {
    return JSON.stringify(JSON.parse(text), null, 2).slice(0, LONGEST);
  } catch {
    return text.slice(0, LONGEST);
  }
}

/** Send the call from here, with the key that is in this page's memory. */
export function TryIt({ call, apiKey, body }: { call: ApiCall; apiKey: string; body: unknown }) {
  const { t } = useTranslation();
  const language = useLanguage();
  const names = [...call.path.matchAll(/\{([^}:]+)[^}]*\}/g)].map((found) => found[1] ?? "");
  const [values, setValues] = useState<Record<string, string>>({});
  const [text, setText] = useState(() => (body === undefined ? "" : JSON.stringify(body, null, 2)));
  const work = useLatest<Answer>();
  const sendable = body !== undefined || !call.operation.requestBody;
  if (!sendable) return null;
  const run = () =>
    work.run(async (signal) => {
      let sent: unknown;
      try {
        sent = body === undefined ? undefined : JSON.parse(text);
      } catch (reason) {
        throw new ApiError(400, "invalid_value", String(reason));
      }
      const path = call.path
        .replace(/^\/v1/, "")
        .replace(/\{([^}:]+)[^}]*\}/g, (_, name: string) => encodeURIComponent(values[name] ?? ""));
      const begun = performance.now();
      const answer = await v1(apiKey, call.method, path, { body: sent, signal });
      return { status: answer.status, text: await read(answer), ms: performance.now() - begun };
    });
  return (
    <Card title={t("apiReference.try")}>
      <form
        className="flex flex-col gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          void run();
        }}
      >
        {names.map((name) => (
          <Field key={name} label={name}>
            <Input
              value={values[name] ?? ""}
              onChange={(event) => setValues({ ...values, [name]: event.target.value })}
              className="font-mono"
              required
            />
          </Field>
        ))}
        {body !== undefined && (
          <Field label={t("apiReference.body")}>
            <Textarea
              rows={Math.min(14, text.split("\n").length + 1)}
              value={text}
              onChange={(event) => setText(event.target.value)}
              className="font-mono text-xs"
            />
          </Field>
        )}
        <div className="flex gap-2">
          <Button look="primary" type="submit" busy={work.busy} icon={<Play className="size-3.5" aria-hidden />}>
            {t("apiReference.send")}
          </Button>
          {work.busy && <Button onClick={work.stop}>{t("playground.stop")}</Button>}
        </div>
        {work.error !== null && <Failed error={work.error} />}
        {work.value && (
          <div className="flex flex-col gap-2">
            <p className="flex items-center gap-2 text-muted text-xs">
              <Badge tone="ok">{work.value.status}</Badge>
              <span className="num">{milliseconds(work.value.ms, language)}</span>
            </p>
            <CodeBlock code={work.value.text} label={t("apiReference.answer")} />
          </div>
        )}
      </form>
    </Card>
  );
}
