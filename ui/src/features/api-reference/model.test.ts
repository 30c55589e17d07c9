import { describe, expect, it } from "vitest";
import type { OpenApi } from "@/api/document";
import { boundsOf, paragraphsOf, rowsOf, shapesOf, typeName } from "./model";

const tree = {
  description: "A branch.",
  properties: {
    id: { type: "string" },
    kind: { $ref: "#/components/schemas/Kind" },
    children: { type: "array", items: { $ref: "#/components/schemas/Tree" } },
    content: { anyOf: [{ type: "string" }, { $ref: "#/components/schemas/Leaf" }, { type: "null" }] },
    named: { type: "object", additionalProperties: { $ref: "#/components/schemas/Leaf" } },
  },
  required: ["id"],
};
const document: OpenApi = {
  info: { title: "", version: "" },
  paths: {},
  components: {
    schemas: {
      Tree: tree,
      Leaf: { properties: { colour: { type: "string", description: "Of the leaf." } } },
      Kind: { type: "string", enum: ["oak", "elm"] },
    },
  },
};

describe("shapes", () => {
  const rows = rowsOf({ $ref: "#/components/schemas/Tree" }, document);
  const inside = (name: string) => shapesOf(rows.find((row) => row.name === name)?.schema, document);

  it("have rows with types in few words", () => {
    expect(rows.map((row) => `${row.name}: ${row.type}${row.required ? "!" : ""}`)).toEqual([
      "id: string!",
      'kind: "oak" | "elm"',
      "children: Tree[]",
      "content: string | Leaf | null",
      "named: object",
    ]);
    expect(typeName({ type: "array", items: { enum: ["a", "b"] } }, document)).toBe('("a" | "b")[]');
  });
  it("open to the objects that a value is, lists, or may be", () => {
    expect(inside("id")).toEqual([]);
    expect(inside("kind")).toEqual([]);
    expect(inside("children")).toEqual([{ name: "Tree", description: "A branch.", schema: tree }]);
    expect(inside("content").map((shape) => shape.name)).toEqual(["Leaf"]);
    expect(inside("named").map((shape) => shape.name)).toEqual(["Leaf"]);
  });
  it("tell what a value is held to", () => {
    expect(boundsOf({ type: "integer", minimum: 1, maximum: 500, default: 100 })).toMatchObject({
      low: 1,
      high: 500,
      preset: "100",
    });
    expect(boundsOf({ anyOf: [{ type: "string", maxLength: 40 }, { type: "null" }] }).longest).toBe(40);
    for (const preset of ["", null, false, []]) expect(boundsOf({ default: preset }).preset).toBeUndefined();
  });
});

describe("texts", () => {
  it("are paragraphs, however their lines were broken", () => {
    expect(paragraphsOf("One\n  line.\n\n    Another.\n")).toEqual(["One line.", "Another."]);
  });
});
