/** One conversation with a model: what was said, and the answer that is coming. */
import { useRef, useState } from "react";
import { ApiError } from "@/api/client";
import { v1 } from "@/api/public";
import { readEvents } from "@/lib/sse";

export interface Turn {
  role: "user" | "assistant";
  text: string;
  reasoning: string;
  picture?: string;
  error?: unknown;
  stopped?: boolean;
  facts?: Facts;
}

export interface Facts {
  requestId: string;
  upstreamModel: string;
  firstMs: number | null;
  totalMs: number;
  output: number | null;
}

export interface ChatOptions {
  model: string;
  system: string;
  effort: string;
}

interface Delta {
  choices?: { delta?: { content?: string | null; reasoning_content?: string | null } }[];
  usage?: { completion_tokens?: number } | null;
  error?: { message: string; code: string | null };
}

export function chatBody(turns: Turn[], options: ChatOptions): Record<string, unknown> {
  const messages: unknown[] = options.system.trim() ? [{ role: "system", content: options.system.trim() }] : [];
  for (const turn of turns) {
    if (turn.picture) {
      const parts = [
        { type: "image_url", image_url: { url: turn.picture } },
        { type: "text", text: turn.text },
      ];
      messages.push({ role: turn.role, content: parts });
    } else if (turn.text) messages.push({ role: turn.role, content: turn.text });
  }
  const body: Record<string, unknown> = { model: options.model, stream: true, messages };
  if (options.effort) body.reasoning_effort = options.effort;
  body.stream_options = { include_usage: true };
  return body;
}

export function useConversation(apiKey: string) {
  const [turns, setTurns] = useState<Turn[]>([]);
  const [busy, setBusy] = useState(false);
  const stop = useRef<AbortController | null>(null);

  const amend = (change: (turn: Turn) => Turn) =>
    setTurns((before) => before.map((turn, place) => (place === before.length - 1 ? change(turn) : turn)));

  const ask = async (said: Turn[], options: ChatOptions) => {
    const controller = new AbortController();
    stop.current = controller;
    setTurns([...said, { role: "assistant", text: "", reasoning: "" }]);
    setBusy(true);
    const begun = performance.now();
    let firstMs: number | null = null;
    try {
      const answer = await v1(apiKey, "POST", "/chat/completions", {
        body: chatBody(said, options),
        signal: controller.signal,
      });
      let output: number | null = null;
      if (answer.body) {
        for await (const event of readEvents(answer.body)) {
          if (event.data === "[DONE]") break;
          const told = JSON.parse(event.data) as Delta;
          if (told.error) throw new ApiError(answer.status, told.error.code ?? "", told.error.message);
          output = told.usage?.completion_tokens ?? output;
          const { content, reasoning_content: reasoning } = told.choices?.[0]?.delta ?? {};
          if (!content && !reasoning) continue;
          firstMs ??= performance.now() - begun;
          amend((turn) => ({
            ...turn,
            text: turn.text + (content ?? ""),
            reasoning: turn.reasoning + (reasoning ?? ""),
          }));
        }
      }
      const facts: Facts = {
        requestId: answer.headers.get("x-request-id") ?? "",
        upstreamModel: answer.headers.get("x-grok2api-upstream-model") ?? "",
        firstMs,
        totalMs: performance.now() - begun,
        output,
      };
      amend((turn) => ({ ...turn, facts }));
    } catch (error) {
      const stopped = controller.signal.aborted;
      amend((turn) => (stopped ? { ...turn, stopped } : { ...turn, error }));
    } finally {
      setBusy(false);
    }
  };
  return { turns, busy, ask, stop: () => stop.current?.abort(), clear: () => setTurns([]) };
}
