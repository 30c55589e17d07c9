import { Link, useRouter } from "@tanstack/react-router";
import { Compass } from "lucide-react";
import { useTranslation } from "react-i18next";
import { Button } from "@/components/button";
import { Empty, Failed, Skeleton } from "@/components/states";

export function PagePending() {
  const { t } = useTranslation();
  return (
    <div
      className="mx-auto flex w-full max-w-6xl flex-col gap-4 px-6 py-6"
      role="status"
      aria-label={t("form.loading")}
    >
      <Skeleton className="h-7 w-48" />
      <Skeleton className="h-24" />
      <Skeleton className="h-64" />
    </div>
  );
}

export function PageFailed({ error }: { error: unknown }) {
  const router = useRouter();
  return (
    <div className="mx-auto w-full max-w-3xl p-6">
      <Failed error={error} onRetry={() => void router.invalidate()} />
    </div>
  );
}

export function NotFound() {
  const { t } = useTranslation();
  return (
    <main id="main" className="grid min-h-[60dvh] place-items-center">
      <h1 className="sr-only">{t("shell.notFound")}</h1>
      <Empty
        icon={<Compass className="size-5" aria-hidden />}
        title={t("shell.notFound")}
        action={
          <Link to="/">
            <Button tabIndex={-1}>{t("shell.toOverview")}</Button>
          </Link>
        }
      >
        {t("shell.notFoundHint")}
      </Empty>
    </main>
  );
}
