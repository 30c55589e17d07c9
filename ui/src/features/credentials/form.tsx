import { ChevronRight } from "lucide-react";
import type { FieldErrors, UseFormRegister } from "react-hook-form";
import { useTranslation } from "react-i18next";
import { Field, Input, Select, Textarea } from "@/components/field";
import type { CredentialForm } from "./fields";

interface Props {
  register: UseFormRegister<CredentialForm>;
  errors: FieldErrors<CredentialForm>;
  open?: boolean;
}

/** How a credential is to be called and used. */
export function CredentialFields({ register, errors, open }: Props) {
  const { t } = useTranslation();
  const told = (field: keyof CredentialForm) => errors[field]?.message;
  const f = (field: string) => t(`credentials.field.${field}`);
  return (
    <>
      <div className="grid gap-4 sm:grid-cols-2">
        <Field label={f("name")} error={told("name")} optional>
          <Input {...register("name")} maxLength={200} />
        </Field>
        <Field label={f("tier")} error={told("tier")} hint={f("tierHint")}>
          <Select {...register("tier")}>
            <option value="super">{t("credentials.tier.super")}</option>
            <option value="basic">{t("credentials.tier.basic")}</option>
          </Select>
        </Field>
      </div>
      <Field label={f("tags")} error={told("tags")} hint={f("tagsHint")} optional>
        <Input {...register("tags")} />
      </Field>
      <details className="group rounded-lg border" open={open}>
        <summary className="flex h-9 items-center gap-2 rounded-lg px-3 font-medium text-sm [&::-webkit-details-marker]:hidden">
          <ChevronRight className="size-4 text-muted transition-transform group-open:rotate-90" aria-hidden />
          {t("credentials.advanced")}
        </summary>
        <div className="flex flex-col gap-4 border-t p-3">
          <div className="grid gap-4 sm:grid-cols-3">
            <Field label={f("priority")} error={told("priority")}>
              <Input type="number" {...register("priority")} placeholder="0" className="num" />
            </Field>
            <Field label={f("weight")} error={told("weight")}>
              <Input type="number" min={0} {...register("weight")} placeholder="1" className="num" />
            </Field>
            <Field label={f("maxConcurrency")} error={told("max_concurrency")}>
              <Input type="number" min={0} {...register("max_concurrency")} placeholder="0" className="num" />
            </Field>
          </div>
          <p className="-mt-2 text-muted text-xs">{f("choiceHint")}</p>
          <Field label={f("models")} error={told("models")} hint={f("modelsHint")} optional>
            <Input {...register("models")} />
          </Field>
          <Field label={f("proxy")} error={told("proxy")} hint={f("proxyHint")} optional>
            <Input {...register("proxy")} className="font-mono" />
          </Field>
          <Field label={f("note")} error={told("note")} optional>
            <Textarea {...register("note")} rows={2} className="min-h-14" />
          </Field>
        </div>
      </details>
    </>
  );
}
