import { useState } from "react";
import { useForm } from "react-hook-form";
import { useTranslation } from "react-i18next";
import type { SecondFactorSetup } from "@/api/schema";
import { Button } from "@/components/button";
import { CodeBlock } from "@/components/copy";
import { Field, Input, SecretInput } from "@/components/field";
import { QrCode } from "@/components/qr";
import { Failed, Notice } from "@/components/states";
import { useAttempt } from "@/lib/attempt";
import { useSecondFactorChanges } from "./data";

/** One field and one button: what was typed is refused below it. */
function OneField({
  label,
  missing,
  action,
  secret,
  work,
}: {
  label: string;
  missing: string;
  action: string;
  secret?: boolean;
  work: (value: string) => Promise<unknown>;
}) {
  const { register, handleSubmit, setError, formState } = useForm({ defaultValues: { value: "" } });
  const { failure, attempt } = useAttempt(setError, (error) => (error.param ? "value" : undefined));
  const submit = handleSubmit(({ value }) => attempt(() => work(value)));
  const given = register("value", { required: missing });
  return (
    <form onSubmit={submit} className="flex flex-col gap-4" noValidate>
      <Field label={label} error={formState.errors.value?.message}>
        {secret ? (
          <SecretInput autoComplete="current-password" {...given} />
        ) : (
          <Input
            autoComplete="one-time-code"
            autoCapitalize="none"
            spellCheck={false}
            className="font-mono"
            {...given}
          />
        )}
      </Field>
      {failure !== null && <Failed error={failure} />}
      <Button look="primary" type="submit" busy={formState.isSubmitting} className="self-start">
        {action}
      </Button>
    </form>
  );
}

/** Show the password, scan, confirm with a first code, keep the recovery codes. */
export function SecondFactorSteps({ onDone }: { onDone: () => void }) {
  const { t } = useTranslation();
  const { begin, confirm } = useSecondFactorChanges();
  const [setup, setSetup] = useState<SecondFactorSetup | null>(null);
  const [recovery, setRecovery] = useState<string[] | null>(null);
  if (recovery) {
    return (
      <div className="flex flex-col gap-4">
        <Notice tone="warn" title={t("team.app.recovery")}>
          {t("team.app.recoveryHint")}
        </Notice>
        <CodeBlock code={recovery.map(spelt).join("\n")} label={t("team.app.recovery")} />
        <Button look="primary" className="self-end" onClick={onDone}>
          {t("team.app.kept")}
        </Button>
      </div>
    );
  }
  if (setup) {
    return (
      <div className="flex flex-col gap-4">
        <div>
          <p className="font-medium text-sm">{t("team.app.scan")}</p>
          <p className="text-muted text-xs">{t("team.app.scanHint")}</p>
        </div>
        <div className="self-center rounded-lg border bg-white p-2">
          <QrCode text={setup.address} label={t("team.app.qr")} />
        </div>
        <div className="flex flex-col gap-1.5">
          <p className="text-muted text-xs">{t("team.app.manual")}</p>
          <CodeBlock code={setup.secret} label={t("team.app.manual")} />
        </div>
        <OneField
          label={t("team.app.code")}
          missing={t("team.app.codeMissing")}
          action={t("team.app.confirm")}
          work={async (code) =>
            setRecovery((await confirm.mutateAsync({ enrolment: setup.enrolment, code })).recovery_codes)
          }
        />
      </div>
    );
  }
  return (
    <OneField
      label={t("team.app.password")}
      missing={t("team.currentMissing")}
      action={t("team.app.next")}
      secret
      work={async (password) => setSetup(await begin.mutateAsync({ password }))}
    />
  );
}

/** Take the own app away; the last thing that is done with a code of it. */
export function SecondFactorRemoval({ onDone }: { onDone: () => void }) {
  const { t } = useTranslation();
  const { remove } = useSecondFactorChanges();
  return (
    <OneField
      label={t("session.code")}
      missing={t("team.app.codeMissing")}
      action={t("team.app.remove")}
      work={(code) => remove.mutateAsync({ code }).then(onDone)}
    />
  );
}

/** A recovery code in two halves, which is easier to copy by hand. */
function spelt(code: string): string {
  return `${code.slice(0, 5)}-${code.slice(5)}`;
}
