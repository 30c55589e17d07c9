import { useForm } from "react-hook-form";
import { useTranslation } from "react-i18next";
import type { DriftView, PriceRow } from "@/api/schema";
import { Button } from "@/components/button";
import { Dialog } from "@/components/dialog";
import { Field, Input } from "@/components/field";
import { FormEnd } from "@/components/form-end";
import { Notice } from "@/components/states";
import { named, useAttempt } from "@/lib/attempt";
import { useFailure } from "@/lib/failure";
import { percent } from "@/lib/format";
import { useLanguage } from "@/lib/hooks";
import { toast } from "@/lib/toasts";
import { usePriceChanges } from "./data";

const FIELDS = ["input_usd_per_million", "cached_usd_per_million", "output_usd_per_million"] as const;
const NAMES = { input_usd_per_million: "input", cached_usd_per_million: "cached", output_usd_per_million: "output" };

interface Props {
  /** Whose price is set: undefined for nobody's, empty for one that is still to be named. */
  model: string | undefined;
  row: PriceRow | undefined;
  drift: DriftView | undefined;
  onClose: () => void;
}

export function PriceDialog({ model, row, drift, onClose }: Props) {
  const { t } = useTranslation();
  const language = useLanguage();
  const failed = useFailure();
  const { set, reset } = usePriceChanges();
  const { register, handleSubmit, setError, formState } = useForm({
    defaultValues: {
      model: model ?? "",
      input_usd_per_million: row?.input_usd_per_million ?? "",
      cached_usd_per_million: row?.cached_usd_per_million ?? "",
      output_usd_per_million: row?.output_usd_per_million ?? "",
    },
  });
  const { failure, attempt } = useAttempt(setError, named([...FIELDS, "model"]));
  const save = handleSubmit(({ model, ...body }) =>
    attempt(async () => {
      await set.mutateAsync({ model: model.trim(), body });
      toast.ok(t("prices.told.set", { model: model.trim() }));
      onClose();
    }),
  );
  const takeBack = () =>
    reset.mutateAsync(model ?? "").then(() => {
      toast.ok(t("prices.told.reset", { model }));
      onClose();
    }, failed);
  return (
    <Dialog
      open={model !== undefined}
      onClose={onClose}
      title={model || t("prices.add")}
      description={t("prices.hint")}
      size="sm"
    >
      <form onSubmit={save} className="flex flex-col gap-4" noValidate>
        {drift && (
          <Notice tone="warn">
            {t("prices.driftOne", { count: drift.requests, percent: percent(Math.abs(drift.percent) / 100, language) })}
          </Notice>
        )}
        {model === "" && (
          <Field label={t("prices.column.model")} error={formState.errors.model?.message}>
            <Input
              {...register("model", { required: t("prices.modelMissing") })}
              maxLength={128}
              className="font-mono"
            />
          </Field>
        )}
        {FIELDS.map((name) => (
          <Field
            key={name}
            label={t(`prices.field.${NAMES[name]}`)}
            error={formState.errors[name]?.message}
            hint={row?.list ? t("prices.listSays", { price: `$${row.list[name]}` }) : undefined}
          >
            <Input
              inputMode="decimal"
              className="num"
              {...register(name, {
                required: t("prices.amountMissing"),
                pattern: { value: /^\d+(\.\d{1,4})?$/, message: t("prices.amountWrong") },
              })}
            />
          </Field>
        ))}
        <FormEnd failure={failure} action={t("action.save")} busy={formState.isSubmitting} onCancel={onClose}>
          {row?.source === "own" && (
            <Button look="danger" className="mr-auto" busy={reset.isPending} onClick={() => void takeBack()}>
              {t(row.list ? "prices.toList" : "action.delete")}
            </Button>
          )}
        </FormEnd>
      </form>
    </Dialog>
  );
}
