import { ChevronLeft, ChevronRight, Download, Trash2 } from "lucide-react";
import { useTranslation } from "react-i18next";
import type { MediaView } from "@/api/schema";
import { Button, IconButton } from "@/components/button";
import { useConfirm } from "@/components/confirm";
import { CopyButton } from "@/components/copy";
import { Dialog } from "@/components/dialog";
import { Facts } from "@/components/page";
import { TimeAgo } from "@/components/timeago";
import { useFailure } from "@/lib/failure";
import { bytes } from "@/lib/format";
import { useKey, useLanguage } from "@/lib/hooks";
import { toast } from "@/lib/toasts";
import { useErase } from "./data";
import { Preview } from "./preview";
import { Share } from "./share";

interface Props {
  media: MediaView | undefined;
  all: MediaView[];
  onShow: (id: string | undefined) => void;
}

/** One of them, with the ones before and after it at the arrow keys. */
export function Detail({ media, all, onShow }: Props) {
  const { t } = useTranslation();
  const language = useLanguage();
  const confirm = useConfirm();
  const failed = useFailure();
  const erase = useErase();
  const place = media ? all.findIndex((each) => each.id === media.id) : -1;
  const [before, after] = place < 0 ? [] : [all[place - 1], all[place + 1]];
  useKey((event) => {
    const target = event.target as HTMLElement | null;
    if (!media || target?.closest("video, audio, input, [role=alertdialog]")) return;
    const next = event.key === "ArrowLeft" ? before : event.key === "ArrowRight" ? after : undefined;
    if (next) onShow(next.id);
  });
  const remove = async (gone: MediaView) => {
    const sure = await confirm({
      title: t("media.deleteTitle"),
      body: t("media.deleteBody"),
      action: t("action.delete"),
      danger: true,
    });
    if (!sure) return;
    await erase.mutateAsync(gone.id).then(() => {
      toast.ok(t("media.deleted"));
      onShow((after ?? before)?.id);
    }, failed);
  };
  return (
    <Dialog
      open={media !== undefined}
      onClose={() => onShow(undefined)}
      title={media ? t(`media.kind.${media.kind}`) : ""}
      description={media ? `${media.mime} · ${bytes(media.size, language)}` : undefined}
      size="lg"
      footer={
        media && (
          <>
            <span className="mr-auto flex">
              <IconButton label={t("media.before")} disabled={!before} onClick={() => before && onShow(before.id)}>
                <ChevronLeft className="size-4" aria-hidden />
              </IconButton>
              <IconButton label={t("media.after")} disabled={!after} onClick={() => after && onShow(after.id)}>
                <ChevronRight className="size-4" aria-hidden />
              </IconButton>
            </span>
            <Button
              look="danger"
              busy={erase.isPending}
              icon={<Trash2 className="size-4" aria-hidden />}
              onClick={() => void remove(media)}
            >
              {t("action.delete")}
            </Button>
            {media.link && (
              <a
                href={media.link}
                download
                className="inline-flex h-8 items-center gap-2 rounded-md border border-line-strong bg-panel px-3 font-medium text-sm shadow-card hover:bg-hover"
              >
                <Download className="size-4 text-muted" aria-hidden />
                {t("action.download")}
              </a>
            )}
          </>
        )
      }
    >
      {media && (
        <div className="flex flex-col gap-4">
          <Preview key={media.id} media={media} />
          <Facts
            rows={[
              [t("media.owner"), media.owner_name ?? <span className="font-mono text-xs">{media.owner || "–"}</span>],
              [t("media.made"), <TimeAgo key="made" at={media.created_at} />],
              [t("media.used"), <TimeAgo key="used" at={media.last_used_at} />],
              [
                "ID",
                <span key="id" className="flex items-start gap-1">
                  <span className="min-w-0 break-all font-mono text-xs">{media.id}</span>
                  <CopyButton text={media.id} className="-my-1" />
                </span>,
              ],
            ]}
          />
          {media.link && <Share key={`share ${media.id}`} media={media} />}
        </div>
      )}
    </Dialog>
  );
}
