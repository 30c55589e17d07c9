import { useState } from "react";
import { useForm } from "react-hook-form";
import { useTranslation } from "react-i18next";
import { send } from "@/api/client";
import { Button } from "@/components/button";
import { Dialog } from "@/components/dialog";
import { Field, SecretInput } from "@/components/field";
import { Failed, Notice } from "@/components/states";
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
  const [failure, setFailure] = useState<unknown>(null);
  const { register, handleSubmit, watch, reset, formState } = useForm({ defaultValues: { passphrase: "", again: "" } });
  const save = handleSubmit(async ({ passphrase }) => {
    setFailure(null);
    try {
      const answer = await send("POST", "/credentials/export", { body: { passphrase, ...wantedOf(meant, filter) } });
      saveFile(await answer.blob(), fileName(answer, "grok2api-credentials.json"));
      const written = Number(answer.headers.get("x-grok2api-exported") ?? count);
      const left = Number(answer.headers.get("x-grok2api-left-out") ?? 0);
      toast.ok(t("export.done", { count: written }), left > 0 ? t("export.leftOut", { count: left }) : undefined);
      reset();
      onClose();
    } catch (error) {
      setFailure(error);
    }
  });
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
        {failure !== null && <Failed error={failure} />}
        <div className="flex justify-end gap-2">
          <Button onClick={onClose}>{t("action.cancel")}</Button>
          <Button look="primary" type="submit" busy={formState.isSubmitting} disabled={count === 0}>
            {t("export.save")}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
