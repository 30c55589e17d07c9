import { AudioLines, Clapperboard, Image, Plus } from "lucide-react";
import { useState } from "react";
import { useForm } from "react-hook-form";
import { useTranslation } from "react-i18next";
import type { MediaPriceRow } from "@/api/schema";
import { useMay } from "@/api/session";
import { Badge } from "@/components/badge";
import { Button } from "@/components/button";
import { Dialog } from "@/components/dialog";
import { Field, Input } from "@/components/field";
import { FormEnd } from "@/components/form-end";
import { Card } from "@/components/page";
import { RowButton, Table, Th } from "@/components/table";
import { named, useAttempt } from "@/lib/attempt";
import { useFailure } from "@/lib/failure";
import { toast } from "@/lib/toasts";
import { usePriceChanges } from "./data";
import { unitOf } from "./things";

const ICONS = { pictures: Image, videos: Clapperboard, sound: AudioLines };

interface DialogProps {
  /** What is priced: undefined for nothing, empty for a thing that is still to be named. */
  thing: string | undefined;
  row: MediaPriceRow | undefined;
  onClose: () => void;
}

function MediaPriceDialog({ thing, row, onClose }: DialogProps) {
  const { t } = useTranslation();
  const failed = useFailure();
  const { setMedia, resetMedia } = usePriceChanges();
  const { register, handleSubmit, setError, formState, watch } = useForm({
    defaultValues: { thing: thing ?? "", usd: row?.usd ?? "" },
  });
  const typed = watch("thing");
  const { failure, attempt } = useAttempt(setError, named(["usd"]));
  const save = handleSubmit(({ thing, usd }) =>
    attempt(async () => {
      await setMedia.mutateAsync({ thing: thing.trim(), usd });
      toast.ok(t("prices.told.set", { model: thing.trim() }));
      onClose();
    }),
  );
  const takeBack = () =>
    resetMedia.mutateAsync(thing ?? "").then(() => {
      toast.ok(t("prices.told.reset", { model: thing }));
      onClose();
    }, failed);
  return (
    <Dialog
      open={thing !== undefined}
      onClose={onClose}
      title={thing || t("prices.media.add")}
      description={t("prices.media.hint")}
      size="sm"
    >
      <form onSubmit={save} className="flex flex-col gap-4" noValidate>
        {thing === "" && (
          <Field
            label={t("prices.media.thing")}
            hint={<span className="break-all font-mono">{"pictures/MODEL/any/1k · videos/MODEL/720p"}</span>}
            error={formState.errors.thing?.message}
          >
            <Input
              {...register("thing", { required: t("prices.media.thingMissing") })}
              maxLength={128}
              className="font-mono"
            />
          </Field>
        )}
        <Field
          label={t("prices.media.usd", { unit: t(`prices.media.unit.${unitOf(typed)}`) })}
          error={formState.errors.usd?.message}
          hint={row?.list ? t("prices.listSays", { price: `$${row.list}` }) : undefined}
        >
          <Input
            inputMode="decimal"
            className="num"
            {...register("usd", {
              required: t("prices.amountMissing"),
              pattern: { value: /^\d+(\.\d{1,10})?$/, message: t("prices.media.amountWrong") },
            })}
          />
        </Field>
        <FormEnd failure={failure} action={t("action.save")} busy={formState.isSubmitting} onCancel={onClose}>
          {row?.source === "own" && (
            <Button look="danger" className="mr-auto" busy={resetMedia.isPending} onClick={() => void takeBack()}>
              {t(row.list ? "prices.toList" : "action.delete")}
            </Button>
          )}
        </FormEnd>
      </form>
    </Dialog>
  );
}

function Row({ row, onShow }: { row: MediaPriceRow; onShow?: () => void }) {
  const { t } = useTranslation();
  const Icon = ICONS[row.thing.split("/")[0] as keyof typeof ICONS] ?? Image;
  const changed = row.source === "own" && row.list !== null && row.list !== row.usd;
  return (
    <tr>
      <td className="max-w-40 sm:max-w-80">
        <span className="flex items-center gap-2">
          <Icon className="size-4 shrink-0 text-muted max-sm:hidden" aria-hidden />
          {onShow ? (
            <RowButton onClick={onShow}>{row.thing}</RowButton>
          ) : (
            <span className="truncate font-medium">{row.thing}</span>
          )}
        </span>
      </td>
      <td className="text-muted max-sm:hidden">{t(`prices.media.unit.${unitOf(row.thing)}`)}</td>
      <td className="num whitespace-nowrap text-right">
        {`$${row.usd}`}
        {changed && (
          <span className="block text-muted text-xs line-through">
            <span className="sr-only">{t("prices.listed")} </span>
            {`$${row.list}`}
          </span>
        )}
      </td>
      <td className="max-md:hidden">
        <Badge tone={row.source === "own" ? "accent" : "plain"}>{t(`prices.source.${row.source}`)}</Badge>
      </td>
    </tr>
  );
}

/** What pictures, clips and sounds cost where xAI does not say. */
export function MediaPrices({ rows }: { rows: MediaPriceRow[] }) {
  const { t } = useTranslation();
  const may = useMay();
  const [chosen, setChosen] = useState<string>();
  if (rows.length === 0 && !may("owner")) return null;
  return (
    <Card
      flush
      className="overflow-hidden"
      title={t("prices.media.title")}
      actions={
        may("owner") && (
          <Button size="sm" icon={<Plus className="size-3.5 text-muted" aria-hidden />} onClick={() => setChosen("")}>
            {t("prices.media.add")}
          </Button>
        )
      }
    >
      <Table
        label={t("prices.media.title")}
        heads={
          <>
            <Th>{t("prices.media.thing")}</Th>
            <Th className="max-sm:hidden">{t("prices.media.per")}</Th>
            <Th className="text-right!">{t("prices.media.price")}</Th>
            <Th className="max-md:hidden">{t("prices.column.source")}</Th>
          </>
        }
      >
        {rows.map((row) => (
          <Row key={row.thing} row={row} onShow={may("owner") ? () => setChosen(row.thing) : undefined} />
        ))}
      </Table>
      {may("owner") && (
        <MediaPriceDialog
          key={chosen ?? "closed"}
          thing={chosen}
          row={rows.find((row) => row.thing === chosen)}
          onClose={() => setChosen(undefined)}
        />
      )}
    </Card>
  );
}
