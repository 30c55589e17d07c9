import { describe, expect, it } from "vitest";
import { agentName } from "./agent";

describe("where a session is from", () => {
  it("is told in a word or two", () => {
    const chrome = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Safari/537.36";
    expect(agentName(chrome)).toBe("Chrome · Linux");
    expect(agentName(`${chrome} Edg/140.0`)).toBe("Edge · Linux");
    expect(agentName("Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) Version/19.0 Safari/604.1")).toBe(
      "Safari · iOS",
    );
    expect(agentName("curl/8.7.1")).toBe("curl");
    expect(agentName("my-script")).toBe("my-script");
  });
});
