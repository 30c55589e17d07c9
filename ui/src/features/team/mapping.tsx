import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { setupQuery } from "@/api/session";
import { Notice } from "@/components/states";
import { useSettings } from "../settings/data";

/** Where accounts come from besides this page, and which of them gets which role. */
export function SingleSignOnMapping() {
  const { t } = useTranslation();
  const { data: setup } = useQuery(setupQuery);
  const { data: settings } = useSettings();
  if (!setup?.single_sign_on) return null;
  const shown = settings?.sections.flatMap((each) => each.settings).find((each) => each.path === "oidc.roles");
  const rules = Array.isArray(shown?.value) ? shown.value : [];
  return (
    <Notice title={t("team.sso.mapping", { name: setup.single_sign_on })}>
      <p>{t("team.sso.mappingHint", { claim: setup.groups_claim })}</p>
      <ul className="my-1 list-disc pl-5 font-mono text-xs">
        {rules.map((each) => (
          <li key={String(each)} className="break-all">
            {String(each)}
          </li>
        ))}
      </ul>
      <Link to="/settings" search={{ section: "oidc" }} className="underline">
        {t("team.sso.settings")}
      </Link>
    </Notice>
  );
}
