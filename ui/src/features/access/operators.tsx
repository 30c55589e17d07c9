import { Plus, Trash2, UserRound } from "lucide-react";
import { useState } from "react";
import { useForm } from "react-hook-form";
import { useTranslation } from "react-i18next";
import { ApiError } from "@/api/client";
import { Badge } from "@/components/badge";
import { Button, IconButton } from "@/components/button";
import { useConfirm } from "@/components/confirm";
import { Dialog } from "@/components/dialog";
import { Field, Input, SecretInput } from "@/components/field";
import { Card } from "@/components/page";
import { Empty, Failed, Skeleton } from "@/components/states";
import { useFailure } from "@/lib/failure";
import { toast } from "@/lib/toasts";
import { type Role, useAccessChanges, useOperators } from "./data";
import { Line, RoleBadge, RoleOptions } from "./rows";

function AddOperator({ onDone }: { onDone: () => void }) {
  const { t } = useTranslation();
  const { addOperator } = useAccessChanges();
  const [role, setRole] = useState<Role>("operator");
  const [failure, setFailure] = useState<unknown>(null);
  const { register, handleSubmit, setError, formState } = useForm({ defaultValues: { name: "", password: "" } });
  const save = handleSubmit(async (form) => {
    setFailure(null);
    try {
      await addOperator.mutateAsync({ ...form, name: form.name.trim(), role });
      toast.ok(t("access.added", { name: form.name }));
      onDone();
    } catch (error) {
      if (error instanceof ApiError && (error.param === "name" || error.param === "password")) {
        setError(error.param, { message: error.message }, { shouldFocus: true });
      } else setFailure(error);
    }
  });
  return (
    <form onSubmit={save} className="flex flex-col gap-4" noValidate>
      <Field label={t("access.name")} error={formState.errors.name?.message}>
        <Input {...register("name", { required: t("access.nameMissing") })} />
      </Field>
      <Field label={t("access.roleOf")} hint={t(`access.roleHint.${role}`)}>
        <RoleOptions value={role} onChange={setRole} />
      </Field>
      <Field label={t("session.password")} error={formState.errors.password?.message} hint={t("access.passwordHint")}>
        <SecretInput autoComplete="new-password" {...register("password", { required: t("session.missing") })} />
      </Field>
      {failure !== null && <Failed error={failure} />}
      <div className="flex justify-end gap-2">
        <Button onClick={onDone}>{t("action.cancel")}</Button>
        <Button look="primary" type="submit" busy={formState.isSubmitting}>
          {t("access.addOperator")}
        </Button>
      </div>
    </form>
  );
}

export function Operators() {
  const { t } = useTranslation();
  const confirm = useConfirm();
  const failed = useFailure();
  const { data, error, refetch } = useOperators(true);
  const { editOperator, removeOperator } = useAccessChanges();
  const [adding, setAdding] = useState(false);
  const remove = async (id: string, name: string) => {
    const sure = await confirm({
      title: t("access.removeOperator"),
      body: t("access.removeOperatorBody", { name }),
      action: t("action.delete"),
      danger: true,
    });
    if (sure) await removeOperator.mutateAsync(id).catch(failed);
  };
  return (
    <Card
      flush
      title={t("access.operators")}
      actions={
        <Button size="sm" onClick={() => setAdding(true)} icon={<Plus className="size-3.5" aria-hidden />}>
          {t("access.addOperator")}
        </Button>
      }
    >
      {error && <Failed error={error} onRetry={() => void refetch()} className="m-3" />}
      {!data && !error && <Skeleton className="m-4 h-16" />}
      {data?.data.length === 0 && (
        <Empty icon={<UserRound className="size-5" aria-hidden />} title={t("access.noOperators")}>
          {t("access.noOperatorsHint")}
        </Empty>
      )}
      <ul className="divide-y">
        {data?.data.map((each) => (
          <Line
            key={each.id}
            title={each.name}
            mark={
              <>
                <RoleBadge role={each.role} />
                {!each.enabled && <Badge>{t("keys.state.disabled")}</Badge>}
              </>
            }
            note={t(`access.roleHint.${each.role}`)}
            actions={
              <>
                <Button
                  size="sm"
                  look="ghost"
                  onClick={() => void editOperator.mutateAsync({ id: each.id, enabled: !each.enabled }).catch(failed)}
                >
                  {each.enabled ? t("credentials.disable") : t("credentials.enable")}
                </Button>
                <IconButton
                  label={t("access.removeNamed", { name: each.name })}
                  size="sm"
                  onClick={() => void remove(each.id, each.name)}
                >
                  <Trash2 className="size-4" aria-hidden />
                </IconButton>
              </>
            }
          />
        ))}
      </ul>
      <Dialog open={adding} onClose={() => setAdding(false)} title={t("access.addOperator")} size="sm" sticky>
        <AddOperator onDone={() => setAdding(false)} />
      </Dialog>
    </Card>
  );
}
