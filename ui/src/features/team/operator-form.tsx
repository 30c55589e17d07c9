import { useForm } from "react-hook-form";
import { useTranslation } from "react-i18next";
import type { OperatorView } from "@/api/schema";
import type { Role } from "@/api/session";
import { Dialog } from "@/components/dialog";
import { Field, Input, SecretInput, Select } from "@/components/field";
import { FormEnd } from "@/components/form-end";
import { Notice } from "@/components/states";
import { useAttempt } from "@/lib/attempt";
import { toast } from "@/lib/toasts";
import { useOperatorChanges } from "./data";
import { SHORTEST } from "./password";

export const ROLES: Role[] = ["viewer", "operator", "owner"];
const FIELDS = ["name", "role", "password"] as const;

interface Props {
  open: boolean;
  /** Whose account is changed; null makes one. */
  before: OperatorView | null;
  onClose: () => void;
}

function Form({ before, onClose }: Omit<Props, "open">) {
  const { t } = useTranslation();
  const { create, edit } = useOperatorChanges();
  const { register, handleSubmit, setError, watch, formState } = useForm({
    defaultValues: { name: before?.name ?? "", role: before?.role ?? ("operator" as Role), password: "" },
  });
  const { failure, attempt } = useAttempt(setError, (error) =>
    FIELDS.find((each) => each === error.param || error.code === `${each}_taken`),
  );
  const { errors } = formState;
  const save = handleSubmit(({ name, role, password }) =>
    attempt(async () => {
      if (before) {
        const changes = {
          name: name === before.name ? null : name,
          role: before.issuer || role === before.role ? null : role,
        };
        await edit.mutateAsync({ id: before.id, body: { ...changes, password: password || null } });
      } else await create.mutateAsync({ name, role, password });
      toast.ok(t(before ? "team.told.edited" : "team.told.created", { name }));
      onClose();
    }),
  );
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
      <FormEnd
        failure={failure}
        action={t(before ? "action.save" : "team.make")}
        busy={formState.isSubmitting}
        onCancel={onClose}
      />
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
