import { ChevronDown, Eye, EyeOff } from "lucide-react";
import {
  createContext,
  type InputHTMLAttributes,
  type ReactNode,
  type Ref,
  type SelectHTMLAttributes,
  type TextareaHTMLAttributes,
  useContext,
  useId,
  useState,
} from "react";
import { useTranslation } from "react-i18next";
import { cn } from "@/lib/cn";
import { Retold } from "@/lib/retold";

interface Named {
  id: string;
  describedBy?: string;
  invalid: boolean;
}
const FieldContext = createContext<Named | null>(null);

interface FieldProps {
  label: string;
  hint?: ReactNode;
  error?: string;
  optional?: boolean;
  className?: string;
  children: ReactNode;
}

/** A labelled part of a form; what is wrong with it stands below it. */
export function Field({ label, hint, error, optional, className, children }: FieldProps) {
  const { t } = useTranslation();
  const id = useId();
  const note = `${id}-note`;
  return (
    <FieldContext value={{ id, describedBy: hint || error ? note : undefined, invalid: !!error }}>
      <div className={cn("flex min-w-0 flex-col gap-1.5", className)}>
        <label htmlFor={id} className="flex items-baseline gap-2 font-medium text-fg text-sm">
          {label}
          {optional && <span className="font-normal text-muted text-xs">{t("form.optional")}</span>}
        </label>
        {children}
        {(error || hint) && (
          <div
            id={note}
            className={cn("text-xs", error ? "text-bad" : "text-muted")}
            role={error ? "alert" : undefined}
          >
            {error ? <Retold text={error} /> : hint}
          </div>
        )}
      </div>
    </FieldContext>
  );
}

const BOX =
  "w-full min-w-0 rounded-md border border-control/60 bg-panel px-2.5 text-fg text-sm shadow-card transition-colors hover:border-control " +
  "focus-within:outline-2 focus-within:outline-offset-0 focus-within:outline-accent disabled:opacity-55 aria-invalid:border-bad";

function useNamed(own: { id?: string }) {
  const named = useContext(FieldContext);
  return {
    id: own.id ?? named?.id,
    "aria-describedby": named?.describedBy,
    "aria-invalid": named?.invalid || undefined,
  };
}

type InputProps = InputHTMLAttributes<HTMLInputElement> & { ref?: Ref<HTMLInputElement> };

export function Input({ className, ...rest }: InputProps) {
  return (
    <input {...useNamed(rest)} spellCheck={false} autoComplete="off" className={cn(BOX, "h-8", className)} {...rest} />
  );
}

/** A field for a secret, which can be looked at. */
export function SecretInput({ className, ...rest }: InputProps) {
  const { t } = useTranslation();
  const [shown, setShown] = useState(false);
  return (
    <div className="relative">
      <Input type={shown ? "text" : "password"} className={cn("pr-9 font-mono", className)} {...rest} />
      <button
        type="button"
        aria-label={shown ? t("form.hideSecret") : t("form.showSecret")}
        aria-pressed={shown}
        onClick={() => setShown(!shown)}
        className="absolute inset-y-0.5 right-0.5 grid w-8 place-items-center rounded text-muted hover:text-fg"
      >
        {shown ? <EyeOff className="size-4" aria-hidden /> : <Eye className="size-4" aria-hidden />}
      </button>
    </div>
  );
}

type TextareaProps = TextareaHTMLAttributes<HTMLTextAreaElement> & { ref?: Ref<HTMLTextAreaElement> };

export function Textarea({ className, ...rest }: TextareaProps) {
  return (
    <textarea {...useNamed(rest)} spellCheck={false} className={cn(BOX, "min-h-20 py-1.5", className)} {...rest} />
  );
}

type SelectProps = SelectHTMLAttributes<HTMLSelectElement> & { ref?: Ref<HTMLSelectElement> };

export function Select({ className, children, ...rest }: SelectProps) {
  return (
    <div className={cn("relative", className)}>
      <select {...useNamed(rest)} className={cn(BOX, "h-8 cursor-pointer appearance-none truncate pr-8")} {...rest}>
        {children}
      </select>
      <ChevronDown className="pointer-events-none absolute top-2 right-2.5 size-4 text-muted" aria-hidden />
    </div>
  );
}
