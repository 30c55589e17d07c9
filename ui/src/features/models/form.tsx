import { ArrowDown, ArrowUp, Plus, X } from "lucide-react";
import { useId } from "react";
import { Controller, useFieldArray, useForm } from "react-hook-form";
import { useTranslation } from "react-i18next";
import { Button, IconButton } from "@/components/button";
import { Field, Input, Select, Textarea } from "@/components/field";
import { FormEnd } from "@/components/form-end";
import { Segmented } from "@/components/segmented";
import { useAttempt } from "@/lib/attempt";
import { EFFORTS, type ModelForm as Form, fieldOf } from "./fields";
import { VISIBILITIES } from "./search";

interface Props {
  before: Form;
  /** Whether the name itself is still open. */
  fresh?: boolean;
  /** What a name may stand for, to choose from. */
  names: string[];
  onSave: (form: Form) => Promise<void>;
  onCancel: () => void;
}

export function ModelForm({ before, fresh, names, onSave, onCancel }: Props) {
  const { t } = useTranslation();
  const { register, control, handleSubmit, setError, formState } = useForm<Form>({ defaultValues: before });
  const { fields, append, remove, move } = useFieldArray({ control, name: "fallbacks" });
  const { failure, attempt } = useAttempt(setError, (error) => {
    const field = error.param ? fieldOf(error.param) : "";
    return field in before || field.startsWith("fallbacks.") ? (field as keyof Form) : undefined;
  });
  const list = useId();
  const f = (name: string) => t(`models.field.${name}`);
  const told = (name: Exclude<keyof Form, "fallbacks">) => formState.errors[name]?.message;
  const save = handleSubmit((form) => attempt(() => onSave(form)));
  const efforts = (
    <>
      <option value="">{t("models.keep")}</option>
      {EFFORTS.map((each) => (
        <option key={each} value={each}>
          {each}
        </option>
      ))}
    </>
  );
  const many = formState.errors.fallbacks?.message ?? formState.errors.fallbacks?.root?.message;
  return (
    <form onSubmit={save} className="flex flex-col gap-4" noValidate>
      <datalist id={list}>
        {names.map((name) => (
          <option key={name} value={name} />
        ))}
      </datalist>
      {fresh && (
        <Field label={f("id")} hint={f("idHint")} error={told("id")}>
          <Input {...register("id", { required: t("models.nameMissing") })} maxLength={128} className="font-mono" />
        </Field>
      )}
      <Field label={f("target")} hint={f(fresh ? "targetHint" : "targetKept")} error={told("target")} optional={!fresh}>
        <Input {...register("target")} list={list} className="font-mono" />
      </Field>
      <div className="grid gap-4 sm:grid-cols-2">
        <Field label={f("effort")} hint={f("effortHint")} error={told("effort")}>
          <Select {...register("effort")}>{efforts}</Select>
        </Field>
        <Field label={f("asked")} hint={f("askedHint")} error={told("asked")}>
          <Select {...register("asked")}>{efforts}</Select>
        </Field>
      </div>
      <fieldset className="flex min-w-0 flex-col gap-2 border-t pt-4">
        <legend className="sr-only">{f("fallbacks")}</legend>
        <p aria-hidden className="font-semibold text-sm">
          {f("fallbacks")}
        </p>
        <p className="text-muted text-xs">{f("fallbacksHint")}</p>
        {fields.map((field, place) => {
          const wrong = formState.errors.fallbacks?.[place];
          const problem = wrong?.model?.message ?? wrong?.effort?.message;
          const at = { place: place + 1 };
          return (
            <div key={field.id} className="flex flex-col gap-1">
              <div className="flex items-center gap-1.5">
                <Input
                  {...register(`fallbacks.${place}.model`)}
                  list={list}
                  aria-label={t("models.fallback", at)}
                  aria-invalid={!!problem || undefined}
                  className="flex-1 font-mono"
                />
                <Select
                  {...register(`fallbacks.${place}.effort`)}
                  aria-label={t("models.fallbackEffort", at)}
                  className="w-28 shrink-0"
                >
                  {efforts}
                </Select>
                <div className="flex shrink-0">
                  <IconButton
                    size="sm"
                    label={t("models.up", at)}
                    disabled={place === 0}
                    onClick={() => move(place, place - 1)}
                  >
                    <ArrowUp className="size-3.5" aria-hidden />
                  </IconButton>
                  <IconButton
                    size="sm"
                    label={t("models.down", at)}
                    disabled={place === fields.length - 1}
                    onClick={() => move(place, place + 1)}
                    className="max-sm:hidden"
                  >
                    <ArrowDown className="size-3.5" aria-hidden />
                  </IconButton>
                  <IconButton size="sm" label={t("models.drop", at)} onClick={() => remove(place)}>
                    <X className="size-3.5" aria-hidden />
                  </IconButton>
                </div>
              </div>
              {problem && (
                <p role="alert" className="text-bad text-xs">
                  {problem}
                </p>
              )}
            </div>
          );
        })}
        {many && (
          <p role="alert" className="text-bad text-xs">
            {many}
          </p>
        )}
        <Button
          size="sm"
          className="self-start"
          icon={<Plus className="size-3.5" aria-hidden />}
          onClick={() => append({ model: "", effort: "", asked: "" })}
        >
          {t("models.addFallback")}
        </Button>
      </fieldset>
      <div className="grid gap-4 border-t pt-4 sm:grid-cols-2">
        <Field label={f("tier")} hint={f("tierHint")} error={told("tier")}>
          <Select {...register("tier")}>
            <option value="">{t("models.keep")}</option>
            <option value="any">{t("models.anyTier")}</option>
            <option value="basic">{t("credentials.tier.basic")}</option>
            <option value="super">{t("credentials.tier.super")}</option>
          </Select>
        </Field>
        <Field label={f("reasoning")} hint={f("reasoningHint")} error={told("reasoning")}>
          <Select {...register("reasoning")}>
            <option value="">{t("models.keep")}</option>
            <option value="yes">{t("models.yes")}</option>
            <option value="no">{t("models.no")}</option>
          </Select>
        </Field>
      </div>
      <Controller
        name="visibility"
        control={control}
        render={({ field }) => (
          <div className="flex flex-col gap-1.5">
            <p className="font-medium text-sm">{f("visibility")}</p>
            <div>
              <Segmented
                label={f("visibility")}
                value={field.value}
                onChange={field.onChange}
                options={VISIBILITIES.map((each) => ({ value: each, label: t(`models.visibility.${each}`) }))}
              />
            </div>
            <p className="text-muted text-xs">{t(`models.visibilityHint.${field.value}`)}</p>
          </div>
        )}
      />
      <Field label={f("note")} error={told("note")} optional>
        <Textarea rows={2} {...register("note")} maxLength={2000} className="min-h-14" />
      </Field>
      <FormEnd
        failure={failure}
        action={fresh ? t("models.make") : t("action.save")}
        busy={formState.isSubmitting}
        onCancel={onCancel}
      />
    </form>
  );
}
