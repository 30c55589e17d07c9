import { describe, expect, it } from "vitest";
import { pythonLiteral, snippet } from "./snippets";

const CALL = { method: "POST", path: "/v1/responses", body: { model: "grok-4", input: "it's true", stream: true } };

describe("code to copy", () => {
  it("quotes for the shell, and never holds a key", () => {
    const code = snippet("curl", CALL, "http://localhost:8000");
    expect(code).toContain(`"input": "it'\\''s true"`);
    expect(code).toContain('"Authorization: Bearer $GROK2API_KEY"');
  });
  it("is Python where Python is asked for: texts that look like words stay texts", () => {
    expect(pythonLiteral({ a: true, b: null, c: ["true"] })).toBe(
      '{\n    "a": True,\n    "b": None,\n    "c": [\n        "true",\n    ],\n}',
    );
  });
  it("names the variable that the call needs", () => {
    expect(snippet("node", { method: "GET", path: "/admin/api/jobs" }, "", "GROK2API_TOKEN")).toContain(
      "process.env.GROK2API_TOKEN",
    );
  });
});
