import { FlaskConical, RefreshCw, Snowflake } from "lucide-react";
import { useEffect, useState } from "react";
import { useForm } from "react-hook-form";
import { useTranslation } from "react-i18next";
import type { CredentialView } from "@/api/schema";
import { useMay } from "@/api/session";
import { Tag } from "@/components/badge";
import { Button } from "@/components/button";
import { CopyButton } from "@/components/copy";
import { Drawer } from "@/components/dialog";
import { FormEnd } from "@/components/form-end";
import { Facts } from "@/components/page";
import { Segmented } from "@/components/segmented";
import { Failed, Skeleton } from "@/components/states";
import { Switch } from "@/components/switch";
import { TimeAgo } from "@/components/timeago";
import { named, useAttempt } from "@/lib/attempt";
import { number, usd } from "@/lib/format";
import { useLanguage } from "@/lib/hooks";
import { toast } from "@/lib/toasts";
import { useCredential, useEdit, useOneAction } from "./data";
import { type CredentialForm, changesOf, formOf } from "./fields";
import { CredentialFields } from "./form";
import { QuotaCell, StatusCell } from "./status";
import { WhyNot } from "./why-not";

function About({ credential }: { credential: CredentialView }) {
  const { t } = useTranslation();
  const language = useLanguage();
  const f = (field: string) => t(`credentials.fact.${field}`);
  const { usage } = credential;
  const id = (value: string) => (
    <span className="flex items-center gap-1">
      <span className="min-w-0 truncate font-mono text-xs">{value}</span>
      <CopyButton text={value} />
    </span>
  );
  const rows: [string, React.ReactNode][] = [
    [f("status"), <StatusCell key="status" credential={credential} t={t} />],
    [f("kind"), `${t(`credentials.kind.${credential.kind}`)} · ${t(`credentials.tier.${credential.tier}`)}`],
    [f("quota"), <QuotaCell key="quota" credential={credential} t={t} language={language} />],
    [f("inFlight"), String(credential.live?.in_flight ?? 0)],
    [
      f("spent"),
      `${usd(usage.cost_ticks, language)} · ${t("credentials.requests", { count: usage.requests, shown: number(usage.requests, language) })}`,
    ],
    [
      f("tokens"),
      t("credentials.tokens", {
        input: number(usage.input_tokens, language),
        output: number(usage.output_tokens, language),
      }),
    ],
    [f("lastUsed"), <TimeAgo key="used" at={usage.last_used_at} />],
    [
      f("hint"),
      <span key="hint" className="font-mono text-xs">
        {credential.hint}
      </span>,
    ],
    [f("id"), id(credential.id)],
  ];
  if (credential.tags.length > 0) {
    rows.splice(2, 0, [
      f("tags"),
      <span key="tags" className="flex flex-wrap gap-1">
        {credential.tags.map((tag) => (
          <Tag key={tag}>{tag}</Tag>
        ))}
      </span>,
    ]);
  }
  if (credential.login) rows.push([f("login"), credential.login]);
  if (credential.team_id) rows.push([f("team"), id(credential.team_id)]);
  if (credential.kind === "oauth") {
    rows.push([f("tokenUntil"), <TimeAgo key="until" at={credential.expires_at} />]);
    rows.push([f("refreshed"), <TimeAgo key="refreshed" at={credential.refreshed_at} />]);
  }
  rows.push([f("created"), <TimeAgo key="created" at={credential.created_at} />]);
  rows.push([f("updated"), <TimeAgo key="updated" at={credential.updated_at} />]);
  return <Facts rows={rows} />;
}

function Actions({ credential }: { credential: CredentialView }) {
  const { t } = useTranslation();
  const act = useOneAction();
  const busy = (action: string) => act.isPending && act.variables?.action === action;
  return (
    <div className="flex flex-wrap gap-2">
      <Button
        size="sm"
        busy={busy("test")}
        icon={<FlaskConical className="size-3.5 text-muted" aria-hidden />}
        onClick={() => act.mutate({ credential, action: "test" })}
      >
        {t("credentials.test")}
      </Button>
      {credential.kind === "oauth" && (
        <Button
          size="sm"
          busy={busy("refresh")}
          icon={<RefreshCw className="size-3.5 text-muted" aria-hidden />}
          onClick={() => act.mutate({ credential, action: "refresh" })}
        >
          {t("credentials.refresh")}
        </Button>
      )}
      {["cooling", "exhausted", "blocked"].includes(credential.status) && (
        <Button
          size="sm"
          busy={busy("clear-cooldown")}
          icon={<Snowflake className="size-3.5 text-muted" aria-hidden />}
          onClick={() => act.mutate({ credential, action: "clear-cooldown" })}
        >
          {t("credentials.clearCooldown")}
        </Button>
      )}
    </div>
  );
}

function EditForm({ credential, onDone }: { credential: CredentialView; onDone: () => void }) {
  const { t } = useTranslation();
  const [before] = useState(() => formOf(credential));
  const edit = useEdit(credential.id);
  const { register, handleSubmit, setError, formState } = useForm<CredentialForm>({ defaultValues: before });
  const { failure, attempt } = useAttempt(setError, named(Object.keys(before) as (keyof CredentialForm)[]));
  const save = handleSubmit(async (form) => {
    const changes = changesOf(form, before);
    if (Object.keys(changes).length === 0) return onDone();
    await attempt(async () => {
      await edit.mutateAsync(changes);
      toast.ok(t("credentials.told.saved"));
      onDone();
    });
  });
  return (
    <form onSubmit={save} className="flex flex-col gap-4" noValidate>
      <CredentialFields register={register} errors={formState.errors} open />
      <FormEnd
        failure={failure}
        action={t("action.save")}
        busy={formState.isSubmitting}
        disabled={!formState.isDirty}
        onCancel={onDone}
      />
    </form>
  );
}

function Content({ credential }: { credential: CredentialView }) {
  const { t } = useTranslation();
  const [part, setPart] = useState<"about" | "edit">("about");
  const act = useOneAction();
  const may = useMay();
  return (
    <div className="flex flex-col gap-5">
      {may("operator") && (
        <Segmented
          label={t("credentials.parts")}
          value={part}
          onChange={setPart}
          options={[
            { value: "about", label: t("credentials.about") },
            { value: "edit", label: t("action.edit") },
          ]}
        />
      )}
      {part === "edit" ? (
        <EditForm credential={credential} onDone={() => setPart("about")} />
      ) : (
        <>
          <WhyNot credential={credential} />
          {may("operator") && (
            <>
              <Switch
                label={t("credentials.inService")}
                hint={t("credentials.inServiceHint")}
                checked={credential.enabled}
                disabled={act.isPending}
                onChange={(on) => act.mutate({ credential, action: on ? "enable" : "disable" })}
              />
              <Actions credential={credential} />
            </>
          )}
          <About credential={credential} />
        </>
      )}
    </div>
  );
}

export function CredentialDrawer({ id, onClose }: { id: string | undefined; onClose: () => void }) {
  const { t } = useTranslation();
  const { data, error, refetch } = useCredential(id);
  const [shown, setShown] = useState<CredentialView | undefined>();
  useEffect(() => {
    if (id === undefined || data) setShown(id === undefined ? undefined : data);
  }, [id, data]);
  return (
    <Drawer open={id !== undefined} onClose={onClose} title={shown ? shown.name || shown.hint : t("credentials.one")}>
      {error && !shown && <Failed error={error} onRetry={() => void refetch()} />}
      {!shown && !error && <Skeleton className="h-72" />}
      {shown && shown.id === id && <Content key={shown.id} credential={shown} />}
    </Drawer>
  );
}
