import { useForm } from "react-hook-form";
import { useTranslation } from "react-i18next";
import type { EditBody } from "@/api/schema";
import { Dialog } from "@/components/dialog";
import { Field, Input, Select } from "@/components/field";
import { FormEnd } from "@/components/form-end";
import { parts } from "./fields";

interface Form {
  add_tags: string;
  remove_tags: string;
  tier: "" | "basic" | "super";
  priority: string;
  weight: string;
  max_concurrency: string;
}

function changesOf(form: Form): EditBody {
  const changes: EditBody = {};
  if (parts(form.add_tags).length > 0) changes.add_tags = parts(form.add_tags);
  if (parts(form.remove_tags).length > 0) changes.remove_tags = parts(form.remove_tags);
  if (form.tier) changes.tier = form.tier;
  for (const field of ["priority", "weight", "max_concurrency"] as const) {
    if (form[field] !== "") changes[field] = Number(form[field]);
  }
  return changes;
}

interface Props {
  open: boolean;
  count: number;
  onClose: () => void;
  onSave: (changes: EditBody) => void;
}

export function BulkEdit({ open, count, onClose, onSave }: Props) {
  const { t } = useTranslation();
  const { register, handleSubmit, watch, reset } = useForm<Form>({
    defaultValues: { add_tags: "", remove_tags: "", tier: "", priority: "", weight: "", max_concurrency: "" },
  });
  const nothing = Object.keys(changesOf(watch())).length === 0;
  const f = (field: string) => t(`credentials.field.${field}`);
  return (
    <Dialog
      open={open}
      onClose={onClose}
      title={t("credentials.bulk.editTitle", { count })}
      description={t("credentials.bulk.editHint")}
    >
      <form
        className="flex flex-col gap-4"
        onSubmit={handleSubmit((form) => {
          onSave(changesOf(form));
          reset();
        })}
      >
        <div className="grid gap-4 sm:grid-cols-2">
          <Field label={t("credentials.bulk.addTags")}>
            <Input {...register("add_tags")} />
          </Field>
          <Field label={t("credentials.bulk.removeTags")}>
            <Input {...register("remove_tags")} />
          </Field>
          <Field label={f("tier")}>
            <Select {...register("tier")}>
              <option value="">{t("credentials.bulk.unchanged")}</option>
              <option value="super">{t("credentials.tier.super")}</option>
              <option value="basic">{t("credentials.tier.basic")}</option>
            </Select>
          </Field>
          <Field label={f("priority")}>
            <Input type="number" {...register("priority")} placeholder={t("credentials.bulk.unchanged")} />
          </Field>
          <Field label={f("weight")}>
            <Input type="number" min={0} {...register("weight")} placeholder={t("credentials.bulk.unchanged")} />
          </Field>
          <Field label={f("maxConcurrency")}>
            <Input
              type="number"
              min={0}
              {...register("max_concurrency")}
              placeholder={t("credentials.bulk.unchanged")}
            />
          </Field>
        </div>
        <FormEnd action={t("action.save")} disabled={nothing} onCancel={onClose} />
      </form>
    </Dialog>
  );
}
