import { useState } from "react";
import { useForm } from "react-hook-form";
import { useTranslation } from "react-i18next";
import { ApiError } from "@/api/client";
import type { OperatorView } from "@/api/schema";
import type { Role } from "@/api/session";
import { Button } from "@/components/button";
import { Dialog } from "@/components/dialog";
import { Field, Input, SecretInput, Select } from "@/components/field";
import { Failed, Notice } from "@/components/states";
import { toast } from "@/lib/toasts";
import { useOperatorChanges } from "./data";
import { SHORTEST } from "./password";

export const ROLES: Role[] = ["viewer", "operator", "owner"];

interface Props {
  open: boolean;
  /** Whose account is changed; null makes one. */
  before: OperatorView | null;
  onClose: () => void;
}

function Form({ before, onClose }: Omit<Props, "open">) {
  const { t } = useTranslation();
  const { create, edit } = useOperatorChanges();
  const [failure, setFailure] = useState<unknown>(null);
  const { register, handleSubmit, setError, watch, formState } = useForm({
    defaultValues: { name: before?.name ?? "", role: before?.role ?? ("operator" as Role), password: "" },
  });
  const { errors } = formState;
  const save = handleSubmit(async ({ name, role, password }) => {
    setFailure(null);
    try {
      if (before) {
        const changes = {
          name: name === before.name ? null : name,
          role: before.issuer || role === before.role ? null : role,
        };
        await edit.mutateAsync({ id: before.id, body: { ...changes, password: password || null } });
      } else await create.mutateAsync({ name, role, password });
      toast.ok(t(before ? "team.told.edited" : "team.told.created", { name }));
      onClose();
    } catch (error) {
      const field =
        error instanceof ApiError &&
        (["name", "role", "password"] as const).find((each) => each === error.param || error.code === `${each}_taken`);
      if (field) setError(field, { message: (error as ApiError).message }, { shouldFocus: true });
      else setFailure(error);
    }
  });
  return (
    <form onSubmit={save} className="flex flex-col gap-4" noValidate>
      <Field label={t("team.column.name")} error={errors.name?.message}>
        <Input {...register("name", { required: t("keys.nameMissing") })} maxLength={64} />
      </Field>
      {before?.issuer && <Notice>{t("team.sso.role")}</Notice>}
      <Field label={t("team.column.role")} hint={t(`team.roleHint.${watch("role")}`)} error={errors.role?.message}>
        <Select disabled={!!before?.issuer} {...register("role")}>
          {ROLES.map((role) => (
            <option key={role} value={role}>
              {t(`team.role.${role}`)}
            </option>
          ))}
        </Select>
      </Field>
      {!before?.issuer && (
        <Field
          label={t(before ? "team.new" : "session.password")}
          hint={t(before ? "team.resetHint" : "team.newHint", { count: SHORTEST })}
          error={errors.password?.message}
          optional={!!before}
        >
          <SecretInput
            autoComplete="new-password"
            {...register("password", {
              required: before ? false : t("team.tooShort", { count: SHORTEST }),
              minLength: { value: SHORTEST, message: t("team.tooShort", { count: SHORTEST }) },
            })}
          />
        </Field>
      )}
      {failure !== null && <Failed error={failure} />}
      <div className="flex justify-end gap-2">
        <Button onClick={onClose}>{t("action.cancel")}</Button>
        <Button look="primary" type="submit" busy={formState.isSubmitting}>
          {t(before ? "action.save" : "team.make")}
        </Button>
      </div>
    </form>
  );
}

export function OperatorDialog({ open, before, onClose }: Props) {
  const { t } = useTranslation();
  return (
    <Dialog
      open={open}
      onClose={onClose}
      title={before ? before.name : t("team.create")}
      description={before ? undefined : t("team.createHint")}
      size="sm"
      sticky
    >
      <Form before={before} onClose={onClose} />
    </Dialog>
  );
}
