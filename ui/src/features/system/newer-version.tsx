/** A newer version of the server, for those whose settings have somebody asked for it. */
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { releaseQuery } from "@/api/queries";
import { Notice } from "@/components/states";

export function NewerVersion() {
  const { t } = useTranslation();
  const { data } = useQuery(releaseQuery);
  if (!data?.newer) return null;
  return (
    <Notice>
      {t("overview.newer", { newest: data.newest, version: data.version })}{" "}
      {data.url && (
        <a href={data.url} target="_blank" rel="noreferrer" className="text-accent-text underline underline-offset-2">
          {t("overview.whatIsNew")}
        </a>
      )}
    </Notice>
  );
}
