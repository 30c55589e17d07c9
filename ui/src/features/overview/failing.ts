/** Whether most of what is asked fails now, and of what. */
import type { RequestRow } from "@/api/schema";

type Row = Pick<RequestRow, "end" | "error_code" | "model" | "credential_name" | "key_name">;

export interface Failing {
  failed: number;
  asked: number;
  /** The code that most of them ended with. */
  code: string;
  /** Names that all of them have in common, such as the only model or the only client key. */
  shared: string[];
}

const FEWEST = 5;
const FAILED = new Set(["failed", "refused", "cut"]);

/** Null as long as at least half is answered, or there is too little to tell. */
export function failingOf(rows: readonly Row[]): Failing | null {
  const failed = rows.filter((row) => FAILED.has(row.end));
  if (rows.length < FEWEST || failed.length * 2 <= rows.length) return null;
  const counts = new Map<string, number>();
  for (const { error_code: code } of failed) counts.set(code, (counts.get(code) ?? 0) + 1);
  const [code = ""] = [...counts.entries()].sort((a, b) => b[1] - a[1])[0] ?? [];
  const shared = (["model", "key_name", "credential_name"] as const).flatMap((field) => {
    const names = new Set(failed.map((row) => row[field] ?? ""));
    const [only] = names;
    return names.size === 1 && only ? [only] : [];
  });
  return { failed: failed.length, asked: rows.length, code, shared };
}
