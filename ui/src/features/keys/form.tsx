import { Controller, useForm } from "react-hook-form";
import { useTranslation } from "react-i18next";
import type { KeyBody } from "@/api/schema";
import { Field, Input, Select, Textarea } from "@/components/field";
import { FormEnd } from "@/components/form-end";
import { Checkbox } from "@/components/toggle";
import { named, useAttempt } from "@/lib/attempt";
import { ContentFields } from "./content";
import { ENDPOINTS } from "./data";
import { type KeyForm as Form, keyChanges } from "./fields";
import { ModelNames } from "./model-names";

interface Props {
  before: Form;
  action: string;
  onSave: (body: KeyBody) => Promise<void>;
  onCancel: () => void;
}

function Group({ title, children }: { title: string; children: React.ReactNode }) {
  return (
    <fieldset className="flex min-w-0 flex-col gap-4 border-t pt-4">
      <legend className="sr-only">{title}</legend>
      <p aria-hidden className="font-semibold text-sm">
        {title}
      </p>
      {children}
    </fieldset>
  );
}

export function KeyForm({ before, action, onSave, onCancel }: Props) {
  const { t } = useTranslation();
  const { register, control, handleSubmit, setError, formState, watch, setValue } = useForm<Form>({
    defaultValues: before,
  });
  const { failure, attempt } = useAttempt(setError, named(Object.keys(before) as (keyof Form)[]));
  const f = (name: string) => t(`keys.field.${name}`);
  const told = (name: keyof Form) => formState.errors[name]?.message;
  const save = handleSubmit((form) => attempt(() => onSave(keyChanges(form, before))));
  const numbers = (name: "rpm" | "tpm" | "max_concurrency") => (
    <Field label={f(name)} error={told(name)}>
      <Input type="number" min={0} {...register(name)} placeholder={t("keys.noLimit")} className="num" />
    </Field>
  );
  const money = (name: "budget_day_usd" | "budget_month_usd") => (
    <Field label={f(name)} error={told(name)}>
      <Input inputMode="decimal" {...register(name)} placeholder={t("keys.noLimit")} className="num" />
    </Field>
  );
  return (
    <form onSubmit={save} className="flex flex-col gap-4" noValidate>
      <div className="grid gap-4 sm:grid-cols-2">
        <Field label={f("name")} error={told("name")}>
          <Input {...register("name", { required: t("keys.nameMissing") })} maxLength={200} />
        </Field>
        <Field label={f("expires_at")} error={told("expires_at")} optional>
          <Input type="datetime-local" {...register("expires_at")} />
        </Field>
      </div>
      <Group title={t("keys.limits")}>
        <div className="grid gap-4 sm:grid-cols-3">
          {numbers("rpm")}
          {numbers("tpm")}
          {numbers("max_concurrency")}
        </div>
        <div className="grid gap-4 sm:grid-cols-2">
          {money("budget_day_usd")}
          {money("budget_month_usd")}
        </div>
        <p className="-mt-2 text-muted text-xs">{t("keys.limitsHint")}</p>
      </Group>
      <Group title={t("keys.allowed")}>
        <Field label={f("models")} error={told("models")} hint={f("modelsHint")} optional>
          <Input {...register("models")} />
        </Field>
        <div className="-mt-2">
          <ModelNames
            value={watch("models")}
            onChange={(models) => setValue("models", models, { shouldDirty: true })}
          />
        </div>
        <Controller
          name="endpoints"
          control={control}
          render={({ field }) => (
            <div role="group" aria-label={f("endpoints")} className="flex flex-col gap-2">
              <p className="font-medium text-sm">{f("endpoints")}</p>
              <div className="grid grid-cols-2 gap-2 sm:grid-cols-4">
                {ENDPOINTS.map((each) => (
                  <Checkbox
                    key={each}
                    shown
                    label={t(`keys.endpoint.${each}`)}
                    checked={field.value.includes(each)}
                    onChange={(on) =>
                      field.onChange(on ? [...field.value, each] : field.value.filter((one) => one !== each))
                    }
                  />
                ))}
              </div>
              <p className="text-muted text-xs">{f("endpointsHint")}</p>
              {told("endpoints") && <p className="text-bad text-xs">{told("endpoints")}</p>}
            </div>
          )}
        />
        <Field label={f("networks")} error={told("networks")} hint={f("networksHint")} optional>
          <Input {...register("networks")} className="font-mono" />
        </Field>
        <div className="grid gap-4 sm:grid-cols-2">
          <Field label={f("pool_tags")} error={told("pool_tags")} hint={f("poolTagsHint")} optional>
            <Input {...register("pool_tags")} />
          </Field>
          <Field label={f("pool_tier")} error={told("pool_tier")}>
            <Select {...register("pool_tier")}>
              <option value="">{t("credentials.anyTier")}</option>
              <option value="basic">{t("credentials.tier.basic")}</option>
              <option value="super">{t("credentials.tier.super")}</option>
            </Select>
          </Field>
        </div>
      </Group>
      <Group title={t("keys.conduct")}>
        {(["strict", "never_log"] as const).map((name) => (
          <Controller
            key={name}
            name={name}
            control={control}
            render={({ field }) => <Checkbox shown label={f(name)} checked={field.value} onChange={field.onChange} />}
          />
        ))}
        <ContentFields
          control={control}
          hours={register("content_hours")}
          on={watch("record_content")}
          never={watch("never_log")}
          error={told("content_hours") ?? told("record_content")}
        />
        <Field label={f("note")} error={told("note")} optional>
          <Textarea rows={2} {...register("note")} className="min-h-14" />
        </Field>
      </Group>
      <FormEnd failure={failure} action={action} busy={formState.isSubmitting} onCancel={onCancel} />
    </form>
  );
}
