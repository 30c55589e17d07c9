import { describe, expect, it } from "vitest";
import { countsOf } from "@/api/queries";
import { standingOf } from "./standing";

const counts = (total: number, usable: number, sandbox = false) =>
  countsOf({ total, by_status: { active: total }, usable, sandbox });

describe("how the server stands", () => {
  it("is of no use while no credential can take a request", () => {
    expect(standingOf("ready", counts(3, 0))).toBe("nobody");
    expect(standingOf("degraded", counts(3, 0))).toBe("nobody");
    expect(standingOf("ready", counts(0, 0))).toBe("empty");
  });
  it("says that the sandbox answers", () => {
    expect(standingOf("ready", counts(0, 2, true))).toBe("sandbox");
  });
  it("is as the server says where somebody can answer", () => {
    expect(standingOf("degraded", counts(3, 1))).toBe("degraded");
    expect(standingOf("ready", undefined)).toBe("ready");
    expect(standingOf("away", counts(3, 0))).toBe("away");
  });
});
