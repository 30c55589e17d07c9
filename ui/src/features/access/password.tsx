import { useState } from "react";
import { useForm } from "react-hook-form";
import { useTranslation } from "react-i18next";
import { ApiError } from "@/api/client";
import { Button } from "@/components/button";
import { Field, SecretInput } from "@/components/field";
import { Card } from "@/components/page";
import { Failed } from "@/components/states";
import { toast } from "@/lib/toasts";
import { useAccessChanges } from "./data";

/** Another password for whoever is signed in. */
export function PasswordForm({ onDone }: { onDone?: () => void }) {
  const { t } = useTranslation();
  const { changePassword } = useAccessChanges();
  const [failure, setFailure] = useState<unknown>(null);
  const { register, handleSubmit, reset, watch, setError, formState } = useForm({
    defaultValues: { current: "", new: "", again: "" },
  });
  const save = handleSubmit(async ({ again: _, ...form }) => {
    setFailure(null);
    try {
      await changePassword.mutateAsync(form);
      toast.ok(t("access.passwordChanged"));
      reset();
      onDone?.();
    } catch (error) {
      if (error instanceof ApiError && (error.param === "current" || error.param === "new")) {
        setError(error.param, { message: error.message }, { shouldFocus: true });
      } else setFailure(error);
    }
  });
  const needed = { required: t("session.missing") };
  return (
    <form onSubmit={save} className="flex flex-col gap-4" noValidate>
      <Field label={t("access.current")} error={formState.errors.current?.message}>
        <SecretInput autoComplete="current-password" {...register("current", needed)} />
      </Field>
      <Field label={t("access.new")} error={formState.errors.new?.message} hint={t("access.passwordHint")}>
        <SecretInput autoComplete="new-password" {...register("new", needed)} />
      </Field>
      <Field label={t("export.again")} error={formState.errors.again?.message}>
        <SecretInput
          autoComplete="new-password"
          {...register("again", { validate: (text) => text === watch("new") || t("export.differs") })}
        />
      </Field>
      {failure !== null && <Failed error={failure} />}
      <Button look="primary" type="submit" busy={formState.isSubmitting} className="self-end">
        {t("access.changePassword")}
      </Button>
    </form>
  );
}

export function Password() {
  const { t } = useTranslation();
  return (
    <Card title={t("access.changePassword")}>
      <PasswordForm />
    </Card>
  );
}
