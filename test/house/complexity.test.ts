import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ROOT } from './sources.ts';

/** The seeds' helpers, our modules for them, and how complex a function of theirs may be. */
const ROLES = [
  {
    id: 'FL-001',
    role: 'coordinator',
    ceiling: 8,
    files: ['src/app/plan-start.ts', 'src/app/start-loop.ts'],
  },
  {
    id: 'FL-002',
    role: 'orchestrate',
    ceiling: 20,
    files: ['src/domain/loop/decide.ts', 'src/domain/loop/next.ts'],
  },
  {
    id: 'FL-003',
    role: 'argument-parser',
    ceiling: 8,
    files: ['src/cli/arguments.ts', 'src/cli/start-input.ts', 'src/protocol/agent-spec.ts'],
  },
  {
    id: 'FL-004',
    role: 'context-builder',
    ceiling: 5,
    files: ['src/domain/agents/context.ts', 'src/app/prompts.ts'],
  },
  {
    id: 'FL-005',
    role: 'agent-spawner',
    ceiling: 6,
    files: ['src/app/effects/launch.ts', 'src/adapters/process/process-runtime.ts'],
  },
  {
    id: 'FL-006',
    role: 'validation-checker',
    ceiling: 10,
    files: ['src/domain/gate.ts', 'src/domain/consensus.ts'],
  },
  { id: 'FL-007', role: 'iteration-manager', ceiling: 7, files: ['src/domain/loop/iterate.ts'] },
  {
    id: 'FL-008',
    role: 'parallel-wait',
    ceiling: 6,
    files: ['src/app/effects/finished-record.ts', 'src/adapters/process/attempt-watch.ts'],
  },
] as const;

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'cfn-complexity-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** What the linter says of functions that are more complex than `max`. */
async function beyond(files: readonly string[], max: number): Promise<readonly string[]> {
  const configuration = join(folder, 'oxlint.json');
  const rules = { complexity: ['error', { max, variant: 'modified' }] };
  writeFileSync(configuration, JSON.stringify({ plugins: [], categories: {}, rules }));
  const linter = join(
    dirname(createRequire(import.meta.url).resolve('oxlint/package.json')),
    'bin',
    'oxlint',
  );
  const output = await new Promise<string>((resolve, reject) => {
    const args = [linter, '-c', configuration, '-f', 'json', ...files.map((file) => join(ROOT, file))];
    execFile(process.execPath, args, { cwd: ROOT }, (error, stdout) => {
      if (error && stdout === '') reject(error);
      else resolve(stdout);
    });
  });
  const report = JSON.parse(output) as {
    readonly diagnostics: readonly { readonly message: string; readonly filename: string }[];
    readonly number_of_files: number;
  };
  expect(report.number_of_files).toBe(files.length);
  return report.diagnostics.map(({ message, filename }) => `${filename}: ${message}`);
}

describe("the modules that play the seeds' helpers", () => {
  it.each(ROLES)('[$id] [FL-011] $role stays within complexity $ceiling', async ({ files, ceiling }) => {
    expect(await beyond(files, ceiling)).toEqual([]);
  });

  it('are really measured: a lower ceiling finds functions in every one', async () => {
    for (const { files } of ROLES) expect((await beyond(files, 1)).length).toBeGreaterThan(0);
  });

  it('[FL-009] [FL-010] share the work: no function of any of them comes near the 45 of the single script', async () => {
    const files = ROLES.flatMap((each) => each.files);
    expect(await beyond(files, 20)).toEqual([]);
  });
});
