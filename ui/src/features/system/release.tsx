/** What is known of newer versions; nothing is shown while nobody is asked. */
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { releaseQuery } from "@/api/queries";
import { Notice } from "@/components/states";
import { Retold } from "@/lib/retold";
import { NewerVersion } from "./newer-version";

export function ReleaseNews() {
  const { t } = useTranslation();
  const { data } = useQuery(releaseQuery);
  return (
    <>
      <NewerVersion />
      {data?.failure && (
        <Notice tone="warn" title={t("system.releaseUnknown")}>
          <Retold text={data.failure} />
        </Notice>
      )}
    </>
  );
}

/** Whether the version that runs is the newest one, as far as anybody told. */
export function useIsNewest(): boolean {
  const { data } = useQuery(releaseQuery);
  return data?.newest != null && !data.newer && !data.failure;
}
