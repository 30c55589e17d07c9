import { describe, expect, it } from "vitest";
import { failingOf } from "./failing";

const row = (end: "completed" | "failed" | "refused", more: object = {}) => ({
  end,
  error_code: end === "completed" ? "" : "rate_limit_exceeded",
  model: "grok-4",
  key_name: "app",
  credential_name: null,
  ...more,
});

describe("what fails now", () => {
  it("is told when most of what is asked does, with what it has in common", () => {
    const rows = [row("completed"), ...Array.from({ length: 4 }, (_, at) => row("failed", { key_name: `key ${at}` }))];
    expect(failingOf(rows)).toEqual({ failed: 4, asked: 5, code: "rate_limit_exceeded", shared: ["grok-4"] });
  });
  it("counts what a spent budget refuses, and names the commonest reason", () => {
    const rows = [
      row("failed"),
      ...Array.from({ length: 4 }, () => row("refused", { error_code: "insufficient_quota" })),
    ];
    expect(failingOf(rows)?.code).toBe("insufficient_quota");
  });
  it("is nothing while half is answered, or little was asked", () => {
    expect(failingOf(Array.from({ length: 4 }, () => row("failed")))).toBeNull();
    expect(failingOf(Array.from({ length: 6 }, (_, at) => row(at % 2 ? "failed" : "completed")))).toBeNull();
  });
});
