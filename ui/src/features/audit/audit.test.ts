import { describe, expect, it } from "vitest";
import type { AuditPage, AuditView } from "@/api/schema";
import { since } from "@/lib/ranges";
import { deedsOf } from "./data";
import { linesOf, written } from "./difference";
import { endsOf, readAuditSearch } from "./search";

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
  it("asks for one's own moments, else for a span up to now, else for any time", () => {
    const own = { from: "2026-11-27T01:40:00Z", to: "2026-11-27T02:10:00Z" };
    expect(endsOf({ span: "1h", ...own })).toEqual({ since: own.from, until: own.to });
    expect(endsOf({ span: "1h" })).toEqual({ since: since("1h"), until: undefined });
    expect(endsOf({})).toEqual({});
  });
  it("reads an address that anybody wrote", () => {
    expect(readAuditSearch({ actor: 7, way: "mail", outcome: "failed", entry: "12" })).toEqual({
      actor: "7",
      outcome: "failed",
      entry: 12,
    });
  });
});
