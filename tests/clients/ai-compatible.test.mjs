// The AI SDK's provider for whatever is compatible with OpenAI, against the real gateway: chat completions.

import { createOpenAICompatible } from '@ai-sdk/openai-compatible';
import { checkSurface } from './ai-sdk.mjs';

checkSurface('@ai-sdk/openai-compatible, chat', (options) =>
  createOpenAICompatible({ name: 'grok', includeUsage: true, supportsStructuredOutputs: true, ...options }),
);
