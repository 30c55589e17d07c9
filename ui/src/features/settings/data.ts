/** The settings as the server tells them, and the changes that somebody has in hand. */
import { useQuery } from "@tanstack/react-query";
import { useChange } from "@/api/changes";
import { api } from "@/api/client";
import type {
  ChangedView,
  CheckView,
  FileView,
  HistoryPage,
  ProblemView,
  SettingsView,
  SettingView,
} from "@/api/schema";

export type Value = SettingView["value"];
/** New values by path; null takes away what the store holds. */
export type Draft = ReadonlyMap<string, Value | null>;

const SETTINGS = ["settings"];

export function useSettings() {
  return useQuery({
    queryKey: ["settings"],
    queryFn: ({ signal }) => api.get<SettingsView>("/settings", undefined, signal),
  });
}

export function useHistory(enabled: boolean) {
  return useQuery({
    queryKey: ["settings", "history"],
    queryFn: ({ signal }) => api.get<HistoryPage>("/settings/history", { limit: 50 }, signal),
    enabled,
  });
}

export function bodyOf(draft: Draft): { set: Record<string, Value>; unset: string[] } {
  const set: Record<string, Value> = {};
  const unset: string[] = [];
  for (const [path, value] of draft) {
    if (value === null) unset.push(path);
    else set[path] = value;
  }
  return { set, unset };
}

export function useSettingChanges() {
  return {
    check: useChange([], (draft: Draft) => api.post<CheckView>("/settings/check", bodyOf(draft))),
    read: useChange([], (content: string) => api.post<FileView>("/settings/read", { content })),
    save: useChange(SETTINGS, ({ draft, revision }: { draft: Draft; revision: number }) =>
      api.patch<ChangedView>("/settings", { ...bodyOf(draft), revision }),
    ),
    rollback: useChange(SETTINGS, ({ to, revision }: { to: number; revision: number }) =>
      api.post<ChangedView>("/settings/rollback", { to, revision }),
    ),
  };
}

/** Why something cannot be, in the language of the console as far as there are words. */
export function problemText(problem: ProblemView, language: string): string {
  return language === "zh-CN" && problem.message_zh ? problem.message_zh : problem.message;
}

/** A value as a person reads it. */
export function shownValue(value: Value | null): string {
  if (value === null) return "–";
  if (Array.isArray(value)) return value.join(", ") || "[]";
  return value === "" ? "“”" : String(value);
}

/** What was typed as the kind of value that the setting takes; undefined if it is none. */
export function readValue(setting: SettingView, typed: string): Value | undefined {
  const parts = typed
    .split(/[,，\n]/)
    .map((each) => each.trim())
    .filter(Boolean);
  switch (setting.kind) {
    case "integer":
    case "number":
      return typed.trim() === "" || Number.isNaN(Number(typed)) ? undefined : Number(typed);
    case "texts":
      return parts;
    case "integers":
      return parts.some((each) => !/^-?\d+$/.test(each)) ? undefined : parts.map(Number);
    default:
      return typed;
  }
}
