import { describe, expect, it } from "vitest";
import type { SettingView } from "@/api/schema";
import { bodyOf, readValue, shownValue } from "./data";

const setting = (kind: SettingView["kind"]) => ({ kind }) as SettingView;

describe("a setting's value", () => {
  it("is read as its kind, or not at all", () => {
    expect(readValue(setting("integer"), "12")).toBe(12);
    expect(readValue(setting("integer"), "")).toBeUndefined();
    expect(readValue(setting("texts"), "a, b\nc")).toEqual(["a", "b", "c"]);
    expect(readValue(setting("integers"), "401, 4x")).toBeUndefined();
    expect(readValue(setting("text"), " kept ")).toBe(" kept ");
  });
  it("is sent to be set or to be taken away", () => {
    expect(
      bodyOf(
        new Map<string, number | null>([
          ["a.b", 1],
          ["c.d", null],
        ]),
      ),
    ).toEqual({ set: { "a.b": 1 }, unset: ["c.d"] });
  });
  it("is shown so that nothing and empty differ", () => {
    expect([shownValue(null), shownValue(""), shownValue([])]).toEqual(["–", "“”", "[]"]);
  });
});
