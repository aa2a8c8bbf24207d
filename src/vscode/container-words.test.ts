import { expect, it } from 'vitest';
import type { ContainerLook } from '../app/projections/agent-signals.ts';
import { containerFigures, containerLines, containerTrouble, memoryAmount } from './container-words.ts';

const MB = 1024 ** 2;
const look: ContainerLook = {
  name: 'cfn-agent-a-b',
  state: 'running',
  cores: 0.84,
  coreLimit: 2,
  memoryBytes: 212 * MB,
  memoryLimitBytes: 1024 * MB,
};
const unmeasured = { ...look, cores: null, memoryBytes: null };

it('says what a container uses of what it may', () => {
  expect(containerFigures(look)).toEqual(['212 MB of 1 GB', 'CPU 42 %']);
  expect(containerLines(look)).toEqual([
    'container cfn-agent-a-b: running',
    'memory: 212 MB of 1 GB',
    'CPU 42 % of 2 cores',
  ]);
  expect(containerTrouble(look)).toBeNull();
});

it('says nothing of what was not measured, and in words what is not as it should be', () => {
  expect(containerFigures(unmeasured)).toEqual([null, null]);
  expect(containerLines({ ...unmeasured, state: 'gone' })).toEqual(['container cfn-agent-a-b: gone']);
  expect(containerTrouble({ ...unmeasured, state: 'no-answer' })).toBe('container: engine does not answer');
  expect(containerLines(undefined)).toEqual([]);
});

it('writes amounts as the limits are written', () => {
  const amounts = [0, 511.6 * MB, 1024 * MB, 1536 * MB, 4096 * MB];
  expect(amounts.map(memoryAmount)).toEqual(['0 MB', '512 MB', '1 GB', '1.5 GB', '4 GB']);
});
