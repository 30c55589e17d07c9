import { useQuery } from "@tanstack/react-query";
import { useForm } from "react-hook-form";
import { useTranslation } from "react-i18next";
import { send } from "@/api/client";
import { sessionQuery } from "@/api/session";
import { Dialog } from "@/components/dialog";
import { Field, SecretInput } from "@/components/field";
import { FormEnd } from "@/components/form-end";
import { Notice } from "@/components/states";
import { useAttempt } from "@/lib/attempt";
import { fileName, saveFile } from "@/lib/download";
import { number } from "@/lib/format";
import { useLanguage } from "@/lib/hooks";
import { toast } from "@/lib/toasts";
import type { CredentialFilter } from "./search";
import { type Selection, selectedCount, wantedOf } from "./selection";

interface Props {
  open: boolean;
  onClose: () => void;
  selection: Selection;
  filter: CredentialFilter;
  total: number;
}

const SHORTEST = 8;

export function ExportDialog({ open, onClose, selection, filter, total }: Props) {
  const { t } = useTranslation();
  const language = useLanguage();
  const meant = selectedCount(selection, total) > 0 ? selection : { ids: new Set<string>(), everything: true };
  const count = selectedCount(meant, total);
  const { data: session } = useQuery(sessionQuery);
  const asked = !session?.single_sign_on;
  const { register, handleSubmit, setError, watch, reset, formState } = useForm({
    defaultValues: { passphrase: "", again: "", password: "" },
  });
  const { failure, attempt } = useAttempt(setError);
  const save = handleSubmit(({ passphrase, password }) =>
    attempt(async () => {
      const body = { passphrase, ...(asked && { password }), ...wantedOf(meant, filter) };
      const answer = await send("POST", "/credentials/export", { body });
      saveFile(await answer.blob(), fileName(answer, "grok2api-credentials.json"));
      const written = Number(answer.headers.get("x-grok2api-exported") ?? count);
      const left = Number(answer.headers.get("x-grok2api-left-out") ?? 0);
      toast.ok(t("export.done", { count: written }), left > 0 ? t("export.leftOut", { count: left }) : undefined);
      reset();
      onClose();
    }),
  );
  return (
    <Dialog
      open={open}
      onClose={onClose}
      title={t("credentials.export")}
      description={t("export.description", { count, shown: number(count, language) })}
    >
      <form onSubmit={save} className="flex flex-col gap-4" noValidate>
        <Notice tone="warn">{t("export.warning")}</Notice>
        <Field
          label={t("export.passphrase")}
          error={formState.errors.passphrase?.message}
          hint={t("export.passphraseHint")}
        >
          <SecretInput
            autoComplete="new-password"
            {...register("passphrase", {
              validate: (text) => text.length >= SHORTEST || t("export.tooShort", { count: SHORTEST }),
            })}
          />
        </Field>
        <Field label={t("export.again")} error={formState.errors.again?.message}>
          <SecretInput
            autoComplete="new-password"
            {...register("again", { validate: (text) => text === watch("passphrase") || t("export.differs") })}
          />
        </Field>
        {asked && (
          <Field
            label={t("export.password")}
            error={formState.errors.password?.message}
            hint={t("export.passwordHint")}
          >
            <SecretInput
              autoComplete="current-password"
              {...register("password", { validate: (text) => text !== "" || t("export.passwordMissing") })}
            />
          </Field>
        )}
        <FormEnd
          failure={failure}
          action={t("export.save")}
          busy={formState.isSubmitting}
          disabled={count === 0}
          onCancel={onClose}
        />
      </form>
    </Dialog>
  );
}
