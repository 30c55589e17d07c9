import { useState } from "react";
import { useTranslation } from "react-i18next";
import { API } from "@/api/client";
import type { OpenApi, Operation } from "@/api/document";
import { CodeBlock } from "@/components/copy";
import { Card } from "@/components/page";
import { Segmented } from "@/components/segmented";
import { type CodeLanguage, LANGUAGES, snippet } from "@/lib/snippets";
import { FieldRows, Inside } from "./fields";
import { Method } from "./method";
import { type ApiCall, bodyOf, resolved, rowsOf, shapesOf, typeName } from "./model";
import { Told, useReferenceWords } from "./told";
import { TryIt } from "./try-it";

type Answer = NonNullable<Operation["responses"]>[string];

function AnswerRow({ status, answer, document }: { status: string; answer: Answer; document: OpenApi }) {
  const content = Object.entries(answer.content ?? {});
  const shapes = content.flatMap(([, told]) => shapesOf(told.schema, document));
  return (
    <li className="px-4 py-2.5 text-sm">
      <div className="flex flex-wrap items-baseline gap-x-3 gap-y-1">
        <code className="num w-9 font-mono text-xs">{status}</code>
        <div className="min-w-0 flex-1 text-soft">{answer.description && <Told text={answer.description} />}</div>
        <code className="break-all font-mono text-muted text-xs">{content.map(([kind]) => kind).join(", ")}</code>
      </div>
      <Inside shapes={shapes} document={document} given />
    </li>
  );
}

export function CallDetail({ call, document, apiKey }: { call: ApiCall; document: OpenApi; apiKey: string }) {
  const { t } = useTranslation();
  const [language, setLanguage] = useState<CodeLanguage>("curl");
  const said = useReferenceWords();
  const { operation } = call;
  const admin = !call.path.startsWith("/v1");
  const path = admin ? API + call.path : call.path;
  const content = operation.requestBody?.content ?? {};
  const [type, media] = Object.entries(content)[0] ?? [];
  const body = bodyOf(call, document);
  const parameters = (operation.parameters ?? []).map((each) => ({
    name: each.name,
    type: `${typeName(each.schema, document)} · ${each.in}`,
    required: each.required ?? false,
    description: each.description ?? "",
    schema: each.schema,
  }));
  const fields = rowsOf(media?.schema, document);
  const about = resolved(media?.schema, document).description ?? "";
  return (
    <article className="flex min-w-0 flex-col gap-5">
      <header className="flex flex-col gap-1.5">
        <h2 className="font-semibold text-lg">{said(operation.summary ?? call.path).replace(/[.。]$/, "")}</h2>
        <p className="flex items-center gap-1 text-sm">
          <Method method={call.method} />
          <code className="min-w-0 break-all font-mono text-soft text-xs">{path}</code>
        </p>
        {operation.description && <Told text={operation.description} className="max-w-2xl text-muted text-sm" />}
      </header>
      <section className="flex flex-col gap-2">
        <Segmented
          label={t("playground.language")}
          value={language}
          onChange={setLanguage}
          options={LANGUAGES.map(([value, label]) => ({ value, label }))}
        />
        <CodeBlock
          code={snippet(
            language,
            { method: call.method, path, body },
            location.origin,
            admin ? "GROK2API_TOKEN" : undefined,
          )}
        />
        {admin && <p className="text-muted text-xs">{t("apiReference.adminHint")}</p>}
      </section>
      {!admin && <TryIt call={call} apiKey={apiKey} body={body} />}
      {parameters.length > 0 && (
        <Card flush title={t("apiReference.parameters")}>
          <div className="px-4">
            <FieldRows rows={parameters} document={document} />
          </div>
        </Card>
      )}
      {fields.length > 0 && (
        <Card flush title={`${t("apiReference.body")} · ${type}`}>
          <div className="divide-y px-4">
            {about && <Told text={about} className="max-w-2xl py-2.5 text-muted text-sm" />}
            <FieldRows rows={fields} document={document} />
          </div>
        </Card>
      )}
      {operation.responses && (
        <Card flush title={t("apiReference.answers")}>
          <ul className="divide-y">
            {Object.entries(operation.responses).map(([status, answer]) => (
              <AnswerRow key={status} status={status} answer={answer} document={document} />
            ))}
          </ul>
        </Card>
      )}
    </article>
  );
}
