import { Eye, EyeOff, RotateCcw } from "lucide-react";
import { type ReactNode, useState } from "react";
import { useTranslation } from "react-i18next";
import type { ModelView } from "@/api/schema";
import { useMay } from "@/api/session";
import { Badge } from "@/components/badge";
import { Button } from "@/components/button";
import { useConfirm } from "@/components/confirm";
import { Drawer } from "@/components/dialog";
import { Facts } from "@/components/page";
import { Segmented } from "@/components/segmented";
import { Empty, Notice } from "@/components/states";
import { TimeAgo } from "@/components/timeago";
import { useFailure } from "@/lib/failure";
import { toast } from "@/lib/toasts";
import { Chain } from "./chain";
import { useModelChanges } from "./data";
import { modelForm, overrideOf, saysNothing } from "./fields";
import { ModelForm } from "./form";
import { SourceBadge, VisibilityBadge } from "./marks";

function About({ model }: { model: ModelView }) {
  const { t } = useTranslation();
  const rows: [string, ReactNode][] = [
    [t("models.column.source"), <SourceBadge key="source" source={model.source} />],
    [t("models.column.kind"), model.kind ? t(`models.kind.${model.kind}`, { defaultValue: model.kind }) : "–"],
    [t("models.column.visibility"), <VisibilityBadge key="visibility" visibility={model.visibility} />],
    [t("models.column.tier"), model.tier ? t(`credentials.tier.${model.tier}`) : t("models.anyTier")],
    [t("models.field.reasoning"), model.reasoning_shown ? t("models.yes") : t("models.no")],
  ];
  if (model.override?.target) {
    rows.push([
      t("models.field.target"),
      <span key="target" className="font-mono text-xs">
        {model.override.target}
      </span>,
    ]);
  }
  if (model.override?.created_at) rows.push([t("models.said"), <TimeAgo key="said" at={model.override.created_at} />]);
  if (model.override?.note) rows.push([t("models.field.note"), model.override.note]);
  return <Facts rows={rows} />;
}

function Actions({ model, onGone }: { model: ModelView; onGone: () => void }) {
  const { t } = useTranslation();
  const confirm = useConfirm();
  const failed = useFailure();
  const { say, reset } = useModelChanges();
  const off = model.visibility === "off";
  const own = model.source === "operator";
  const turn = async () => {
    const body = { ...overrideOf(modelForm(model)), visibility: off ? ("listed" as const) : ("off" as const) };
    const work = saysNothing(body) ? reset.mutateAsync({ id: model.id }) : say.mutateAsync({ id: model.id, body });
    await work.then(() => toast.ok(t(off ? "models.told.shown" : "models.told.hidden", { id: model.id })), failed);
  };
  const takeBack = async () => {
    const sure = await confirm({
      title: t(own ? "models.deleteTitle" : "models.resetTitle"),
      body: t(own ? "models.deleteBody" : "models.resetBody", { id: model.id }),
      action: t(own ? "action.delete" : "models.reset"),
      danger: true,
    });
    if (!sure) return;
    await reset.mutateAsync({ id: model.id }).then((left) => {
      toast.ok(t(own ? "models.told.deleted" : "models.told.reset", { id: model.id }));
      if (!left) onGone();
    }, failed);
  };
  return (
    <div className="flex flex-wrap gap-2">
      <Button
        onClick={() => void turn()}
        busy={say.isPending || reset.isPending}
        icon={
          off ? <Eye className="size-4 text-muted" aria-hidden /> : <EyeOff className="size-4 text-muted" aria-hidden />
        }
      >
        {t(off ? "models.show" : "models.hide")}
      </Button>
      {model.override && (
        <Button
          look="danger"
          onClick={() => void takeBack()}
          busy={reset.isPending}
          icon={<RotateCcw className="size-4" aria-hidden />}
        >
          {t(own ? "action.delete" : "models.reset")}
        </Button>
      )}
    </div>
  );
}

function Content({ model, names, onClose }: { model: ModelView; names: string[]; onClose: () => void }) {
  const { t } = useTranslation();
  const may = useMay();
  const { say, reset } = useModelChanges();
  const [part, setPart] = useState<"about" | "edit">("about");
  return (
    <div className="flex flex-col gap-5">
      {may("operator") && (
        <Segmented
          label={t("credentials.parts")}
          value={part}
          onChange={setPart}
          options={[
            { value: "about", label: t("credentials.about") },
            { value: "edit", label: t("action.edit") },
          ]}
        />
      )}
      {part === "edit" ? (
        <ModelForm
          before={modelForm(model)}
          names={names.filter((name) => name !== model.id)}
          onCancel={() => setPart("about")}
          onSave={async (form) => {
            const body = overrideOf(form);
            if (!saysNothing(body)) await say.mutateAsync({ id: model.id, body });
            else if (model.override) await reset.mutateAsync({ id: model.id });
            toast.ok(t("models.told.saved", { id: model.id }));
            setPart("about");
          }}
        />
      ) : (
        <>
          {model.visibility === "off" && <Notice tone="warn">{t("models.visibilityHint.off")}</Notice>}
          {model.visibility !== "off" && !model.servable && <Notice tone="warn">{t("models.unservedHint")}</Notice>}
          <About model={model} />
          <section className="flex flex-col gap-2">
            <h3 className="font-semibold text-sm">{t("models.chain")}</h3>
            <p className="text-muted text-xs">{t("models.chainHint")}</p>
            {model.targets.length > 0 ? <Chain model={model} /> : <Badge>{t("models.noChain")}</Badge>}
          </section>
          {may("operator") && <Actions model={model} onGone={onClose} />}
        </>
      )}
    </div>
  );
}

interface Props {
  id: string | undefined;
  models: ModelView[];
  onClose: () => void;
}

export function ModelDrawer({ id, models, onClose }: Props) {
  const { t } = useTranslation();
  const model = models.find((each) => each.id === id);
  return (
    <Drawer open={id !== undefined} onClose={onClose} title={id ?? ""}>
      {model ? (
        <Content key={model.id} model={model} names={models.map((each) => each.id)} onClose={onClose} />
      ) : (
        <Empty icon={<EyeOff className="size-5" aria-hidden />} title={t("models.gone")} />
      )}
    </Drawer>
  );
}
