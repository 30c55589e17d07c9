/** What the documents say, in the language of the console: paragraphs, and code as code. */
import { cn } from "@/lib/cn";
import { bookOf, type Retell, useBook } from "@/lib/retold";
import { paragraphsOf } from "./model";

const referenceWords = bookOf(async () => (await import("@/i18n/reference-words")).inChinese);

export function useReferenceWords(): Retell {
  return useBook(referenceWords);
}

export function Told({ text, className }: { text: string; className?: string }) {
  const said = useReferenceWords();
  return paragraphsOf(text).map((paragraph, place) => (
    <p key={place} className={cn("break-words", className)}>
      {said(paragraph)
        .split(/`([^`]+)`/)
        .map((part, at) =>
          at % 2 === 1 ? (
            <code key={at} className="break-words rounded bg-sunken px-1 font-mono text-[0.9em]">
              {part}
            </code>
          ) : (
            part
          ),
        )}
    </p>
  ));
}
