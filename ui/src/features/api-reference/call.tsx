import { useState } from "react";
import { useTranslation } from "react-i18next";
import { API } from "@/api/client";
import type { OpenApi } from "@/api/document";
import { Badge } from "@/components/badge";
import { CodeBlock } from "@/components/copy";
import { Card } from "@/components/page";
import { Segmented } from "@/components/segmented";
import { type CodeLanguage, LANGUAGES, snippet } from "@/lib/snippets";
import { Method } from "./method";
import { type ApiCall, bodyOf, type Row, rowsOf, typeName } from "./model";
import { TryIt } from "./try-it";

function Fields({ rows, label }: { rows: Row[]; label: string }) {
  const { t } = useTranslation();
  return (
    <Card flush title={label}>
      <ul className="divide-y">
        {rows.map((row) => (
          <li key={row.name} className="px-4 py-2.5 text-sm">
            <div className="flex flex-wrap items-baseline gap-x-2.5 gap-y-1">
              <code className="break-all font-medium font-mono text-xs">{row.name}</code>
              <span className="break-all font-mono text-muted text-xs">{row.type}</span>
              {row.required && <Badge tone="accent">{t("apiReference.required")}</Badge>}
            </div>
            {row.description && <p className="mt-0.5 break-words text-muted">{row.description}</p>}
          </li>
        ))}
      </ul>
    </Card>
  );
}

export function CallDetail({ call, document, apiKey }: { call: ApiCall; document: OpenApi; apiKey: string }) {
  const { t } = useTranslation();
  const [language, setLanguage] = useState<CodeLanguage>("curl");
  const { operation } = call;
  const admin = !call.path.startsWith("/v1");
  const path = admin ? API + call.path : call.path;
  const content = operation.requestBody?.content ?? {};
  const [type, media] = Object.entries(content)[0] ?? [];
  const body = bodyOf(call, document);
  const parameters = (operation.parameters ?? []).map((each) => ({
    name: each.name,
    type: `${typeName(each.schema)} · ${each.in}`,
    required: each.required ?? false,
    description: each.description ?? "",
  }));
  const fields = rowsOf(media?.schema, document);
  return (
    <article className="flex min-w-0 flex-col gap-5">
      <header className="flex flex-col gap-1.5">
        <h2 className="font-semibold text-lg">{operation.summary ?? call.path}</h2>
        <p className="flex items-center gap-1 text-sm">
          <Method method={call.method} />
          <code className="min-w-0 break-all font-mono text-soft text-xs">{path}</code>
        </p>
        {operation.description && <p className="max-w-2xl break-words text-muted text-sm">{operation.description}</p>}
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
      {parameters.length > 0 && <Fields rows={parameters} label={t("apiReference.parameters")} />}
      {fields.length > 0 && <Fields rows={fields} label={`${t("apiReference.body")} · ${type}`} />}
      {operation.responses && (
        <Card flush title={t("apiReference.answers")}>
          <ul className="divide-y">
            {Object.entries(operation.responses).map(([status, answer]) => (
              <li key={status} className="flex flex-wrap items-baseline gap-x-3 gap-y-1 px-4 py-2.5 text-sm">
                <code className="num w-9 font-mono text-xs">{status}</code>
                <span className="min-w-0 flex-1 break-words text-soft">{answer.description}</span>
                <span className="break-all font-mono text-muted text-xs">
                  {Object.entries(answer.content ?? {})
                    .map(([kind, told]) => (told.schema?.$ref ? typeName(told.schema) : kind))
                    .join(", ")}
                </span>
              </li>
            ))}
          </ul>
        </Card>
      )}
    </article>
  );
}
