import { describe, expect, it } from "vitest";
import { meantBy } from "./named-filter";

const known = [
  { id: "key_1a", name: "Chat frontend", hint: "sk-…h_04" },
  { id: "key_2b", name: "", hint: "sk-…Uzok" },
];

describe("a filter by name", () => {
  it("finds who is meant by a name or by a hint", () => {
    expect(meantBy(" Chat frontend ", known)).toBe("key_1a");
    expect(meantBy("sk-…Uzok", known)).toBe("key_2b");
  });
  it("takes an id as it stands, also that of what is gone", () => {
    expect(meantBy("cred_99", known)).toBe("cred_99");
  });
  it("waits while a name is not finished", () => {
    expect(meantBy("Chat", known)).toBeUndefined();
    expect(meantBy("", known)).toBeUndefined();
  });
});
