import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import { all, GOOD, last, LoopBench, removePrograms, SUM_FIXED, SUM_REPOSITORY } from './fixture.ts';

let bench: LoopBench;
afterEach(() => {
  bench.finish();
});
afterAll(removePrograms);

const TWO = {
  ...SUM_REPOSITORY,
  'src/product.js': 'export const product = (a, b) => a + b;\n',
  'test/product.test.js': [
    "import test from 'node:test';",
    "import assert from 'node:assert/strict';",
    "import { product } from '../src/product.js';",
    "test('multiplies', () => assert.equal(product(3, 4), 12));",
    '',
  ].join('\n'),
};
const PRODUCT_FIXED = 'export const product = (a, b) => a * b;\n';

function epic(text: string): string {
  const file = join(bench.folder, 'two.cfn.md');
  writeFileSync(file, text);
  return file;
}

const SPLIT = `---
strategy: split
parts:
  - { task: Repair sum, files: [src/sum.js] }
  - { task: Repair product, files: [src/product.js] }
---
Repair the arithmetic.

## Requirements
- sum adds
- product multiplies
`;

describe('parallel implementers', () => {
  beforeEach(async () => {
    bench = await new LoopBench().create(TWO);
  });

  it('split: two parts, each from its own worktree, are merged', async () => {
    const crew = {
      ...GOOD,
      adder: [{ write: { 'src/sum.js': SUM_FIXED }, result: { confidence: 0.9 } }],
      multiplier: [{ write: { 'src/product.js': PRODUCT_FIXED }, result: { confidence: 0.8 } }],
    };
    const run = await bench.cfn(
      'run',
      epic(SPLIT),
      '--json',
      '--task-id',
      'sum',
      '--implementer',
      `adder=${bench.crew(crew)}`,
      '--implementer',
      `multiplier=${bench.crew(crew)}`,
      '--validator',
      `v1=${bench.crew(crew)}`,
      '--product-owner',
      `owner=${bench.crew(crew)}`,
    );
    expect(run.code).toBe(0);
    expect(last(run, 'Integrated')).toMatchObject({ agents: ['adder', 'multiplier'], conflicts: [] });
    expect(last(run, 'GateChecked')).toMatchObject({ actualConfidence: 0.85 });
    expect(bench.git('show', 'cfn/sum/result:src/product.js')).toContain('a * b');
    expect(bench.git('show', 'cfn/sum/result:src/sum.js')).toContain('a + b');
    expect(
      new Set(
        all(run, 'AgentStarted')
          .slice(0, 2)
          .map((start) => start['worktree']),
      ).size,
    ).toBe(2);
  });

  it('a conflict becomes feedback that names both agents and the file, and is resolved in the next iteration', async () => {
    const both = (text: string) => ({
      write: { 'src/sum.js': text, 'src/product.js': PRODUCT_FIXED },
      result: { confidence: 0.9 },
    });
    const crew = {
      ...GOOD,
      left: [both(SUM_FIXED)],
      right: [
        both('export const sum = (a, b) => b + a;\n'),
        { write: { 'src/extra.js': '1;\n' }, result: { confidence: 0.9 } },
      ],
    };
    const run = await bench.cfn(
      'run',
      epic(SPLIT),
      '--json',
      '--task-id',
      'sum',
      '--implementer',
      `left=${bench.crew(crew)}`,
      '--implementer',
      `right=${bench.crew(crew)}`,
      '--validator',
      `v1=${bench.crew(crew)}`,
      '--product-owner',
      `owner=${bench.crew(crew)}`,
    );
    expect(all(run, 'Integrated')[0]).toMatchObject({
      agents: ['left'],
      conflicts: [{ agentId: 'right', with: ['left'], files: ['src/sum.js'] }],
    });
    expect(all(run, 'GateChecked')[0]).toMatchObject({
      passed: false,
      reasons: expect.arrayContaining(['right and left conflict in src/sum.js.']),
    });
    expect(last(run, 'LoopFinished')).toMatchObject({ outcome: 'PROCEED', iterations: 2 });
  });
});

describe('a race', () => {
  beforeEach(async () => {
    bench = await new LoopBench().create();
  });

  it('goes on with the winner by evidence, though another is surer; the others stay as refs', async () => {
    const crew = {
      ...GOOD,
      sure: [{ write: { 'src/sum.js': 'export const sum = () => 3;\n' }, result: { confidence: 0.99 } }],
      right: [{ write: { 'src/sum.js': SUM_FIXED }, result: { confidence: 0.8 } }],
    };
    const run = await bench.run(crew, '--implementer', 'sure=CREW', '--implementer', 'right=CREW');
    expect(run.code).toBe(0);
    expect(last(run, 'Integrated')).toMatchObject({ agents: ['right'] });
    expect(last(run, 'GateChecked')).toMatchObject({ actualConfidence: 0.8, evidence: 'passed' });
    expect(bench.git('for-each-ref', '--format=%(refname)', 'refs/cfn/sum/1/sure')).toBe(
      'refs/cfn/sum/1/sure/1',
    );
  });
});
