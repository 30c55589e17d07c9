/**
 * The server's own words in Chinese. Loaded only when the Chinese console shows some: never import it by name.
 *
 * A phrase is a whole text with holes: `{0}` takes what stands there as it is, `{0!}` takes anything and retells it.
 * Whatever no phrase is for stays as the server wrote it.
 */
import groups from "./server-words.zh-CN.json";

type Reading = { fits: RegExp; holes: string[]; chinese: string };

const HOLE = /\{(\d+)(!?)\}/g;
const LONGEST = 2000;
const DEEPEST = 4;

const exact = new Map<string, string>();
const readings: Reading[] = [];

for (const [english, chinese] of Object.values(groups).flat() as [string, string][]) {
  const holes = [...english.matchAll(HOLE)];
  if (holes.length === 0) {
    exact.set(english, chinese);
    continue;
  }
  const pieces = english.split(HOLE);
  let pattern = "";
  for (let place = 0; place < pieces.length; place += 3) {
    pattern += (pieces[place] ?? "").replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
    if (place + 1 < pieces.length) pattern += pieces[place + 2] === "!" ? "(.+?)" : "((?:(?!: ).)+?)";
  }
  const names = holes.map(([, number, retell]) => `${number}${retell}`);
  readings.push({ fits: new RegExp(`^${pattern}$`, "s"), holes: names, chinese });
}

/** The Chinese of a text for which there is a phrase as a whole. */
function whole(text: string, depth: number): string | undefined {
  const known = exact.get(text);
  if (known !== undefined) return known;
  for (const { fits, holes, chinese } of readings) {
    const found = fits.exec(text);
    if (found) {
      return holes.reduce((told, name, place) => {
        const value = found[place + 1] ?? "";
        return told.replace(`{${name.replace("!", "")}}`, () => (name.endsWith("!") ? said(value, depth + 1) : value));
      }, chinese);
    }
  }
  return undefined;
}

/** The same for a text that ends with something in brackets, such as what xAI said. */
function bracketed(text: string, depth: number): string | undefined {
  if (!text.endsWith(")")) return undefined;
  if (depth > DEEPEST) return undefined;
  for (let at = text.lastIndexOf(" ("); at > 0; at = text.lastIndexOf(" (", at - 1)) {
    const start = text.slice(0, at);
    const head = whole(start, depth) ?? bracketed(start, depth + 1);
    if (head !== undefined) return `${head}（${said(text.slice(at + 2, -1), depth + 1)}）`;
  }
  return undefined;
}

function said(text: string, depth: number): string {
  if (depth > DEEPEST || text.length > LONGEST) return text;
  const known = whole(text, depth);
  if (known !== undefined) return known;
  const own = text.indexOf("：") + 1;
  if (own > 0) return text.slice(0, own) + said(text.slice(own), depth + 1);
  for (let at = text.indexOf(": "); at > 0; at = text.indexOf(": ", at + 1)) {
    const head = text.slice(0, at);
    const told = whole(head, depth) ?? bracketed(head, depth);
    if (told !== undefined) return `${told}：${said(text.slice(at + 2), depth + 1)}`;
  }
  return bracketed(text, depth) ?? text;
}

const KEPT = 500;
const kept = new Map<string, string>();

/** What the server said, in Chinese as far as there are words. */
export function inChinese(text: string): string {
  const known = kept.get(text);
  if (known !== undefined) return known;
  const told = text
    .split("\n\n")
    .map((paragraph) => said(paragraph, 0))
    .join("\n\n");
  if (kept.size >= KEPT) kept.clear();
  kept.set(text, told);
  return told;
}
