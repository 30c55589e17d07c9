// The AI SDK's provider for xAI against the real gateway: the strictest reader of both surfaces.

import { describe } from 'node:test';
import { createXai } from '@ai-sdk/xai';
import { checkSurface, itTellsItsSources } from './ai-sdk.mjs';
import { FAST, TIMEOUT } from './support.mjs';

checkSurface('@ai-sdk/xai, chat', (options) => createXai(options));
checkSurface('@ai-sdk/xai, responses', (options) => createXai(options).responses);
checkSurface('@ai-sdk/xai, responses that are not stored', (options) => createXai(options).responses, {
  providerOptions: { xai: { store: false } },
});

describe('@ai-sdk/xai, searches', TIMEOUT, () => {
  const xai = createXai({ baseURL: process.env.OPENAI_BASE_URL, apiKey: process.env.OPENAI_API_KEY });
  const { webSearch, xSearch } = xai.tools;
  itTellsItsSources('@ai-sdk/xai, web_search', xai.responses(FAST), { tools: { web_search: webSearch() } });
  itTellsItsSources('@ai-sdk/xai, x_search', xai.responses(FAST), { tools: { x_search: xSearch() } });
  itTellsItsSources('@ai-sdk/xai, live search', xai(FAST), {
    providerOptions: { xai: { searchParameters: { mode: 'on', returnCitations: true } } },
  });
});
