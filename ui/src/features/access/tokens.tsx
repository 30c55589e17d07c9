import { Bot, Plus, Trash2 } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { TokenMade } from "@/api/schema";
import { Badge } from "@/components/badge";
import { Button, IconButton } from "@/components/button";
import { useConfirm } from "@/components/confirm";
import { CodeBlock } from "@/components/copy";
import { Dialog } from "@/components/dialog";
import { Field, Input } from "@/components/field";
import { Card } from "@/components/page";
import { Empty, Failed, Notice, Skeleton } from "@/components/states";
import { TimeAgo } from "@/components/timeago";
import { useFailure } from "@/lib/failure";
import { type Role, useAccessChanges, useTokens } from "./data";
import { Line, RoleBadge, RoleOptions } from "./rows";

function MakeToken({ onDone }: { onDone: () => void }) {
  const { t } = useTranslation();
  const { addToken } = useAccessChanges();
  const [name, setName] = useState("");
  const [role, setRole] = useState<Role>("operator");
  const [until, setUntil] = useState("");
  const [made, setMade] = useState<TokenMade | null>(null);
  const [failure, setFailure] = useState<unknown>(null);
  if (made) {
    return (
      <div className="flex flex-col gap-4">
        <Notice tone="warn" title={t("keys.once")}>
          {t("access.tokenOnce")}
        </Notice>
        <CodeBlock code={made.token} label={t("access.token")} />
        <Button look="primary" className="self-end" onClick={onDone}>
          {t("keys.kept")}
        </Button>
      </div>
    );
  }
  const make = async () => {
    setFailure(null);
    const expires = until ? { expires_at: new Date(until).toISOString() } : {};
    await addToken.mutateAsync({ name: name.trim(), role, ...expires }).then(setMade, setFailure);
  };
  return (
    <form
      className="flex flex-col gap-4"
      onSubmit={(event) => {
        event.preventDefault();
        void make();
      }}
    >
      <Field label={t("access.name")}>
        <Input value={name} onChange={(event) => setName(event.target.value)} />
      </Field>
      <Field label={t("access.roleOf")} hint={t(`access.roleHint.${role}`)}>
        <RoleOptions value={role} onChange={setRole} />
      </Field>
      <Field label={t("keys.field.expires_at")} optional>
        <Input type="datetime-local" value={until} onChange={(event) => setUntil(event.target.value)} />
      </Field>
      {failure !== null && <Failed error={failure} />}
      <div className="flex justify-end gap-2">
        <Button onClick={onDone}>{t("action.cancel")}</Button>
        <Button look="primary" type="submit" busy={addToken.isPending} disabled={!name.trim()}>
          {t("access.addToken")}
        </Button>
      </div>
    </form>
  );
}

export function Tokens() {
  const { t } = useTranslation();
  const confirm = useConfirm();
  const failed = useFailure();
  const { data, error, refetch } = useTokens(true);
  const { removeToken } = useAccessChanges();
  const [making, setMaking] = useState(false);
  const remove = async (id: string, name: string) => {
    const sure = await confirm({
      title: t("access.removeToken"),
      body: t("access.removeTokenBody", { name }),
      action: t("action.delete"),
      danger: true,
    });
    if (sure) await removeToken.mutateAsync(id).catch(failed);
  };
  return (
    <Card
      flush
      title={t("access.tokens")}
      actions={
        <Button size="sm" onClick={() => setMaking(true)} icon={<Plus className="size-3.5" aria-hidden />}>
          {t("access.addToken")}
        </Button>
      }
    >
      {error && <Failed error={error} onRetry={() => void refetch()} className="m-3" />}
      {!data && !error && <Skeleton className="m-4 h-16" />}
      {data?.data.length === 0 && (
        <Empty icon={<Bot className="size-5" aria-hidden />} title={t("access.noTokens")}>
          {t("access.noTokensHint")}
        </Empty>
      )}
      <ul className="divide-y">
        {data?.data.map((each) => (
          <Line
            key={each.id}
            title={each.name}
            mark={
              <>
                <RoleBadge role={each.role} />
                {each.expired && <Badge tone="bad">{t("keys.state.expired")}</Badge>}
              </>
            }
            note={
              <>
                <span className="font-mono">{each.hint}</span> · {t("access.lastUsed")}{" "}
                <TimeAgo at={each.last_used_at} />
              </>
            }
            actions={
              <IconButton
                label={t("access.removeNamed", { name: each.name })}
                size="sm"
                onClick={() => void remove(each.id, each.name)}
              >
                <Trash2 className="size-4" aria-hidden />
              </IconButton>
            }
          />
        ))}
      </ul>
      <Dialog open={making} onClose={() => setMaking(false)} title={t("access.addToken")} size="sm" sticky>
        <MakeToken onDone={() => setMaking(false)} />
      </Dialog>
    </Card>
  );
}
