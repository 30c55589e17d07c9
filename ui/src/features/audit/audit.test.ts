import { describe, expect, it } from "vitest";
import type { AuditPage, AuditView } from "@/api/schema";
import { deedsOf } from "./data";
import { linesOf, written } from "./difference";
import { readAuditSearch, sinceOf } from "./search";

const entry = (sequence: number, outcome: string, of: number | null = null) => ({ sequence, outcome, of }) as AuditView;

describe("the audit", () => {
  it("shows a deed once, and one that never ended as such", () => {
    const pages = [
      { data: [entry(5, "done", 4), entry(4, "begun"), entry(3, "begun")], next_cursor: 3 },
      { data: [entry(2, "failed", 1), entry(1, "begun")], next_cursor: null },
    ] as AuditPage[];
    expect(deedsOf(pages).map((each) => each.sequence)).toEqual([5, 3, 2]);
  });
  it("puts both sides of a change beside each other", () => {
    expect(linesOf({ note: "one" }, { note: "two", tier: "any" })).toEqual([
      { name: "note", before: "one", after: "two" },
      { name: "tier", before: undefined, after: "any" },
    ]);
    expect(linesOf(null, null)).toEqual([]);
    expect(written(["a"])).toBe('[\n  "a"\n]');
  });
  it("asks for the same span within a minute", () => {
    expect(sinceOf("1h", 7_261_000)).toBe("1970-01-01T01:01:00.000Z");
    expect(sinceOf("1h", 7_262_000)).toBe(sinceOf("1h", 7_261_000));
    expect(sinceOf(undefined)).toBeUndefined();
  });
  it("reads an address that anybody wrote", () => {
    expect(readAuditSearch({ actor: 7, way: "mail", outcome: "failed", entry: "12" })).toEqual({
      actor: "7",
      outcome: "failed",
      entry: 12,
    });
  });
});
