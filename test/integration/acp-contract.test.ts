import { describe } from 'vitest';
import { presetContract } from './support/preset-contract.ts';

describe.each(['gemini', 'opencode'] as const)('the preset %s keeps its contract by ACP', (cli) => {
  presetContract(cli, 'acp');
});
