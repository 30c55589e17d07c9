/** A request to the public API as code to be copied. The key is read from the environment, never written out. */

export interface Call {
  method: string;
  path: string;
  body?: unknown;
  /** Instead of a body: a form with these fields and one file. */
  form?: { fields: Record<string, string>; file: string };
}

export type CodeLanguage = "curl" | "python" | "node";
export const LANGUAGES: [CodeLanguage, string][] = [
  ["curl", "curl"],
  ["python", "Python"],
  ["node", "Node.js"],
];

function shellQuoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

/** JSON as a literal of Python: the three words that differ are told apart from texts. */
export function pythonLiteral(value: unknown, indent = ""): string {
  if (value === null || value === undefined) return "None";
  if (typeof value === "boolean") return value ? "True" : "False";
  if (typeof value !== "object") return JSON.stringify(value);
  const inner = `${indent}    `;
  if (Array.isArray(value)) {
    if (value.length === 0) return "[]";
    return `[\n${value.map((each) => `${inner}${pythonLiteral(each, inner)},\n`).join("")}${indent}]`;
  }
  const rows = Object.entries(value).map(
    ([name, each]) => `${inner}${JSON.stringify(name)}: ${pythonLiteral(each, inner)},\n`,
  );
  return rows.length === 0 ? "{}" : `{\n${rows.join("")}${indent}}`;
}

export function snippet(language: CodeLanguage, call: Call, origin: string, variable = "GROK2API_KEY"): string {
  const { method, path, body } = call;
  const url = origin + path;
  if (call.form) return formSnippet(language, url, call.form, variable);
  if (language === "curl") {
    const lines = [
      `curl ${method === "GET" ? "" : `-X ${method} `}${shellQuoted(url)}`,
      `  -H "Authorization: Bearer $${variable}"`,
    ];
    if (body !== undefined) {
      lines.push(`  -H 'Content-Type: application/json'`, `  -d ${shellQuoted(JSON.stringify(body, null, 2))}`);
    }
    return lines.join(" \\\n");
  }
  if (language === "python") {
    const sent = body === undefined ? "" : `    json=${pythonLiteral(body, "    ")},\n`;
    return `import os\nimport requests\n\nanswer = requests.request(\n    ${JSON.stringify(method)},\n    ${JSON.stringify(url)},\n    headers={"Authorization": f"Bearer {os.environ['${variable}']}"},\n${sent}    timeout=600,\n)\nprint(answer.text)\n`;
  }
  const sent =
    body === undefined ? "" : `  body: JSON.stringify(${JSON.stringify(body, null, 2).replaceAll("\n", "\n  ")}),\n`;
  const type = body === undefined ? "" : `, "Content-Type": "application/json"`;
  return `const answer = await fetch(${JSON.stringify(url)}, {\n  method: ${JSON.stringify(method)},\n  headers: { Authorization: \`Bearer \${process.env.${variable}}\`${type} },\n${sent}});\nconsole.log(await answer.text());\n`;
}

function formSnippet(language: CodeLanguage, url: string, form: NonNullable<Call["form"]>, variable: string): string {
  const fields = Object.entries(form.fields);
  if (language === "curl") {
    const lines = [`curl ${shellQuoted(url)}`, `  -H "Authorization: Bearer $${variable}"`];
    for (const [name, value] of fields) lines.push(`  -F ${shellQuoted(`${name}=${value}`)}`);
    return [...lines, `  -F ${shellQuoted(`file=@${form.file}`)}`].join(" \\\n");
  }
  if (language === "python") {
    return `import os\nimport requests\n\nwith open(${JSON.stringify(form.file)}, "rb") as file:\n    answer = requests.post(\n        ${JSON.stringify(url)},\n        headers={"Authorization": f"Bearer {os.environ['${variable}']}"},\n        data=${pythonLiteral(form.fields, "        ")},\n        files={"file": file},\n        timeout=600,\n    )\nprint(answer.text)\n`;
  }
  const appended = fields.map(([name, value]) => `form.append(${JSON.stringify(name)}, ${JSON.stringify(value)});\n`);
  return `import { openAsBlob } from "node:fs";\n\nconst form = new FormData();\n${appended.join("")}form.append("file", await openAsBlob(${JSON.stringify(form.file)}), ${JSON.stringify(form.file)});\nconst answer = await fetch(${JSON.stringify(url)}, {\n  method: "POST",\n  headers: { Authorization: \`Bearer \${process.env.${variable}}\` },\n  body: form,\n});\nconsole.log(await answer.text());\n`;
}
