/** Sending a form: what is refused stands at the field that it is about, and anything else below the form. */
import { useState } from "react";
import type { FieldPath, FieldValues, UseFormSetError } from "react-hook-form";
import { ApiError } from "@/api/client";

/** Tell which of a form's fields a refusal names. */
export function named<Field extends string>(fields: readonly Field[]): (error: ApiError) => Field | undefined {
  return (error) => fields.find((each) => each === error.param);
}

export function useAttempt<Form extends FieldValues>(
  setError: UseFormSetError<Form>,
  fieldOf: (error: ApiError) => FieldPath<Form> | undefined = () => undefined,
) {
  const [failure, setFailure] = useState<unknown>(null);
  const attempt = async (work: () => Promise<unknown>): Promise<void> => {
    setFailure(null);
    try {
      await work();
    } catch (error) {
      const field = error instanceof ApiError ? fieldOf(error) : undefined;
      if (field) setError(field, { message: (error as ApiError).message }, { shouldFocus: true });
      else setFailure(error);
    }
  };
  return { failure, attempt };
}
