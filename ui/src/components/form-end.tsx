import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "./button";
import { Failed } from "./states";

interface Props {
  /** What went wrong with the form as a whole; null if nothing did. */
  failure?: unknown;
  /** What sending it does. */
  action: string;
  busy?: boolean;
  disabled?: boolean;
  onCancel?: () => void;
  /** What else can be done here. */
  children?: ReactNode;
}

/** How a form ends. */
export function FormEnd({ failure = null, action, busy, disabled, onCancel, children }: Props) {
  const { t } = useTranslation();
  return (
    <>
      {failure !== null && <Failed error={failure} />}
      <div className="flex flex-wrap justify-end gap-2">
        {children}
        {onCancel && <Button onClick={onCancel}>{t("action.cancel")}</Button>}
        <Button look="primary" type="submit" busy={busy} disabled={disabled}>
          {action}
        </Button>
      </div>
    </>
  );
}
