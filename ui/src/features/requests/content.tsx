import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { Eye, MessagesSquare, Trash2 } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "@/api/client";
import type { AnswerView, RequestContent, RequestCourse, SaidView, SideView } from "@/api/schema";
import { useMay } from "@/api/session";
import { Tag } from "@/components/badge";
import { Button } from "@/components/button";
import { useConfirm } from "@/components/confirm";
import { CodeBlock } from "@/components/copy";
import { Segmented } from "@/components/segmented";
import { Failed, Notice, Skeleton } from "@/components/states";
import { cn } from "@/lib/cn";
import { useFailure } from "@/lib/failure";
import { dateTime, number } from "@/lib/format";
import { useLanguage } from "@/lib/hooks";
import { toast } from "@/lib/toasts";
import { handOver } from "../playground/given";
import { ViewCode } from "../playground/parts";
import { conversation, outline, whole } from "./words";

const OWN = new Set(["user", "tool"]);

function Bubble({ of: said }: { of: SaidView }) {
  const { t } = useTranslation();
  return (
    <li
      className={cn(
        "flex max-w-[92%] flex-col gap-1.5 rounded-lg border px-3 py-2 text-sm",
        OWN.has(said.role) ? "self-end bg-accent-soft" : "self-start bg-panel",
      )}
    >
      <span className="font-medium text-muted text-xs">
        {t(`contents.role.${said.role}`, { defaultValue: said.role })}
        {said.finish && ` · ${said.finish}`}
      </span>
      {said.reasoning && (
        <details>
          <summary className="cursor-pointer text-muted text-xs">{t("contents.reasoning")}</summary>
          <p className="mt-1 whitespace-pre-wrap break-words text-soft text-xs">{said.reasoning}</p>
        </details>
      )}
      {said.text && <p className="whitespace-pre-wrap break-words">{said.text}</p>}
      {said.tool_calls.map((call, place) => (
        <p key={place} className="break-all font-mono text-xs">
          {`${call.name}(${call.arguments})`}
        </p>
      ))}
      {said.media.length > 0 && (
        <span className="flex flex-wrap gap-1">
          {said.media.map((each, place) => (
            <Tag key={place}>
              <span className="break-all">{each}</span>
            </Tag>
          ))}
        </span>
      )}
    </li>
  );
}

function Side({ of: side, title, raw }: { of: SideView | AnswerView; title: string; raw: boolean }) {
  const { t } = useTranslation();
  const language = useLanguage();
  const error = "error" in side ? side.error : null;
  const told = side.body === null ? { said: side.said, error } : side.body;
  const written = typeof told === "string" ? told : JSON.stringify(told, null, 2);
  return (
    <section className="flex flex-col gap-2" aria-label={title}>
      <h4 className="flex flex-wrap items-baseline gap-x-3 text-sm">
        <span className="font-semibold">{title}</span>
        <span className="num text-muted text-xs">
          {[
            t("contents.bytes", { shown: number(side.size, language) }),
            side.cut && t("contents.cut"),
            side.omitted > 0 && t("contents.omitted", { count: side.omitted }),
          ]
            .filter(Boolean)
            .join(" · ")}
        </span>
      </h4>
      {raw || (side.said.length === 0 && !error && side.body !== null) ? (
        <CodeBlock code={written} label={title} />
      ) : (
        <ol className="flex flex-col gap-2">
          {side.said.map((said, place) => (
            <Bubble key={place} of={said} />
          ))}
          {side.said.length === 0 && !error && <li className="text-muted text-sm">{t("contents.noWords")}</li>}
        </ol>
      )}
      {!raw && !!error && <CodeBlock code={JSON.stringify(error, null, 2)} label={t("log.error")} />}
    </section>
  );
}

function Words({ of: content }: { of: RequestContent }) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const navigate = useNavigate();
  const [view, setView] = useState<"said" | "raw">("said");
  const call = whole(content);
  const given = conversation(content);
  return (
    <>
      <div className="flex flex-wrap items-center gap-2">
        <Segmented
          label={t("contents.view")}
          value={view}
          onChange={setView}
          options={[
            { value: "said", label: t("contents.said") },
            { value: "raw", label: "JSON" },
          ]}
        />
        {call && <ViewCode call={call} />}
        {given && (
          <Button
            icon={<MessagesSquare className="size-4 text-muted" aria-hidden />}
            onClick={() => {
              handOver(queries, given);
              void navigate({ to: "/playground" });
            }}
          >
            {t("contents.playground")}
          </Button>
        )}
      </div>
      <Side of={content.request} title={t("contents.prompt")} raw={view === "raw"} />
      <Side of={content.answer} title={t("contents.answer")} raw={view === "raw"} />
    </>
  );
}

/** The prompt and the answer of a request, if they are kept: shown when somebody asks, since the audit is told. */
export function Content({ of: row }: { of: RequestCourse }) {
  const { t } = useTranslation();
  const language = useLanguage();
  const may = useMay();
  const queries = useQueryClient();
  const confirm = useConfirm();
  const failed = useFailure();
  const [shown, setShown] = useState(false);
  const at = `/requests/${encodeURIComponent(row.id)}/content`;
  const { data, error, refetch } = useQuery({
    queryKey: ["requests", "content", row.id],
    queryFn: ({ signal }) => api.get<RequestContent>(at, undefined, signal),
    enabled: shown,
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 0,
  });
  const forget = useMutation({
    mutationFn: () => api.delete(at),
    onSuccess: () => toast.ok(t("contents.deleted")),
    onError: failed,
    onSettled: () => queries.invalidateQueries({ queryKey: ["requests", "one"] }),
  });
  if (!row.content_expires_at) {
    const call = outline(row);
    return (
      <section className="flex flex-col items-start gap-2">
        <h3 className="font-semibold text-sm">{t("contents.title")}</h3>
        <p className="text-muted text-sm">{t("contents.none")}</p>
        {call && <ViewCode call={call} />}
      </section>
    );
  }
  const erase = async () => {
    const sure = await confirm({
      title: t("contents.deleteTitle"),
      body: t("contents.deleteBody"),
      action: t("action.delete"),
      danger: true,
    });
    if (sure) forget.mutate();
  };
  return (
    <section className="flex flex-col gap-3">
      <h3 className="font-semibold text-sm">{t("contents.title")}</h3>
      <Notice tone="warn" title={t("contents.until", { moment: dateTime(row.content_expires_at, language) })}>
        {t(may("operator") ? "contents.audited" : "contents.operatorsOnly")}
      </Notice>
      {may("operator") && (
        <div className="flex flex-wrap gap-2">
          {!shown && (
            <Button icon={<Eye className="size-4 text-muted" aria-hidden />} onClick={() => setShown(true)}>
              {t("contents.show")}
            </Button>
          )}
          <Button
            look="danger"
            busy={forget.isPending}
            icon={<Trash2 className="size-4" aria-hidden />}
            onClick={() => void erase()}
          >
            {t("contents.delete")}
          </Button>
        </div>
      )}
      {shown && error && !data && <Failed error={error} onRetry={() => void refetch()} />}
      {shown && !data && !error && <Skeleton className="h-40" />}
      {shown && data && <Words of={data} />}
    </section>
  );
}
