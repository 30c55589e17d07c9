// The AI SDK's provider for OpenAI against the real gateway: Responses, its default, and chat completions.

import assert from 'node:assert/strict';
import { describe } from 'node:test';
import { APICallError } from 'ai';
import { createOpenAI } from '@ai-sdk/openai';
import { checkSurface, conversation, itTellsItsSources } from './ai-sdk.mjs';
import { itIsRefusedWithoutItsAccount, SESSIONS_BASE_URL } from './sessions.mjs';
import { FAST, THINKING, TIMEOUT } from './support.mjs';

// Models that the provider does not know do not reason for it: it would send no encrypted reasoning along.
const ENCRYPTED = { forceReasoning: true, include: ['reasoning.encrypted_content'] };
const STATELESS = { openai: { store: false, ...ENCRYPTED } };

checkSurface('@ai-sdk/openai, responses', (options) => createOpenAI(options), { outlives: false });
checkSurface('@ai-sdk/openai, responses that are not stored', (options) => createOpenAI(options), {
  providerOptions: STATELESS,
});
checkSurface('@ai-sdk/openai, chat', (options) => createOpenAI(options).chat, { reasons: false });

// With `store` unset the provider names what it had before by `item_reference`: that lives with its account.
describe('@ai-sdk/openai, responses', TIMEOUT, () => {
  const model = createOpenAI({ baseURL: SESSIONS_BASE_URL })(THINKING);
  for (const way of ['whole', 'streamed']) {
    const label = `@ai-sdk/openai, item_reference, ${way}`;
    itIsRefusedWithoutItsAccount(label, conversation(model, way), (error) => {
      assert.ok(APICallError.isInstance(error), String(error));
      assert.equal(error.statusCode, 400);
      return true;
    });
  }
});

describe('@ai-sdk/openai, searches', TIMEOUT, () => {
  const openai = createOpenAI({ baseURL: process.env.OPENAI_BASE_URL });
  const tools = { web_search: openai.tools.webSearch() };
  itTellsItsSources('@ai-sdk/openai, web_search', openai(FAST), { tools });
});
