import { useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { sessionQuery, useMay } from "@/api/session";
import { Badge } from "@/components/badge";
import { Card, Facts, Page } from "@/components/page";
import { Segmented } from "@/components/segmented";
import { Notice } from "@/components/states";
import { TimeAgo } from "@/components/timeago";
import { Operators } from "./operators";
import { OwnPassword } from "./password";
import { VIEWS } from "./search";
import { OwnSecondFactor } from "./second-factor";
import { Sessions } from "./sessions";
import { Tokens } from "./tokens";

const route = getRouteApi("/inside/team");

function Account() {
  const { t } = useTranslation();
  const { data: session } = useQuery(sessionQuery);
  if (!session) return null;
  return (
    <div className="grid items-start gap-5 lg:grid-cols-2">
      <Card title={t("team.you")}>
        <Facts
          rows={[
            [t("team.column.name"), session.name],
            [t("team.column.role"), <Badge key="role">{t(`team.role.${session.role}`)}</Badge>],
            [t("team.mayDo"), t(`team.roleHint.${session.role}`)],
            [t("team.column.began"), <TimeAgo key="began" at={session.created_at} />],
            [t("team.idleEnd"), <TimeAgo key="idle" at={session.idle_at} />],
            [t("team.column.ends"), <TimeAgo key="ends" at={session.expires_at} />],
          ]}
        />
      </Card>
      {session.single_sign_on ? (
        <Notice title={t("team.sso.you")}>{t("team.sso.youHint")}</Notice>
      ) : (
        <div className="flex min-w-0 flex-col gap-5">
          <OwnPassword generated={session.change_password} />
          {session.second_factor && <OwnSecondFactor factor={session.second_factor} />}
        </div>
      )}
      <div className="min-w-0 lg:col-span-2">
        <Sessions everyone={false} />
      </div>
    </div>
  );
}

export default function TeamPage() {
  const { t } = useTranslation();
  const may = useMay();
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const owner = may("owner");
  const view = owner ? (search.view ?? "account") : "account";
  return (
    <Page title={t(owner ? "team.title" : "shell.ownAccount")} description={t("team.description")}>
      {owner && (
        <div>
          <Segmented
            label={t("team.view")}
            value={view}
            onChange={(next) => void navigate({ search: { view: next === "account" ? undefined : next } })}
            options={VIEWS.map((each) => ({ value: each, label: t(`team.${each}`) }))}
          />
        </div>
      )}
      {view === "account" && <Account />}
      {view === "operators" && <Operators />}
      {view === "tokens" && <Tokens />}
      {view === "sessions" && <Sessions everyone />}
    </Page>
  );
}
