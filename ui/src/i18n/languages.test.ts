import { describe, expect, it } from "vitest";
import en from "./en";
import { preferred } from "./preferred";
import zh from "./zh-CN";

function keys(tree: object, prefix = ""): string[] {
  return Object.entries(tree).flatMap(([name, value]) =>
    typeof value === "object" ? keys(value, `${prefix}${name}.`) : [`${prefix}${name}`],
  );
}

/** Chinese has one form for every number. */
const singular = (key: string) => key.replace(/_one$/, "_other");

describe("the console's languages", () => {
  it("say the same things", () => {
    expect([...new Set(keys(zh))].sort()).toEqual([...new Set(keys(en).map(singular))].sort());
  });
  it("fill in the same places", () => {
    const places = (text: unknown) => [...String(text).matchAll(/\{\{(\w+)\}\}/g)].map(([, name]) => name).sort();
    const flat = (tree: object) =>
      Object.fromEntries(
        keys(tree).map((key) => [
          key,
          key.split(".").reduce<unknown>((at, part) => (at as Record<string, unknown>)[part], tree),
        ]),
      );
    const english = flat(en);
    for (const [key, text] of Object.entries(flat(zh))) expect(places(text), key).toEqual(places(english[key]));
  });
  it("begin with what was chosen, then with the browser's", () => {
    expect(preferred(null, ["de-DE", "zh-TW", "en"])).toBe("zh-CN");
    expect(preferred("en", ["zh-CN"])).toBe("en");
    expect(preferred("klingon", ["fr"])).toBe("en");
  });
});
