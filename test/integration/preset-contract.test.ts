import { describe } from 'vitest';
import { presetContract } from './support/preset-contract.ts';

describe.each(['claude', 'codex', 'pi'] as const)('the preset %s keeps its contract', (cli) => {
  presetContract(cli);
});
