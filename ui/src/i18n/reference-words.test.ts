import { describe, expect, it } from "vitest";
import { inChinese } from "./reference-words";

describe("the words of the API reference in Chinese", () => {
  it("are those of a whole paragraph", () => {
    expect(inChinese("List credentials")).toBe("列出凭据");
    expect(inChinese("Sent to Grok as it is.")).toBe("原样转发给 Grok。");
    expect(inChinese("Calls at a time; 0 is no limit.")).toBe("同时进行的调用数；0 表示不限。");
  });
  it("put the note of a parameter behind its policy", () => {
    expect(inChinese("Sent to Grok in its own words. Wins over `max_tokens`.")).toBe(
      "转换为 Grok 的写法后发送。优先于 `max_tokens`。",
    );
  });
  it("hide nothing that there are no words for", () => {
    for (const text of ["", "Nobody has words for this.", "Done by the gateway. Nobody has noted this."])
      expect(inChinese(text)).toBe(text);
  });
});
