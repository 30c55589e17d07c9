import { cn } from "@/lib/cn";

const COLOURS: Record<string, string> = {
  GET: "text-info",
  POST: "text-ok",
  PATCH: "text-warn",
  PUT: "text-warn",
  DELETE: "text-bad",
};

export function Method({ method }: { method: string }) {
  return <span className={cn("w-13 shrink-0 font-mono font-semibold text-2xs", COLOURS[method])}>{method}</span>;
}
