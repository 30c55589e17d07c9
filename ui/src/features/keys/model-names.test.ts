import { describe, expect, it } from "vitest";
import { offered } from "./model-names";

const known = ["grok-3", "grok-4", "grok-4-fast"];

describe("names of models for a key", () => {
  it("are offered but those that are chosen", () => {
    expect(offered("grok-4, ", known)).toEqual({ kept: ["grok-4"], free: ["grok-3", "grok-4-fast"], lost: [] });
  });
  it("are narrowed to what somebody begins to type", () => {
    expect(offered("grok-3, fast", known)).toEqual({ kept: ["grok-3"], free: ["grok-4-fast"], lost: [] });
  });
  it("are told when nothing is called so", () => {
    expect(offered("grok-9000", known).lost).toEqual(["grok-9000"]);
    expect(offered("grok-9, grok-4", known).lost).toEqual(["grok-9"]);
  });
});
