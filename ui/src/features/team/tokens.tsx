import { useQuery } from "@tanstack/react-query";
import { KeyRound, Plus } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { TokenView } from "@/api/schema";
import { Badge } from "@/components/badge";
import { Button } from "@/components/button";
import { useConfirm } from "@/components/confirm";
import { Card } from "@/components/page";
import { Empty, Failed, Skeleton } from "@/components/states";
import { Table, Th } from "@/components/table";
import { TimeAgo } from "@/components/timeago";
import { useFailure } from "@/lib/failure";
import { toast } from "@/lib/toasts";
import { tokensQuery, useTokenChanges } from "./data";
import { TokenDialog } from "./token-form";

function Row({ token }: { token: TokenView }) {
  const { t } = useTranslation();
  const confirm = useConfirm();
  const failed = useFailure();
  const { revoke } = useTokenChanges();
  const end = async () => {
    const sure = await confirm({
      title: t("team.revokeTokenTitle"),
      body: t("team.revokeTokenBody", { name: token.name }),
      action: t("team.revokeToken"),
      danger: true,
    });
    if (sure) await revoke.mutateAsync(token.id).then(() => toast.ok(t("team.told.tokenRevoked")), failed);
  };
  return (
    <tr>
      <td className="max-w-60">
        <span className="block truncate font-medium">{token.name}</span>
        <span className="block truncate font-mono text-muted text-xs">{token.hint}</span>
      </td>
      <td>
        <Badge>{t(`team.role.${token.role}`)}</Badge>
      </td>
      <td className="whitespace-nowrap text-xs max-sm:hidden">
        {token.expired ? (
          <Badge tone="bad" dot>
            {t("keys.state.expired")}
          </Badge>
        ) : token.expires_at ? (
          <span className="text-soft">
            <TimeAgo at={token.expires_at} />
          </span>
        ) : (
          <span className="text-muted">{t("team.endless")}</span>
        )}
      </td>
      <td className="whitespace-nowrap text-muted text-xs max-md:hidden">
        <TimeAgo at={token.last_used_at} />
      </td>
      <td className="max-w-40 truncate text-muted text-xs max-lg:hidden">{token.created_by}</td>
      <td className="text-right">
        <Button size="sm" look="danger" busy={revoke.isPending} onClick={() => void end()}>
          {t("team.revokeToken")}
        </Button>
      </td>
    </tr>
  );
}

/** Tokens with which programs use the admin API. */
export function Tokens() {
  const { t } = useTranslation();
  const { data, error, isPending, refetch } = useQuery(tokensQuery);
  const [open, setOpen] = useState(false);
  const make = (
    <Button look="primary" icon={<Plus className="size-4" aria-hidden />} onClick={() => setOpen(true)}>
      {t("team.createToken")}
    </Button>
  );
  return (
    <>
      {error && <Failed error={error} onRetry={() => void refetch()} />}
      {isPending && <Skeleton className="h-48" />}
      {data && data.data.length > 0 && <div className="flex justify-end">{make}</div>}
      {data && (
        <Card flush className="overflow-hidden">
          {data.data.length === 0 ? (
            <Empty icon={<KeyRound className="size-5" aria-hidden />} title={t("team.noTokens")} action={make}>
              {t("team.noTokensHint")}
            </Empty>
          ) : (
            <Table
              label={t("team.tokens")}
              heads={
                <>
                  <Th>{t("team.column.name")}</Th>
                  <Th>{t("team.column.role")}</Th>
                  <Th className="max-sm:hidden">{t("team.column.ends")}</Th>
                  <Th className="max-md:hidden">{t("team.column.used")}</Th>
                  <Th className="max-lg:hidden">{t("team.column.by")}</Th>
                  <Th>
                    <span className="sr-only">{t("shell.do")}</span>
                  </Th>
                </>
              }
            >
              {data.data.map((token) => (
                <Row key={token.id} token={token} />
              ))}
            </Table>
          )}
        </Card>
      )}
      <TokenDialog open={open} onClose={() => setOpen(false)} />
    </>
  );
}
