import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { SecondFactorView } from "@/api/schema";
import { Button } from "@/components/button";
import { Dialog } from "@/components/dialog";
import { Card } from "@/components/page";
import { Notice } from "@/components/states";
import { toast } from "@/lib/toasts";
import { SecondFactorRemoval, SecondFactorSteps } from "./second-factor-steps";

const FEW = 3;

/** The authenticator app of whoever is signed in. */
export function OwnSecondFactor({ factor }: { factor: SecondFactorView }) {
  const { t } = useTranslation();
  const [open, setOpen] = useState<"set-up" | "remove" | null>(null);
  const queries = useQueryClient();
  const done = (told: string) => {
    setOpen(null);
    toast.ok(told);
    void queries.invalidateQueries({ queryKey: ["session"] });
  };
  const left = factor.recovery_codes_left;
  return (
    <Card title={t("team.app.title")}>
      <div className="flex flex-col gap-4 text-sm">
        <p className="text-soft">
          {t(factor.enrolled ? "team.app.on" : "team.app.none")}{" "}
          {factor.enrolled && t("team.app.left", { count: left })}
        </p>
        {factor.enrolled && left < FEW && (
          <Notice tone="warn" title={t("team.app.few")}>
            {t("team.app.fewHint")}
          </Notice>
        )}
        {factor.enrolled ? (
          <Button look="danger" className="self-start" onClick={() => setOpen("remove")}>
            {t("team.app.remove")}
          </Button>
        ) : (
          <Button look="primary" className="self-start" onClick={() => setOpen("set-up")}>
            {t("team.app.setUp")}
          </Button>
        )}
      </div>
      <Dialog
        open={open === "set-up"}
        onClose={() => setOpen(null)}
        title={t("session.secondFactor.title")}
        size="sm"
        sticky
      >
        <SecondFactorSteps onDone={() => done(t("team.told.appSet"))} />
      </Dialog>
      <Dialog
        open={open === "remove"}
        onClose={() => setOpen(null)}
        title={t("team.app.removeTitle")}
        description={t("team.app.removeHint")}
        size="sm"
      >
        <SecondFactorRemoval onDone={() => done(t("team.told.appRemoved"))} />
      </Dialog>
    </Card>
  );
}
