import { useQuery } from "@tanstack/react-query";
import { Boxes, X } from "lucide-react";
import { useTranslation } from "react-i18next";
import type { ModelView } from "@/api/schema";
import { Allowed } from "@/components/allowed";
import { Button } from "@/components/button";
import { Dialog } from "@/components/dialog";
import { Select } from "@/components/field";
import { Card } from "@/components/page";
import { SearchField } from "@/components/search";
import { Empty, Failed, Skeleton } from "@/components/states";
import { RowButton, Table, Th } from "@/components/table";
import { number } from "@/lib/format";
import { useLanguage } from "@/lib/hooks";
import { toast } from "@/lib/toasts";
import { ChainLine } from "./chain";
import { modelsQuery, useModelChanges } from "./data";
import { ModelDrawer } from "./drawer";
import { NEW_NAME, overrideOf } from "./fields";
import { ModelForm } from "./form";
import { SourceBadge, VisibilityBadge } from "./marks";
import { KINDS, type ModelSearch, SOURCES, VISIBILITIES } from "./search";

interface Props {
  search: ModelSearch;
  onChange: (changes: Partial<ModelSearch>) => void;
}

function fits(model: ModelView, { text, source, kind, visibility }: ModelSearch): boolean {
  const wanted = text?.toLowerCase();
  const told = [model.id, model.override?.note ?? "", ...model.targets.map((each) => each.model)];
  return (
    (!wanted || told.some((each) => each.toLowerCase().includes(wanted))) &&
    (!source || model.source === source) &&
    (!kind || model.kind === kind) &&
    (!visibility || model.visibility === visibility)
  );
}

function Filters({ search, onChange }: Props) {
  const { t } = useTranslation();
  const choice = (name: "source" | "kind" | "visibility", choices: readonly string[]) => (
    <Select
      aria-label={t(`models.column.${name}`)}
      value={search[name] ?? ""}
      onChange={(event) => onChange({ [name]: event.target.value || undefined })}
      className="w-36"
    >
      <option value="">{t(`models.any.${name}`)}</option>
      {choices.map((each) => (
        <option key={each} value={each}>
          {t(`models.${name}.${each}`)}
        </option>
      ))}
    </Select>
  );
  const filtered = search.text || search.source || search.kind || search.visibility;
  return (
    <div className="flex flex-wrap items-center gap-2">
      <SearchField
        leads
        value={search.text}
        label={t("models.filter")}
        onChange={(text) => onChange({ text })}
        className="min-w-44 max-w-72 flex-1"
      />
      {choice("source", SOURCES)}
      {choice("kind", KINDS)}
      {choice("visibility", VISIBILITIES)}
      {filtered && (
        <Button
          look="ghost"
          icon={<X className="size-3.5" aria-hidden />}
          onClick={() => onChange({ text: undefined, source: undefined, kind: undefined, visibility: undefined })}
        >
          {t("credentials.clearFilters")}
        </Button>
      )}
    </div>
  );
}

function Rows({ models, onShow }: { models: ModelView[]; onShow: (id: string) => void }) {
  const { t } = useTranslation();
  const h = (name: string) => t(`models.column.${name}`);
  return (
    <Table
      label={t("models.title")}
      heads={
        <>
          <Th>{h("name")}</Th>
          <Th className="max-sm:hidden">{h("source")}</Th>
          <Th className="max-lg:hidden">{h("kind")}</Th>
          <Th className="max-md:hidden">{h("chain")}</Th>
          <Th className="max-lg:hidden">{h("tier")}</Th>
          <Th>{h("visibility")}</Th>
        </>
      }
    >
      {models.map((model) => (
        <tr key={model.id}>
          <td className="max-w-48 sm:max-w-64">
            <RowButton onClick={() => onShow(model.id)} className={model.visibility === "off" ? "text-muted" : ""}>
              {model.id}
            </RowButton>
            {model.override?.note && <span className="block truncate text-muted text-xs">{model.override.note}</span>}
            <span className="mt-0.5 block md:hidden">
              <ChainLine targets={model.targets.slice(0, 1)} />
            </span>
          </td>
          <td className="max-sm:hidden">
            <SourceBadge source={model.source} />
          </td>
          <td className="text-soft text-xs max-lg:hidden">
            {model.kind ? t(`models.kind.${model.kind}`, { defaultValue: model.kind }) : "–"}
          </td>
          <td className="max-w-80 max-md:hidden">
            <ChainLine targets={model.targets} />
          </td>
          <td className="text-soft text-xs max-lg:hidden">
            {model.tier ? t(`credentials.tier.${model.tier}`) : t("models.anyTier")}
          </td>
          <td>
            <VisibilityBadge visibility={model.visibility} />
          </td>
        </tr>
      ))}
    </Table>
  );
}

/** Every name that clients may ask for, with what stands behind it. */
export function Names({ search, onChange }: Props) {
  const { t } = useTranslation();
  const language = useLanguage();
  const { data, error, isPending, refetch } = useQuery(modelsQuery);
  const { say } = useModelChanges();
  const all = data?.data ?? [];
  const shown = all.filter((model) => fits(model, search));
  return (
    <>
      <Filters search={search} onChange={onChange} />
      {error && <Failed error={error} onRetry={() => void refetch()} />}
      {isPending && <Skeleton className="h-96" />}
      {data && (
        <>
          <Card flush className="overflow-hidden">
            {shown.length === 0 ? (
              <Empty icon={<Boxes className="size-5" aria-hidden />} title={t("models.noneFit")} />
            ) : (
              <Rows models={shown} onShow={(id) => onChange({ id })} />
            )}
          </Card>
          <p className="-mt-2 px-1 text-muted text-xs" aria-live="polite">
            {t("models.shown", {
              count: all.length,
              shown: number(shown.length, language),
              all: number(all.length, language),
            })}
          </p>
          <ModelDrawer id={search.id} models={all} onClose={() => onChange({ id: undefined })} />
        </>
      )}
      <Allowed least="operator" open={search.open === "create"} onClose={() => onChange({ open: undefined })}>
        <Dialog
          open={search.open === "create"}
          onClose={() => onChange({ open: undefined })}
          title={t("models.create")}
          description={t("models.createHint")}
          sticky
        >
          <ModelForm
            fresh
            before={NEW_NAME}
            names={all.map((each) => each.id)}
            onCancel={() => onChange({ open: undefined })}
            onSave={async (form) => {
              const id = form.id.trim();
              await say.mutateAsync({ id, body: overrideOf(form) });
              toast.ok(t("models.told.made", { id }));
              onChange({ open: undefined });
            }}
          />
        </Dialog>
      </Allowed>
    </>
  );
}
