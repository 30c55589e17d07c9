/** What is known of the words of a request: as code to be copied, and as a conversation to go on with. */
import type { RequestContent, RequestCourse } from "@/api/schema";
import type { Call } from "@/lib/snippets";
import type { Given } from "../playground/given";

const PATHS: Record<string, string> = {
  chat: "/v1/chat/completions",
  compact: "/v1/responses/compact",
  image_edits: "/v1/images/edits",
  images: "/v1/images/generations",
  messages: "/v1/messages",
  responses: "/v1/responses",
  speech: "/v1/audio/speech",
  tts: "/v1/tts",
};

const PLACEHOLDER = "…";

/** The request without its words, which are not kept: something stands where they would. */
export function outline(row: RequestCourse): Call | undefined {
  const path = PATHS[row.operation];
  if (!path) return undefined;
  const asked: Record<string, unknown> = { model: row.model };
  if (row.operation === "chat" || row.operation === "messages") {
    asked.messages = [{ role: "user", content: PLACEHOLDER }];
    if (row.operation === "messages") asked.max_tokens = 1024;
  } else if (row.operation.startsWith("image")) asked.prompt = PLACEHOLDER;
  else asked.input = PLACEHOLDER;
  if (row.operation === "speech") asked.voice = "alloy";
  if (row.stream) asked.stream = true;
  return { method: "POST", path, body: asked };
}

/** The request as it was, unless a part of it is missing. */
export function whole(content: RequestContent): Call | undefined {
  const { body, cut, omitted, kind } = content.request;
  if (cut || omitted > 0 || kind !== "application/json" || body === null) return undefined;
  return { method: "POST", path: content.path, body };
}

const TALKS = new Set(["/v1/chat/completions", "/v1/responses", "/v1/messages"]);
const SYSTEM = new Set(["system", "developer"]);

/** The conversation for the playground; only where it was made of words alone. */
export function conversation(content: RequestContent): Given | undefined {
  const asked = content.request.said;
  if (!TALKS.has(content.path) || content.request.cut || content.request.omitted > 0) return undefined;
  const turns = asked.filter((each) => !SYSTEM.has(each.role));
  const plain = turns.every(
    ({ role, text, tool_calls: calls }) => (role === "user" || role === "assistant") && text && calls.length === 0,
  );
  if (!plain || turns.length === 0) return undefined;
  const answer = content.answer.said[0];
  const said = answer?.text && answer.tool_calls.length === 0 ? [...turns, answer] : turns;
  const model = (content.request.body as { model?: unknown } | null)?.model;
  return {
    model: typeof model === "string" ? model : "",
    system: asked
      .filter((each) => SYSTEM.has(each.role))
      .map((each) => each.text)
      .join("\n\n"),
    turns: said.map(({ role, text, reasoning }) => ({
      role: role === "user" ? "user" : "assistant",
      text,
      reasoning,
    })),
  };
}
