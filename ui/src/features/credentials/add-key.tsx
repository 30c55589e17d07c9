import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useForm } from "react-hook-form";
import { useTranslation } from "react-i18next";
import { api } from "@/api/client";
import { credentialsMoved } from "@/api/news";
import type { CredentialView, NewKey, TestAnswer } from "@/api/schema";
import { Button } from "@/components/button";
import { Dialog } from "@/components/dialog";
import { Field, SecretInput } from "@/components/field";
import { Failed } from "@/components/states";
import { Checkbox } from "@/components/toggle";
import { named, useAttempt } from "@/lib/attempt";
import { errorText } from "@/lib/errors";
import { toast } from "@/lib/toasts";
import { type CredentialForm, changesOf, NEW_FORM } from "./fields";
import { CredentialFields } from "./form";

type Form = CredentialForm & { key: string };
const NEW: Form = { ...NEW_FORM, key: "" };
const FIELDS = Object.keys(NEW) as (keyof Form)[];

export function AddKey({ open, onClose }: { open: boolean; onClose: () => void }) {
  const { t } = useTranslation();
  return (
    <Dialog
      open={open}
      onClose={onClose}
      title={t("credentials.addKey")}
      description={t("credentials.addKeyHint")}
      sticky
    >
      <AddKeyForm onDone={onClose} onCancel={onClose} />
    </Dialog>
  );
}

interface Props {
  onDone: (added: CredentialView) => void;
  onCancel?: () => void;
  plain?: boolean;
}

export function AddKeyForm({ onDone, onCancel, plain }: Props) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const { register, handleSubmit, setError, formState } = useForm<Form>({ defaultValues: NEW });
  const { failure, attempt } = useAttempt(setError, named(FIELDS));
  const [test, setTest] = useState(true);
  const check = async (added: CredentialView) => {
    const name = added.name || added.hint;
    try {
      const told = await api.post<TestAnswer>(`/credentials/${encodeURIComponent(added.id)}/test`);
      if (told.ok) toast.ok(t("credentials.told.added", { name }), told.message);
      else toast.bad(t("credentials.told.testFailed", { name }), told.message);
    } catch (error) {
      const told = errorText(error, t);
      toast.bad(told.title, told.detail);
    }
  };
  const save = handleSubmit(({ key, ...form }) =>
    attempt(async () => {
      const body: NewKey = { key: key.trim(), ...changesOf(form, { ...NEW_FORM, tier: "super" }) };
      const added = await api.post<CredentialView>("/credentials", body);
      if (test) await check(added);
      else toast.ok(t("credentials.told.added", { name: added.name || added.hint }));
      await credentialsMoved(queries);
      onDone(added);
    }),
  );
  return (
    <form onSubmit={save} className="flex flex-col gap-4" noValidate>
      <Field
        label={t("credentials.field.key")}
        error={formState.errors.key?.message}
        hint={t("credentials.field.keyHint")}
      >
        <SecretInput
          {...register("key", { required: t("credentials.field.keyMissing") })}
          placeholder="xai-…"
          autoFocus
        />
      </Field>
      {!plain && <CredentialFields register={register as never} errors={formState.errors} />}
      <Checkbox shown checked={test} onChange={setTest} label={t("credentials.testNow")} />
      {failure !== null && <Failed error={failure} />}
      <div className="flex justify-end gap-2 pt-1">
        {onCancel && <Button onClick={onCancel}>{t("action.cancel")}</Button>}
        <Button look="primary" type="submit" busy={formState.isSubmitting}>
          {t("credentials.add")}
        </Button>
      </div>
    </form>
  );
}
