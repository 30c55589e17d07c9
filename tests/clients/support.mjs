// What the tests share: the client, the tools they offer, and the sandbox's control routes.
// OPENAI_BASE_URL and OPENAI_API_KEY are read by the SDK itself; see README.md for the rest.

import assert from 'node:assert/strict';
import { setTimeout as pause } from 'node:timers/promises';
import OpenAI from 'openai';
import { z } from 'zod';

const SANDBOX_URL = process.env.SANDBOX_URL;

export const TIMEOUT = { timeout: 60_000 };
export const FAST = 'grok-3';
export const THINKING = 'grok-4-mini';

export const client = new OpenAI({ maxRetries: 0 });

export const Meeting = z.object({ name: z.string(), participants: z.array(z.string()) });
export const City = z.object({ city: z.string() });
export const WEATHER = {
  name: 'get_weather',
  description: 'The weather in a city.',
  parameters: {
    type: 'object',
    properties: { city: { type: 'string' } },
    required: ['city'],
    additionalProperties: false,
  },
};
export const ASKED = 'What is the weather in Paris?';

export const user = (content) => [{ role: 'user', content }];
export const contentOf = (chunks) => chunks.map((chunk) => chunk.choices[0]?.delta.content ?? '').join('');

/** Read a stream or a list to its end. */
export async function collect(stream) {
  const seen = [];
  for await (const each of stream) seen.push(each);
  return seen;
}

/** A client that counts the requests it sends, and retries as the SDK does when nothing is configured. */
export function countingClient(options = {}) {
  const statuses = [];
  const counting = async (...request) => {
    const answer = await fetch(...request);
    statuses.push(answer.status);
    return answer;
  };
  return { client: new OpenAI({ ...options, fetch: counting }), statuses };
}

/** Call a control route of the sandbox, and return its answer. */
export async function sandbox(method, path, body, signal) {
  const answer = await fetch(`${SANDBOX_URL}${path}`, { method, body: body && JSON.stringify(body), signal });
  const said = await answer.json();
  assert.equal(answer.status, 200, JSON.stringify(said));
  return said;
}

/** Order a fault for the requests that the rule matches. */
export const orderFault = (rule) => sandbox('POST', '/scenario', rule);

/** What upstream got, oldest first. */
export const journal = async (signal) => (await sandbox('GET', '/journal', undefined, signal)).requests;

/** Wait until upstream has seen the end of the call whose body contains `text`, and return how it ended. */
export async function endOf(text, signal) {
  for (;;) {
    const row = (await journal(signal)).find((each) => JSON.stringify(each.body ?? null).includes(text));
    if (row?.ended) return row.ended;
    await pause(50, undefined, { signal });
  }
}
