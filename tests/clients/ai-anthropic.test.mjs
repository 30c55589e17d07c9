// The AI SDK's provider for Anthropic against the real gateway: messages.

import { createAnthropic } from '@ai-sdk/anthropic';
import { checkSurface } from './ai-sdk.mjs';

const THOUGHTFUL = { anthropic: { thinking: { type: 'enabled', budgetTokens: 2000 } } };

checkSurface('@ai-sdk/anthropic, messages', (options) => createAnthropic(options), { reasons: false });
checkSurface('@ai-sdk/anthropic, messages with thinking', (options) => createAnthropic(options), {
  providerOptions: THOUGHTFUL,
});
