import { describe, expect, it } from "vitest";
import { changesOf, NEW_FORM, parts } from "./fields";
import { filterBody, readCredentialSearch } from "./search";

describe("filters in the address", () => {
  it("keep what is known, and drop what somebody made up", () => {
    expect(readCredentialSearch({ status: "cooling", tier: "golden", text: "a", open: "steal" })).toMatchObject({
      status: "cooling",
      tier: undefined,
      text: "a",
      open: undefined,
    });
  });
  it("mean everything only where there is no filter", () => {
    expect(filterBody({}).everything).toBe(true);
    expect(filterBody({ tag: "a" })).toMatchObject({ everything: false, tags: ["a"] });
  });
});

describe("an edit", () => {
  it("sends what differs, and nothing else", () => {
    const form = { ...NEW_FORM, name: " n ", tags: "a，b, a", priority: "5" };
    expect(changesOf(form, NEW_FORM)).toEqual({ name: "n", tags: ["a", "b"], priority: 5 });
    expect(changesOf(NEW_FORM, NEW_FORM)).toEqual({});
  });
  it("reads lists as people type them", () => {
    expect(parts("a, b,,\nc ，d")).toEqual(["a", "b", "c", "d"]);
  });
});
