import { describe, expect, it } from "vitest";
import { safeLink, safePicture } from "./addresses";

const HERE = "http://localhost:8000";

describe("addresses out of a model's text", () => {
  it.each([
    "javascript:alert(1)",
    " JaVaScRiPt:alert(1)",
    "java\nscript:alert(1)",
    "data:text/html,<b>",
    "vbscript:x",
    "file:///etc/passwd",
  ])("%j leads nowhere", (address) => expect(safeLink(address, HERE)).toBeUndefined());
  it.each(["https://x.ai/", "http://example.com/a?b=c", "mailto:a@example.com"])("%j may be followed", (address) =>
    expect(safeLink(address, HERE)).toBe(address),
  );
  it("shows pictures of this server, and none of others or with script", () => {
    expect(safePicture("/v1/media/abc?signature=x", HERE)).toBe(`${HERE}/v1/media/abc?signature=x`);
    expect(safePicture("data:image/png;base64,AAAA", HERE)).toBe("data:image/png;base64,AAAA");
    expect(safePicture("data:image/svg+xml;base64,AAAA", HERE)).toBeUndefined();
    expect(safePicture("https://elsewhere.example/pixel.png", HERE)).toBeUndefined();
  });
});
