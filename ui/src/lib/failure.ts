import { useCallback } from "react";
import { useTranslation } from "react-i18next";
import { errorText } from "./errors";
import { toast } from "./toasts";

/** Tell a failure at the edge of the page. */
export function useFailure(): (error: unknown) => void {
  const { t } = useTranslation();
  return useCallback(
    (error) => {
      const told = errorText(error, t);
      toast.bad(told.title, told.detail, told.reference);
    },
    [t],
  );
}
