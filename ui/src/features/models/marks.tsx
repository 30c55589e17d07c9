import { useTranslation } from "react-i18next";
import type { ModelView } from "@/api/schema";
import { Badge, type Tone } from "@/components/badge";

const SOURCES: Record<ModelView["source"], Tone> = {
  operator: "accent",
  built_in: "plain",
  upstream: "info",
  alias: "plain",
};
const VISIBILITIES: Record<ModelView["visibility"], Tone> = { listed: "ok", unlisted: "warn", off: "bad" };

export function SourceBadge({ source }: { source: ModelView["source"] }) {
  const { t } = useTranslation();
  return <Badge tone={SOURCES[source]}>{t(`models.source.${source}`)}</Badge>;
}

export function VisibilityBadge({ visibility }: { visibility: ModelView["visibility"] }) {
  const { t } = useTranslation();
  return (
    <Badge tone={VISIBILITIES[visibility]} dot>
      {t(`models.visibility.${visibility}`)}
    </Badge>
  );
}
