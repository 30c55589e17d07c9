import { describe, expect, it } from "vitest";
import { clock, milliseconds, relative, usd } from "./format";

describe("money", () => {
  it("keeps the digits that tell", () => {
    expect(usd(25_000_000_000, "en")).toBe("$2.50");
    expect(usd(123_400_000, "en")).toBe("$0.0123");
    expect(usd(19_000, "en")).toBe("$0.000002");
    expect(usd(0, "en")).toBe("$0.00");
  });
});

describe("times", () => {
  it("counts down like a clock", () => {
    expect(clock(0)).toBe("0:00");
    expect(clock(41.2)).toBe("0:42");
    expect(clock(725)).toBe("12:05");
    expect(clock(11_049)).toBe("3:04:09");
    expect(clock(183_600)).toBe("2d 3h");
    expect(clock(-5)).toBe("0:00");
  });
  it("says how far a moment is, in the person's language", () => {
    expect(relative(0, 180_000, "en")).toBe("3 minutes ago");
    expect(relative(7_200_000, 0, "zh-CN")).toBe("2小时后");
  });
  it("shows milliseconds until they are seconds", () => {
    expect(milliseconds(5.25, "en")).toBe("5.3 ms");
    expect(milliseconds(1530, "en")).toBe("1.53 s");
  });
});
