import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { CircleAlert, CircleCheck } from "lucide-react";
import { useTranslation } from "react-i18next";
import { api } from "@/api/client";
import type { CredentialPage } from "@/api/schema";
import { Card } from "@/components/page";
import { StatusCell } from "../credentials/status";

/** The credentials that only a person can bring back, or that rest; `served` is false if none is in service. */
export function NeedsAttention({ served }: { served: boolean }) {
  const { t } = useTranslation();
  const { data } = useQuery({
    queryKey: ["credentials", "attention"],
    queryFn: ({ signal }) =>
      api.get<CredentialPage>(
        "/credentials",
        { status: ["expired", "blocked", "exhausted", "cooling"], limit: 6 },
        signal,
      ),
    refetchInterval: 10_000,
  });
  if (!data) return null;
  return (
    <Card flush title={t("overview.attention")}>
      {data.data.length === 0 ? (
        <p className="flex items-center gap-2 p-4 text-muted text-sm">
          {served ? (
            <CircleCheck className="size-4 text-ok" aria-hidden />
          ) : (
            <CircleAlert className="size-4 text-bad" aria-hidden />
          )}
          {t(served ? "overview.allWell" : "overview.noneInService")}
        </p>
      ) : (
        <ul className="divide-y">
          {data.data.map((credential) => (
            <li key={credential.id}>
              <Link
                to="/credentials"
                search={{ id: credential.id }}
                className="grid min-h-11 grid-cols-1 items-center gap-x-4 gap-y-1 px-4 py-2 text-sm hover:bg-hover/60 sm:grid-cols-[minmax(0,1fr)_minmax(0,1.4fr)]"
              >
                <span className="truncate font-medium">{credential.name || credential.hint}</span>
                <StatusCell credential={credential} t={t} />
              </Link>
            </li>
          ))}
        </ul>
      )}
    </Card>
  );
}
