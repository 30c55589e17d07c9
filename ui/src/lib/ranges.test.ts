import { describe, expect, it } from "vitest";
import { between, isOwn, localOf, momentOf, ownOf, readMoment, readSpan, since, stepOf, wrongWith } from "./ranges";

describe("spans of time", () => {
  it("are read out of an address that anybody wrote", () => {
    expect(readMoment("2026-11-27T01:40")).toBeDefined();
    expect(readMoment("2026-11-27T01:40:59+08:00")).toBe("2026-11-26T17:40:00Z");
    for (const wrong of ["yesterday", "1795000000", 1_795_000_000, "2026-13-27T01:40Z", undefined])
      expect(readMoment(wrong)).toBeUndefined();
    expect(readSpan({ range: "9y", to: "2026-11-27T02:10:00Z" })).toEqual({
      range: "24h",
      from: undefined,
      to: "2026-11-27T02:10:00Z",
    });
  });
  it("are one's own moments before they are a range", () => {
    const own = { range: "7d", from: "2026-11-27T01:40:00Z", to: "2026-11-27T02:10:00Z" } as const;
    expect(between(own)).toEqual({ from: own.from, to: own.to });
    expect(between({}, "24h")).toEqual({ from: since("24h") });
    expect(between({})).toEqual({});
    expect([isOwn({}), isOwn(own)]).toEqual([false, true]);
    expect(ownOf("1h", Date.parse("2026-11-27T02:10:30Z"))).toEqual({
      from: "2026-11-27T01:10:00Z",
      to: "2026-11-27T02:11:00Z",
    });
  });
  it("are hours or days, however they were chosen", () => {
    expect(stepOf({ range: "30d" })).toBe("day");
    expect(stepOf({ from: "2026-11-27T01:40:00Z", to: "2026-11-27T02:10:00Z" })).toBe("hour");
    expect(stepOf({ from: "2026-10-01T00:00:00Z", to: "2026-11-01T00:00:00Z" })).toBe("day");
  });
  it("come back from a field as they went in, in the zone of whoever looks", () => {
    for (const moment of ["2026-01-15T01:40:00Z", "2026-07-15T23:59:00Z"])
      expect(momentOf(localOf(moment))).toBe(moment);
    expect(momentOf("")).toBeUndefined();
  });
  it("say what is wrong with them", () => {
    expect(wrongWith(undefined, "2026-11-27T02:10:00Z")).toBe("missing");
    expect(wrongWith("2026-11-27T02:10:00Z", "2026-11-27T02:10:00Z")).toBe("order");
    expect(wrongWith("2020-11-27T02:10:00Z", "2026-11-27T02:10:00Z")).toBe("long");
    expect(wrongWith("2026-11-27T01:40:00Z", "2026-11-27T02:10:00Z")).toBeNull();
  });
});
