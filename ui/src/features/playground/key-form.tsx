import { Link } from "@tanstack/react-router";
import { KeyRound } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "@/components/button";
import { Field, SecretInput } from "@/components/field";
import { Card } from "@/components/page";
import { setClientKey } from "@/lib/client-key";

/** Asks for a client key, to be held in memory. */
export function KeyForm() {
  const { t } = useTranslation();
  const [typed, setTyped] = useState("");
  return (
    <Card className="mx-auto w-full max-w-lg">
      <form
        className="flex flex-col gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          if (typed.trim()) setClientKey(typed);
        }}
      >
        <div className="flex items-center gap-3">
          <span className="grid size-9 shrink-0 place-items-center rounded-lg border bg-sunken text-muted">
            <KeyRound className="size-4" aria-hidden />
          </span>
          <div>
            <h2 className="font-semibold">{t("playground.key.title")}</h2>
            <p className="text-muted text-sm">{t("playground.key.hint")}</p>
          </div>
        </div>
        <Field label={t("playground.key.label")}>
          <SecretInput value={typed} onChange={(event) => setTyped(event.target.value)} placeholder="sk-…" autoFocus />
        </Field>
        <div className="flex flex-col gap-1 text-muted text-xs">
          <p>
            {t("playground.key.make")}{" "}
            <Link to="/keys" className="font-medium text-accent-text hover:underline">
              {t("nav.keys")}
            </Link>
          </p>
          <p>{t("playground.key.command")}</p>
        </div>
        <Button look="primary" type="submit" disabled={!typed.trim()} className="self-end">
          {t("playground.key.use")}
        </Button>
      </form>
    </Card>
  );
}
