import { useMutation } from "@tanstack/react-query";
import { Link2 } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "@/api/client";
import type { MediaView, SharedLink } from "@/api/schema";
import { Button } from "@/components/button";
import { CodeBlock } from "@/components/copy";
import { Field, Select } from "@/components/field";
import { TimeAgo } from "@/components/timeago";
import { useFailure } from "@/lib/failure";

const LIVES = { hour: 3600, day: 86_400, week: 604_800, month: 2_592_000 };
type Life = keyof typeof LIVES;

/** A link for whoever has no key, for as long as somebody chooses. */
export function Share({ media }: { media: MediaView }) {
  const { t } = useTranslation();
  const failed = useFailure();
  const [life, setLife] = useState<Life>("day");
  const make = useMutation({
    mutationFn: () => api.post<SharedLink>(`/media/${encodeURIComponent(media.id)}/link`, { seconds: LIVES[life] }),
    onError: failed,
  });
  return (
    <div className="flex flex-col gap-3 rounded-lg border p-3">
      <div className="flex flex-wrap items-end gap-2">
        <Field label={t("media.share.life")} className="min-w-32">
          <Select
            value={life}
            onChange={(event) => {
              setLife(event.target.value as Life);
              make.reset();
            }}
          >
            {Object.keys(LIVES).map((each) => (
              <option key={each} value={each}>
                {t(`media.share.lives.${each}`)}
              </option>
            ))}
          </Select>
        </Field>
        <Button
          busy={make.isPending}
          onClick={() => make.mutate()}
          icon={<Link2 className="size-4 text-muted" aria-hidden />}
        >
          {t("media.share.make")}
        </Button>
      </div>
      <p className="text-muted text-xs">{t("media.share.hint")}</p>
      {make.data && (
        <div className="flex flex-col gap-1" role="status">
          <CodeBlock
            code={location.origin + make.data.link}
            label={t("media.share.link")}
            className="[&_pre]:whitespace-pre-wrap [&_pre]:break-all"
          />
          <p className="text-muted text-xs">
            {t("media.share.ends")} <TimeAgo at={make.data.expires_at} />
          </p>
        </div>
      )}
    </div>
  );
}
