import { expect, it } from "vitest";
import { unitOf } from "./things";

it("names what one of a thing is", () => {
  expect(
    ["pictures/m/any/1k", "pictures/m/given", "videos/m/720p", "sound/hour", "sound/million-characters"].map(unitOf),
  ).toEqual(["picture", "given", "second", "hour", "characters"]);
});
