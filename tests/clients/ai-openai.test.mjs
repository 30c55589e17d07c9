// The AI SDK's provider for OpenAI against the real gateway: Responses, its default, and chat completions.

import { describe } from 'node:test';
import { createOpenAI } from '@ai-sdk/openai';
import { checkSurface, itTellsItsSources } from './ai-sdk.mjs';
import { FAST, TIMEOUT } from './support.mjs';

// Models that the provider does not know do not reason for it: it would send no encrypted reasoning along.
const ENCRYPTED = { forceReasoning: true, include: ['reasoning.encrypted_content'] };
const STATELESS = { openai: { store: false, ...ENCRYPTED } };

// With `store` unset the provider names what it had before by `item_reference` only.
checkSurface('@ai-sdk/openai, responses', (options) => createOpenAI(options));
checkSurface('@ai-sdk/openai, responses that are not stored', (options) => createOpenAI(options), {
  providerOptions: STATELESS,
});
checkSurface('@ai-sdk/openai, chat', (options) => createOpenAI(options).chat, { reasons: false });

describe('@ai-sdk/openai, searches', TIMEOUT, () => {
  const openai = createOpenAI({ baseURL: process.env.OPENAI_BASE_URL });
  const tools = { web_search: openai.tools.webSearch() };
  itTellsItsSources('@ai-sdk/openai, web_search', openai(FAST), { tools });
});
