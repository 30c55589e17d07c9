import { RotateCw, Trash2 } from "lucide-react";
import { type ReactNode, useState } from "react";
import { useTranslation } from "react-i18next";
import type { KeyMade, KeyView } from "@/api/schema";
import { useMay } from "@/api/session";
import { Tag } from "@/components/badge";
import { Button } from "@/components/button";
import { useConfirm } from "@/components/confirm";
import { Drawer } from "@/components/dialog";
import { Field, Select } from "@/components/field";
import { Facts } from "@/components/page";
import { Segmented } from "@/components/segmented";
import { Failed, Skeleton } from "@/components/states";
import { Switch } from "@/components/switch";
import { TimeAgo } from "@/components/timeago";
import { useFailure } from "@/lib/failure";
import { number } from "@/lib/format";
import { useLanguage } from "@/lib/hooks";
import { toast } from "@/lib/toasts";
import { ContentPart } from "./content";
import { useKey, useKeyChanges } from "./data";
import { keyForm } from "./fields";
import { KeyForm } from "./form";
import { Made } from "./made";
import { LastUsed, Spending } from "./spending";

const HOUR = 3600;

function About({ of: key }: { of: KeyView }) {
  const { t } = useTranslation();
  const language = useLanguage();
  const f = (name: string) => t(`keys.field.${name}`);
  const limit = (value: number, left: number | null | undefined) =>
    value > 0
      ? left === null || left === undefined
        ? number(value, language)
        : t("keys.left", { left: number(left, language), limit: number(value, language) })
      : t("keys.noLimit");
  const list = (values: string[]): ReactNode =>
    values.length === 0 ? (
      <span className="text-muted">{t("keys.all")}</span>
    ) : (
      <span className="flex flex-wrap gap-1">
        {values.map((value) => (
          <Tag key={value}>{value}</Tag>
        ))}
      </span>
    );
  const rows: [string, ReactNode][] = [
    [
      t("keys.column.hint"),
      <span key="hint" className="font-mono text-xs">
        {key.hint}
      </span>,
    ],
    [f("rpm"), limit(key.rpm, key.live?.requests_left)],
    [f("tpm"), limit(key.tpm, key.live?.tokens_left)],
    [
      f("max_concurrency"),
      key.live?.running
        ? `${limit(key.max_concurrency, null)} · ${t("keys.running", { count: key.live.running })}`
        : limit(key.max_concurrency, null),
    ],
    [f("models"), list(key.models)],
    [f("endpoints"), list(key.endpoints.map((each) => t(`keys.endpoint.${each}`, { defaultValue: each })))],
    [f("networks"), list(key.networks)],
    [f("pool_tags"), list(key.pool_tags)],
    [f("expires_at"), <TimeAgo key="expires" at={key.expires_at} />],
    [t("keys.lastUsed"), <LastUsed key="used" of={key} />],
    [t("credentials.fact.created"), <TimeAgo key="created" at={key.created_at} />],
    [t("credentials.fact.updated"), <TimeAgo key="updated" at={key.updated_at} />],
  ];
  if (key.former_until) rows.splice(1, 0, [t("keys.former"), <TimeAgo key="former" at={key.former_until} />]);
  if (key.note) rows.push([f("note"), key.note]);
  return <Facts rows={rows} />;
}

function Rotate({ of: key, onMade }: { of: KeyView; onMade: (made: KeyMade) => void }) {
  const { t } = useTranslation();
  const failed = useFailure();
  const { rotate } = useKeyChanges();
  const [hours, setHours] = useState(24);
  return (
    <div className="flex flex-col gap-3 rounded-lg border p-3">
      <Field label={t("keys.overlap")} hint={t("keys.overlapHint")}>
        <Select value={hours} onChange={(event) => setHours(Number(event.target.value))}>
          {[0, 1, 24, 168].map((each) => (
            <option key={each} value={each}>
              {t(`keys.overlaps.${each}`)}
            </option>
          ))}
        </Select>
      </Field>
      <Button
        busy={rotate.isPending}
        icon={<RotateCw className="size-4 text-muted" aria-hidden />}
        className="self-start"
        onClick={() => rotate.mutateAsync({ id: key.id, seconds: hours * HOUR }).then(onMade, failed)}
      >
        {t("keys.rotate")}
      </Button>
    </div>
  );
}

function Content({ of: key, onClose }: { of: KeyView; onClose: () => void }) {
  const { t } = useTranslation();
  const confirm = useConfirm();
  const failed = useFailure();
  const may = useMay();
  const { edit, turn, remove } = useKeyChanges();
  const [part, setPart] = useState<"about" | "edit">("about");
  const [made, setMade] = useState<KeyMade | null>(null);
  if (made) return <Made made={made} onDone={() => setMade(null)} />;
  const erase = async () => {
    const sure = await confirm({
      title: t("keys.deleteTitle"),
      body: t("keys.deleteBody", { name: key.name }),
      action: t("action.delete"),
      danger: true,
    });
    if (!sure) return;
    await remove.mutateAsync(key.id).then(onClose, failed);
  };
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
        <KeyForm
          before={keyForm(key)}
          action={t("action.save")}
          onCancel={() => setPart("about")}
          onSave={async (body) => {
            if (Object.keys(body).length > 0) await edit.mutateAsync({ id: key.id, body });
            toast.ok(t("credentials.told.saved"));
            setPart("about");
          }}
        />
      ) : (
        <>
          {may("operator") && (
            <Switch
              label={t("keys.enabled")}
              hint={t("keys.enabledHint")}
              checked={key.enabled}
              disabled={turn.isPending}
              onChange={(on) => void turn.mutateAsync({ id: key.id, on }).catch(failed)}
            />
          )}
          <Spending of={key} />
          <About of={key} />
          <ContentPart of={key} />
          {may("operator") && (
            <>
              <Rotate of={key} onMade={setMade} />
              <Button
                look="danger"
                className="self-start"
                icon={<Trash2 className="size-4" aria-hidden />}
                onClick={() => void erase()}
              >
                {t("action.delete")}
              </Button>
            </>
          )}
        </>
      )}
    </div>
  );
}

export function KeyDrawer({ id, onClose }: { id: string | undefined; onClose: () => void }) {
  const { t } = useTranslation();
  const { data, error, refetch } = useKey(id);
  return (
    <Drawer open={id !== undefined} onClose={onClose} title={data?.name ?? t("keys.one")}>
      {error && !data && <Failed error={error} onRetry={() => void refetch()} />}
      {!data && !error && <Skeleton className="h-72" />}
      {data && data.id === id && <Content key={data.id} of={data} onClose={onClose} />}
    </Drawer>
  );
}
