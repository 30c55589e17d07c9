// The official Node SDK in long conversations: the account that began them is lost half way.

import assert from 'node:assert/strict';
import { describe } from 'node:test';
import OpenAI from 'openai';
import { itIsRefusedWithoutItsAccount, itOutlivesItsAccount, SESSIONS_BASE_URL } from './sessions.mjs';
import { collect, contentOf, FAST, THINKING, TIMEOUT, user } from './support.mjs';

const client = new OpenAI({ baseURL: SESSIONS_BASE_URL, maxRetries: 0 });

const chat = (stream) => () => {
  const messages = [];
  return async (text) => {
    messages.push(...user(text));
    const answer = await client.chat.completions.create({ model: FAST, messages, stream });
    const content = stream ? contentOf(await collect(answer)) : answer.choices[0].message.content;
    messages.push({ role: 'assistant', content });
    return content;
  };
};

const stateless = (stream) => () => {
  const input = [];
  return async (text) => {
    input.push(...user(text));
    const asked = { model: THINKING, input, store: false, include: ['reasoning.encrypted_content'] };
    const answer = stream
      ? await client.responses.stream(asked).finalResponse()
      : await client.responses.create(asked);
    assert.ok(answer.output[0].encrypted_content);
    input.push(...answer.output);
    return answer.output_text;
  };
};

const chained = () => {
  let previous;
  return async (input) => {
    const answer = await client.responses.create({ model: FAST, input, previous_response_id: previous });
    previous = answer.id;
    return answer.output_text;
  };
};

describe('a conversation', TIMEOUT, () => {
  for (const stream of [false, true]) {
    itOutlivesItsAccount(`chat, stream ${stream}`, chat(stream));
    itOutlivesItsAccount(`stateless responses, stream ${stream}`, stateless(stream));
  }
  itIsRefusedWithoutItsAccount('previous_response_id', chained, (error) => {
    assert.ok(error instanceof OpenAI.BadRequestError);
    assert.deepEqual([error.code, error.param], ['previous_response_not_found', 'previous_response_id']);
    return true;
  });
});
