import { useState } from "react";
import { useForm } from "react-hook-form";
import { useTranslation } from "react-i18next";
import type { TokenMade } from "@/api/schema";
import type { Role } from "@/api/session";
import { Button } from "@/components/button";
import { CodeBlock } from "@/components/copy";
import { Dialog } from "@/components/dialog";
import { Field, Input, Select } from "@/components/field";
import { FormEnd } from "@/components/form-end";
import { Notice } from "@/components/states";
import { named, useAttempt } from "@/lib/attempt";
import { useTokenChanges } from "./data";
import { ROLES } from "./operator-form";

const LIVES = [0, 7, 30, 90, 365] as const;
const DAY = 86_400_000;

function Made({ made, onDone }: { made: TokenMade; onDone: () => void }) {
  const { t } = useTranslation();
  const call = `curl -s '${location.origin}/admin/api/system' \\\n  -H "Authorization: Bearer ${made.token}"`;
  return (
    <div className="flex flex-col gap-4">
      <Notice tone="warn" title={t("keys.once")}>
        {t("keys.onceHint")}
      </Notice>
      <CodeBlock code={made.token} label={t("team.token")} />
      <p className="font-medium text-sm">{t("keys.tryIt")}</p>
      <CodeBlock code={call} />
      <Button look="primary" className="self-end" onClick={onDone}>
        {t("keys.kept")}
      </Button>
    </div>
  );
}

function Form({ onMade, onClose }: { onMade: (made: TokenMade) => void; onClose: () => void }) {
  const { t } = useTranslation();
  const { create } = useTokenChanges();
  const { register, handleSubmit, setError, watch, formState } = useForm({
    defaultValues: { name: "", role: "viewer" as Role, days: "90" },
  });
  const { failure, attempt } = useAttempt(setError, named(["name", "role"]));
  const { errors } = formState;
  const save = handleSubmit(({ name, role, days }) => {
    const until = Number(days) > 0 ? new Date(Date.now() + Number(days) * DAY).toISOString() : null;
    return attempt(async () => onMade(await create.mutateAsync({ name, role, expires_at: until })));
  });
  return (
    <form onSubmit={save} className="flex flex-col gap-4" noValidate>
      <Field label={t("team.column.name")} hint={t("team.tokenNameHint")} error={errors.name?.message}>
        <Input {...register("name", { required: t("keys.nameMissing") })} maxLength={64} />
      </Field>
      <Field label={t("team.column.role")} hint={t(`team.roleHint.${watch("role")}`)} error={errors.role?.message}>
        <Select {...register("role")}>
          {ROLES.map((role) => (
            <option key={role} value={role}>
              {t(`team.role.${role}`)}
            </option>
          ))}
        </Select>
      </Field>
      <Field label={t("team.column.ends")}>
        <Select {...register("days")}>
          {LIVES.map((days) => (
            <option key={days} value={days}>
              {days === 0 ? t("team.endless") : t("team.days", { count: days })}
            </option>
          ))}
        </Select>
      </Field>
      <FormEnd failure={failure} action={t("team.makeToken")} busy={formState.isSubmitting} onCancel={onClose} />
    </form>
  );
}

export function TokenDialog({ open, onClose }: { open: boolean; onClose: () => void }) {
  const { t } = useTranslation();
  const [made, setMade] = useState<TokenMade | null>(null);
  const close = () => {
    setMade(null);
    onClose();
  };
  return (
    <Dialog
      open={open}
      onClose={close}
      title={made ? made.name : t("team.createToken")}
      description={made ? undefined : t("team.createTokenHint")}
      size={made ? "md" : "sm"}
      sticky
    >
      {made ? <Made made={made} onDone={close} /> : <Form onMade={setMade} onClose={close} />}
    </Dialog>
  );
}
