import { useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { Braces } from "lucide-react";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { documentQuery, type OpenApi } from "@/api/document";
import { v1 } from "@/api/public";
import { Input, Select } from "@/components/field";
import { Card, Page } from "@/components/page";
import { Segmented } from "@/components/segmented";
import { Empty, Failed, Skeleton } from "@/components/states";
import { useClientKey } from "@/lib/client-key";
import type { Retell } from "@/lib/retold";
import { KeyForm } from "../playground/key-form";
import { CallDetail } from "./call";
import { Method } from "./method";
import { type ApiCall, callsOf, grouped, paragraphsOf } from "./model";
import { useReferenceWords } from "./told";

const route = getRouteApi("/inside/reference");

function usePublicDocument(key: string, wanted: boolean) {
  return useQuery({
    queryKey: ["public-document", key.slice(-8)],
    queryFn: async ({ signal }) => (await (await v1(key, "GET", "/openapi.json", { signal })).json()) as OpenApi,
    enabled: wanted && key !== "",
    staleTime: Number.POSITIVE_INFINITY,
  });
}

/** Whether somebody who types this means the call: by its address, or by what is said of it in either language. */
function found(call: ApiCall, text: string, said: Retell): boolean {
  const told = [call.operation.summary ?? "", ...paragraphsOf(call.operation.description ?? "")];
  return [call.id, ...told, ...told.map(said)].join("\n").toLowerCase().includes(text.trim().toLowerCase());
}

function List({ calls, chosen, onChoose }: { calls: ApiCall[]; chosen: string; onChoose: (id: string) => void }) {
  const { t } = useTranslation();
  const [text, setText] = useState("");
  const said = useReferenceWords();
  const shown = calls.filter((call) => found(call, text, said));
  const groups = grouped(shown);
  return (
    <>
      <Select
        className="lg:hidden"
        aria-label={t("apiReference.calls")}
        value={chosen}
        onChange={(event) => onChoose(event.target.value)}
      >
        {calls.map((call) => (
          <option key={call.id} value={call.id}>
            {call.method} {call.path}
          </option>
        ))}
      </Select>
      <nav aria-label={t("apiReference.calls")} className="hidden flex-col gap-3 lg:flex">
        <Input
          type="search"
          value={text}
          onChange={(event) => setText(event.target.value)}
          placeholder={t("apiReference.filter")}
          aria-label={t("apiReference.filter")}
        />
        {[...groups].map(([group, members]) => (
          <div key={group}>
            <p className="px-2 pb-1 font-medium text-2xs text-muted">{group}</p>
            {members.map((call) => (
              <button
                key={call.id}
                type="button"
                onClick={() => onChoose(call.id)}
                aria-current={call.id === chosen || undefined}
                className="flex min-h-7 w-full items-center gap-1.5 rounded-md px-2 py-1 text-left text-soft text-xs hover:bg-hover aria-[current]:bg-hover aria-[current]:text-fg"
              >
                <Method method={call.method} />
                <span className="min-w-0 break-all font-mono">{call.path.replace(/^\/v1/, "")}</span>
              </button>
            ))}
          </div>
        ))}
      </nav>
    </>
  );
}

export default function ReferencePage() {
  const { t } = useTranslation();
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const key = useClientKey();
  const which = search.api === "admin" ? "admin" : "public";
  const open = usePublicDocument(key, which === "public");
  const admin = useQuery(documentQuery);
  const { data: document, error, refetch } = which === "public" ? open : admin;
  const calls = useMemo(() => (document ? callsOf(document) : []), [document]);
  const chosen = calls.find((call) => call.id === search.call) ?? calls[0];
  return (
    <Page
      title={t("apiReference.title")}
      description={t("apiReference.description")}
      actions={
        <Segmented
          label={t("apiReference.which")}
          value={which}
          onChange={(api) => void navigate({ search: { api: api === "admin" ? api : undefined }, replace: true })}
          options={[
            { value: "public", label: t("apiReference.public") },
            { value: "admin", label: t("apiReference.admin") },
          ]}
        />
      }
    >
      {which === "public" && key === "" && <KeyForm />}
      {error && <Failed error={error} onRetry={() => void refetch()} />}
      {error && which === "public" && <KeyForm />}
      {!document && !error && (which === "admin" || key !== "") && <Skeleton className="h-96" />}
      {document && calls.length === 0 && (
        <Card>
          <Empty icon={<Braces className="size-5" aria-hidden />} title={t("apiReference.empty")} />
        </Card>
      )}
      {document && chosen && (
        <div className="grid gap-5 lg:grid-cols-[17rem_minmax(0,1fr)]">
          <List
            calls={calls}
            chosen={chosen.id}
            onChoose={(call) => void navigate({ search: (before) => ({ ...before, call }), replace: true })}
          />
          <CallDetail key={chosen.id} call={chosen} document={document} apiKey={which === "public" ? key : ""} />
        </div>
      )}
    </Page>
  );
}
