import { useForm } from "react-hook-form";
import { useTranslation } from "react-i18next";
import { Button } from "@/components/button";
import { Field, SecretInput } from "@/components/field";
import { Card } from "@/components/page";
import { Failed, Notice } from "@/components/states";
import { named, useAttempt } from "@/lib/attempt";
import { toast } from "@/lib/toasts";
import { useSessionChanges } from "./data";

export const SHORTEST = 12;

/** Another password for who is signed in; all other sessions of the account end with the old one. */
export function PasswordForm({ onDone }: { onDone?: () => void }) {
  const { t } = useTranslation();
  const { password } = useSessionChanges();
  const empty = { current: "", new: "", again: "" };
  const { register, handleSubmit, setError, reset, formState } = useForm({ defaultValues: empty });
  const { failure, attempt } = useAttempt(setError, named(["current", "new"]));
  const { errors } = formState;
  const save = handleSubmit(({ current, new: next }) =>
    attempt(async () => {
      await password.mutateAsync({ current, new: next });
      toast.ok(t("team.told.password"), t("team.told.passwordHint"));
      reset(empty);
      onDone?.();
    }),
  );
  return (
    <form onSubmit={save} className="flex max-w-sm flex-col gap-4" noValidate>
      <Field label={t("team.current")} error={errors.current?.message}>
        <SecretInput autoComplete="current-password" {...register("current", { required: t("team.currentMissing") })} />
      </Field>
      <Field label={t("team.new")} hint={t("team.newHint", { count: SHORTEST })} error={errors.new?.message}>
        <SecretInput
          autoComplete="new-password"
          {...register("new", {
            required: t("team.tooShort", { count: SHORTEST }),
            minLength: { value: SHORTEST, message: t("team.tooShort", { count: SHORTEST }) },
          })}
        />
      </Field>
      <Field label={t("team.again")} error={errors.again?.message}>
        <SecretInput
          autoComplete="new-password"
          {...register("again", { validate: (value, form) => value === form.new || t("team.notSame") })}
        />
      </Field>
      {failure !== null && <Failed error={failure} />}
      <Button look="primary" type="submit" busy={formState.isSubmitting} className="self-start">
        {t("team.changePassword")}
      </Button>
    </form>
  );
}

export function OwnPassword({ generated }: { generated: boolean }) {
  const { t } = useTranslation();
  return (
    <Card title={t("team.password")}>
      <div className="flex flex-col gap-4">
        {generated && (
          <Notice tone="warn" title={t("team.generated")}>
            {t("team.generatedHint")}
          </Notice>
        )}
        <PasswordForm />
      </div>
    </Card>
  );
}
