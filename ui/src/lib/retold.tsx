/** Shows what the server wrote in the language of the console; see i18n/server-words. */
import { useEffect } from "react";
import { useLanguage } from "./hooks";
import { createStore, useStore } from "./store";

type Retell = (text: string) => string;

const asWritten: Retell = (text) => text;
const chinese = createStore<Retell | undefined>(undefined);
let asked = false;

/** Load the words once; where that fails, texts stay as the server wrote them, and the next one tries again. */
async function load(): Promise<void> {
  if (asked) return;
  asked = true;
  try {
    chinese.set((await import("@/i18n/server-words")).inChinese);
  } catch {
    asked = false;
  }
}

/** What retells the server's words; `needed` is false as long as there are none, so that nothing is loaded for them. */
export function useRetold(needed = true): Retell {
  const wanted = useLanguage() === "zh-CN";
  const known = useStore(chinese);
  useEffect(() => {
    if (wanted && needed) void load();
  }, [wanted, needed]);
  return wanted && known ? known : asWritten;
}

/** A text of the server. */
export function Retold({ text }: { text: string }) {
  return useRetold()(text);
}
