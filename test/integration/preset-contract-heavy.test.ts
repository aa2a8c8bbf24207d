import { describe } from 'vitest';
import { presetContract } from './support/preset-contract.ts';

describe.each(['gemini', 'qwen', 'opencode', 'copilot', 'cline'] as const)(
  'the preset %s keeps its contract',
  (cli) => {
    presetContract(cli);
  },
);
