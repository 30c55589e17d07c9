/** An OpenAPI document as a list of calls, and its shapes as rows and examples. */
import type { OpenApi, Operation, Schema } from "@/api/document";

export interface ApiCall {
  id: string;
  method: string;
  path: string;
  operation: Operation;
}

const METHODS = ["get", "post", "put", "patch", "delete"];

export function callsOf(document: OpenApi): ApiCall[] {
  return Object.entries(document.paths).flatMap(([path, methods]) =>
    METHODS.flatMap((method) => {
      const operation = methods[method];
      return operation ? [{ id: `${method} ${path}`, method: method.toUpperCase(), path, operation }] : [];
    }),
  );
}

/** The part of an address by which calls belong together: /v1/images/edits → images. */
export function groupOf(call: ApiCall): string {
  const [first = "", second = ""] = call.path.split("/").filter((part) => part && !part.startsWith("{"));
  return first === "v1" ? second : first;
}

export function grouped(calls: ApiCall[]): Map<string, ApiCall[]> {
  const groups = new Map<string, ApiCall[]>();
  for (const call of calls) groups.set(groupOf(call), [...(groups.get(groupOf(call)) ?? []), call]);
  return groups;
}

/** A text of the documents as its paragraphs, however its lines were broken. */
export function paragraphsOf(text: string): string[] {
  return text
    .split(/\n\s*\n/)
    .map((each) => each.replace(/\s+/g, " ").trim())
    .filter(Boolean);
}

export function resolved(schema: Schema | undefined, document: OpenApi): Schema {
  let found = schema ?? {};
  for (let depth = 0; found.$ref && depth < 8; depth += 1) {
    found = document.components?.schemas?.[found.$ref.split("/").pop() ?? ""] ?? {};
  }
  return found;
}

function literals(values: unknown[]): string {
  return values
    .slice(0, 8)
    .map((each) => JSON.stringify(each))
    .join(" | ");
}

/** A type in few words: string, integer[], ImportRow, "a" | "b". */
export function typeName(schema: Schema | undefined, document: OpenApi): string {
  if (!schema) return "any";
  if (schema.$ref) {
    const { enum: choices } = resolved(schema, document);
    return choices ? literals(choices) : (schema.$ref.split("/").pop() ?? "object");
  }
  if (schema.enum) return literals(schema.enum);
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  const several = schema.anyOf ?? schema.oneOf;
  if (several) return [...new Set(several.map((each) => typeName(each, document)))].slice(0, 6).join(" | ");
  if (schema.type === "array" || schema.items) {
    const one = typeName(schema.items, document);
    return one.includes(" ") ? `(${one})[]` : `${one}[]`;
  }
  return Array.isArray(schema.type) ? schema.type.join(" | ") : (schema.type ?? "any");
}

/** What a value is held to, as far as the document knows it. */
export interface Bounds {
  low?: number;
  high?: number;
  /** Characters of a text. */
  longest?: number;
  /** Entries of a list. */
  most?: number;
  /** What it is where it is left out, if that is something. */
  preset?: string;
}

export function boundsOf(schema: Schema | undefined): Bounds {
  const parts = [schema ?? {}, ...(schema?.anyOf ?? schema?.oneOf ?? [])];
  const found = (name: "minimum" | "maximum" | "maxLength" | "maxItems") =>
    parts.map((each) => each[name]).find((each) => each !== undefined);
  const preset = schema?.default;
  const told = typeof preset === "number" || preset === true || (typeof preset === "string" && preset !== "");
  return {
    low: found("minimum"),
    high: found("maximum"),
    longest: found("maxLength"),
    most: found("maxItems"),
    preset: told ? String(preset) : undefined,
  };
}

export interface Row {
  name: string;
  type: string;
  required: boolean;
  description: string;
  schema: Schema | undefined;
}

export function rowsOf(schema: Schema | undefined, document: OpenApi): Row[] {
  const whole = resolved(schema, document);
  const parts = whole.allOf ? whole.allOf.map((each) => resolved(each, document)) : [whole];
  return parts.flatMap((part) =>
    Object.entries(part.properties ?? {}).map(([name, each]) => ({
      name,
      type: typeName(each, document),
      required: part.required?.includes(name) ?? false,
      description: each.description ?? "",
      schema: each,
    })),
  );
}

/** An object that a value is, or holds. */
export interface Shape {
  name: string;
  description: string;
  schema: Schema;
}

/** The objects with fields of their own that a value is: itself, the entries of a list, one of several kinds. */
export function shapesOf(schema: Schema | undefined, document: OpenApi, depth = 0): Shape[] {
  if (!schema || depth > 4) return [];
  const whole = resolved(schema, document);
  if (rowsOf(whole, document).length > 0) {
    return [{ name: schema.$ref?.split("/").pop() ?? "", description: whole.description ?? "", schema: whole }];
  }
  const values = typeof whole.additionalProperties === "object" ? whole.additionalProperties : undefined;
  const inner = [...(whole.anyOf ?? whole.oneOf ?? []), ...(whole.prefixItems ?? []), whole.items, values];
  const found = inner.flatMap((each) => shapesOf(each, document, depth + 1));
  return found.filter((one, place) => found.findIndex((other) => other.schema === one.schema) === place);
}

/** Something to begin with: the fields that are needed, with values of their kinds. */
export function exampleOf(schema: Schema | undefined, document: OpenApi, depth = 0): unknown {
  const whole = resolved(schema, document);
  if (whole.default !== undefined) return whole.default;
  if (whole.enum) return whole.enum[0];
  if (whole.const !== undefined) return whole.const;
  const several = whole.anyOf ?? whole.oneOf;
  if (several) return exampleOf(several[0], document, depth);
  const kind = Array.isArray(whole.type) ? whole.type[0] : whole.type;
  if (kind === "array") return depth > 2 ? [] : [exampleOf(whole.items, document, depth + 1)];
  if (kind === "integer" || kind === "number") return 0;
  if (kind === "boolean") return false;
  if (kind === "string") return "";
  const needed = rowsOf(whole, document).filter((row) => row.required);
  if (depth > 3) return {};
  return Object.fromEntries(
    needed.map((row) => [row.name, exampleOf(whole.properties?.[row.name], document, depth + 1)]),
  );
}

const EXAMPLES: Record<string, unknown> = {
  "post /v1/chat/completions": { model: "grok-4", messages: [{ role: "user", content: "Hello" }] },
  "post /v1/responses": { model: "grok-4", input: "Hello" },
  "post /v1/messages": { model: "grok-4", max_tokens: 1024, messages: [{ role: "user", content: "Hello" }] },
  "post /v1/messages/count_tokens": { model: "grok-4", messages: [{ role: "user", content: "Hello" }] },
  "post /v1/responses/input_tokens": { model: "grok-4", input: "Hello" },
  "post /v1/images/generations": { model: "grok-imagine-1.0", prompt: "a lighthouse in a storm, oil on canvas" },
  "post /v1/videos": { model: "grok-imagine-1.0-video", prompt: "a paper boat in the rain", seconds: "4" },
  "post /v1/audio/speech": { model: "tts", voice: "ara", input: "Good morning." },
};

export function bodyOf(call: ApiCall, document: OpenApi): unknown {
  const json = call.operation.requestBody?.content?.["application/json"];
  if (!json) return undefined;
  return EXAMPLES[call.id] ?? json.example ?? exampleOf(json.schema, document);
}
