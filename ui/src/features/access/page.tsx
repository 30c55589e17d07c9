import { useTranslation } from "react-i18next";
import { useCapability } from "@/api/capabilities";
import { useRole } from "@/api/session";
import { Page } from "@/components/page";
import { Operators } from "./operators";
import { Password } from "./password";
import { Sessions } from "./sessions";
import { Tokens } from "./tokens";

export default function AccessPage() {
  const { t } = useTranslation();
  const can = useCapability();
  const owner = useRole() === "owner";
  return (
    <Page title={t("access.title")} description={t("access.description")}>
      <div className="grid items-start gap-5 xl:grid-cols-2">
        {owner && can("/operators") && <Operators />}
        {owner && can("/tokens") && <Tokens />}
        {can("/sessions") && <Sessions />}
        {can("/session/password", "put") && <Password />}
      </div>
    </Page>
  );
}
