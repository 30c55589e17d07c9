/** Which language a person wants. */

export const LANGUAGES = { en: "English", "zh-CN": "简体中文" } as const;
export type Language = keyof typeof LANGUAGES;
export function preferred(kept: string | null, wanted: readonly string[]): Language {
  if (kept === "en" || kept === "zh-CN") return kept;
  for (const each of wanted) {
    if (each.toLowerCase().startsWith("zh")) return "zh-CN";
    if (each.toLowerCase().startsWith("en")) return "en";
  }
  return "en";
}
