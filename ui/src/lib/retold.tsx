/** Shows what the server wrote in the language of the console; see i18n/server-words. */
import { useEffect } from "react";
import { useLanguage } from "./hooks";
import { createStore, type Store, useStore } from "./store";

export type Retell = (text: string) => string;

/** Chinese words that are loaded once something needs them. */
export interface Book {
  retell: Store<Retell | undefined>;
  load: () => Promise<void>;
}

const asWritten: Retell = (text) => text;

/** Load words once; where that fails, texts stay as they are written, and the next one tries again. */
export function bookOf(fetched: () => Promise<Retell>): Book {
  const retell = createStore<Retell | undefined>(undefined);
  let asked = false;
  return {
    retell,
    load: async () => {
      if (asked) return;
      asked = true;
      try {
        retell.set(await fetched());
      } catch {
        asked = false;
      }
    },
  };
}

/** What retells texts by a book; `needed` is false as long as there are none, so that nothing is loaded for them. */
export function useBook(book: Book, needed = true): Retell {
  const wanted = useLanguage() === "zh-CN";
  const known = useStore(book.retell);
  useEffect(() => {
    if (wanted && needed) void book.load();
  }, [book, wanted, needed]);
  return wanted && known ? known : asWritten;
}

const serverWords = bookOf(async () => (await import("@/i18n/server-words")).inChinese);

/** What retells the server's words. */
export function useRetold(needed = true): Retell {
  return useBook(serverWords, needed);
}

/** A text of the server. */
export function Retold({ text }: { text: string }) {
  return useRetold()(text);
}
