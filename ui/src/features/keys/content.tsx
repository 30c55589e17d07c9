import { Trash2 } from "lucide-react";
import { type Control, Controller, type UseFormRegisterReturn } from "react-hook-form";
import { useTranslation } from "react-i18next";
import type { KeyView } from "@/api/schema";
import { useMay } from "@/api/session";
import { Badge } from "@/components/badge";
import { Button } from "@/components/button";
import { useConfirm } from "@/components/confirm";
import { Field, Input } from "@/components/field";
import { Notice } from "@/components/states";
import { Checkbox } from "@/components/toggle";
import { useFailure } from "@/lib/failure";
import { toast } from "@/lib/toasts";
import { useRecordings } from "../requests/recording";
import { useKeyChanges } from "./data";
import type { KeyForm } from "./fields";

interface FieldsProps {
  control: Control<KeyForm>;
  hours: UseFormRegisterReturn;
  on: boolean;
  never: boolean;
  error: string | undefined;
}

/** Whether a key's prompts and answers are kept, with a warning of what that means before it is saved. */
export function ContentFields({ control, hours, on, never, error }: FieldsProps) {
  const { t } = useTranslation();
  const { data } = useRecordings();
  return (
    <>
      <Controller
        name="record_content"
        control={control}
        render={({ field }) => (
          <Checkbox
            shown
            label={t("keys.field.record_content")}
            checked={field.value && !never}
            disabled={never}
            onChange={field.onChange}
          />
        )}
      />
      {on && !never && (
        <div className="flex flex-col gap-3 border-l pl-4">
          <Notice tone="warn">{t("contents.warning")}</Notice>
          {data?.max_hours === 0 && <Notice tone="warn">{t("contents.forbidden")}</Notice>}
          <Field
            label={t("keys.field.content_hours")}
            error={error}
            hint={data && t("contents.hoursHint", { count: data.default_hours, most: data.max_hours })}
            optional
          >
            <Input type="number" min={0} {...hours} className="num w-40" />
          </Field>
        </div>
      )}
    </>
  );
}

/** Whether a key's prompts and answers are kept now, and the way to be rid of those that are. */
export function ContentPart({ of: key }: { of: KeyView }) {
  const { t } = useTranslation();
  const may = useMay();
  const confirm = useConfirm();
  const failed = useFailure();
  const { forget } = useKeyChanges();
  const hours = key.content_kept_hours;
  const erase = async () => {
    const sure = await confirm({
      title: t("contents.deleteAllTitle"),
      body: t("contents.deleteAllBody", { name: key.name }),
      action: t("action.delete"),
      danger: true,
    });
    if (!sure) return;
    await forget
      .mutateAsync(key.id)
      .then(({ requests }) => toast.ok(t("contents.deletedAll", { count: requests })), failed);
  };
  return (
    <section className="flex flex-wrap items-center justify-between gap-3 rounded-lg border p-3">
      <div className="flex flex-wrap items-center gap-2 text-sm">
        <span className="font-medium">{t("keys.field.content")}</span>
        <Badge tone={hours > 0 ? "warn" : "plain"} dot>
          {hours > 0 ? t("contents.kept", { count: hours }) : t("contents.notKept")}
        </Badge>
      </div>
      {may("operator") && (
        <Button
          size="sm"
          look="danger"
          busy={forget.isPending}
          icon={<Trash2 className="size-3.5" aria-hidden />}
          onClick={() => void erase()}
        >
          {t("contents.deleteAll")}
        </Button>
      )}
    </section>
  );
}
