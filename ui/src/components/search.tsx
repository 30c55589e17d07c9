import { Search } from "lucide-react";
import { useEffect, useRef, useState } from "react";
import { cn } from "@/lib/cn";
import { isTyping, useKey, useSettled } from "@/lib/hooks";
import { Input } from "./field";

/** A field whose text becomes part of the address when the typing pauses; `/` goes to it, if it leads. */
export function SearchField({
  value,
  label,
  onChange,
  leads,
  className,
}: {
  value: string | undefined;
  label: string;
  onChange: (value: string | undefined) => void;
  leads?: boolean;
  className?: string;
}) {
  const [typed, setTyped] = useState(value ?? "");
  const settled = useSettled(typed, 300);
  const told = useRef(value ?? "");
  const latest = useRef(onChange);
  latest.current = onChange;
  const input = useRef<HTMLInputElement>(null);
  useEffect(() => {
    if (settled === told.current) return;
    told.current = settled;
    latest.current(settled || undefined);
  }, [settled]);
  useEffect(() => {
    if ((value ?? "") === told.current) return;
    told.current = value ?? "";
    setTyped(told.current);
  }, [value]);
  useKey((event) => {
    if (!leads || event.key !== "/" || isTyping(event)) return;
    event.preventDefault();
    input.current?.focus();
  });
  return (
    <div className={cn("relative", className)}>
      {leads && <Search className="pointer-events-none absolute top-2 left-2.5 size-4 text-muted" aria-hidden />}
      <Input
        ref={input}
        type="search"
        aria-label={label}
        placeholder={label}
        value={typed}
        onChange={(event) => setTyped(event.target.value)}
        className={leads ? "pl-8" : undefined}
      />
    </div>
  );
}
