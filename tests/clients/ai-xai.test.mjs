// The AI SDK's provider for xAI against the real gateway: the strictest reader of both surfaces.

import { createXai } from '@ai-sdk/xai';
import { checkSurface } from './ai-sdk.mjs';

checkSurface('@ai-sdk/xai, chat', (options) => createXai(options));
checkSurface('@ai-sdk/xai, responses', (options) => createXai(options).responses);
checkSurface('@ai-sdk/xai, responses that are not stored', (options) => createXai(options).responses, {
  providerOptions: { xai: { store: false } },
});
