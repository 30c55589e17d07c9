import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { sessionQuery, signOut } from "@/api/session";
import { Button } from "@/components/button";
import { useTitle } from "@/lib/hooks";
import { SecondFactorSteps } from "../team/second-factor-steps";
import { Entrance } from "./login";

/** For whoever has to set up an authenticator app before anything else can be done. */
export default function SecondFactorPage() {
  const { t } = useTranslation();
  useTitle(t("session.secondFactor.title"));
  const queries = useQueryClient();
  const navigate = useNavigate();
  useQuery(sessionQuery);
  const done = async () => {
    await queries.fetchQuery({ ...sessionQuery, staleTime: 0 });
    await navigate({ to: "/" });
  };
  const leave = async () => {
    await signOut();
    queries.clear();
    await navigate({ to: "/login" });
  };
  return (
    <Entrance title={t("session.secondFactor.title")} hint={t("session.secondFactor.required")}>
      <div className="rounded-xl border bg-panel p-5 shadow-card">
        <SecondFactorSteps onDone={() => void done()} />
      </div>
      <div className="mt-4 text-center">
        <Button look="ghost" onClick={() => void leave()}>
          {t("shell.signOut")}
        </Button>
      </div>
    </Entrance>
  );
}
