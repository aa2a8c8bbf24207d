import { createHash } from 'node:crypto';
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, lstatSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, expect, it } from 'vitest';
import { GOOD, LoopBench, programs, removePrograms } from './fixture.ts';

const LIMIT_MS = 300_000;

let bench: LoopBench;
beforeEach(async () => {
  bench = await new LoopBench().create();
});
afterEach(() => {
  bench.finish();
});
afterAll(removePrograms);

/** Every file below a folder with a hash of what is in it; logs may grow. */
function contents(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((path) => !/(^|\/)logs\//.test(path))
    .map((path) => {
      const file = join(folder, path);
      const stat = lstatSync(file);
      if (!stat.isFile()) return path;
      return `${path} ${createHash('sha256').update(readFileSync(file)).digest('hex')}`;
    })
    .sort();
}

interface Shown {
  readonly type: string;
  readonly agents: readonly {
    readonly agentId: string;
    readonly prompt: string;
    readonly command: string[];
  }[];
  readonly cost: { readonly agents: readonly unknown[]; readonly iterationUsd: number | null };
}

it(
  'a dry run shows the prompts that a run would send and makes nothing',
  async () => {
    const args = ['--evidence', 'git --version', '--validator', 'v1=demo', '--max-agent-runs', '12'];
    const first = await bench.run(GOOD, ...args);
    expect(first.code).toBe(0);
    const before = [contents(bench.folder), bench.git('for-each-ref'), bench.git('count-objects', '-v')];

    const dry = bench.runArguments(GOOD, [...args, '--task-id', 'next', '--dry-run']);
    const shown = await bench.cfn(...dry);
    expect(shown.code).toBe(0);
    const [run] = shown.events as unknown as readonly Shown[];
    expect(run?.type).toBe('DryRun');
    expect(run?.agents.map(({ agentId }) => agentId)).toEqual(['worker', 'v1', 'owner']);
    expect(run?.agents.every(({ command }) => command.length > 0)).toBe(true);
    // exec agents tell no price, the scripted one tells $0.
    expect(run?.cost).toMatchObject({
      agents: [{ medianUsd: null }, { medianUsd: 0, runs: 1, loops: 1 }, { medianUsd: null }],
      iterationUsd: null,
      maxAgentRuns: 12,
    });

    const text = execFileSync(
      process.execPath,
      [join(await programs(), 'cli.js'), ...dry.filter((word) => word !== '--json')],
      { cwd: bench.repository, env: bench.env, encoding: 'utf8' },
    );
    expect(text).toContain('Nothing was made and no agent was started.');
    expect(text).toContain(
      '- worker: unknown price; no run of exec as implementer in this repository told one',
    );
    expect(text).toContain(
      '- v1: $0.00, the median of 1 runs of demo as validator in 1 loops of this repository',
    );
    expect(text).toContain('- every agent once: unknown price');
    expect([contents(bench.folder), bench.git('for-each-ref'), bench.git('count-objects', '-v')]).toEqual(
      before,
    );

    // The implementer is sent exactly this, but for the random word.
    const real = await bench.run(GOOD, ...args, '--task-id', 'next');
    expect(real.code).toBe(0);
    const home = join(bench.folder, 'state', 'cfn');
    const id = readdirSync(home).find((name) => /^[0-9a-f]{32}$/.test(name)) ?? '';
    const attempt = join(home, id, 'loops', 'next', 'attempts', '1', 'worker', '1');
    const sent = readFileSync(join(attempt, 'prompt.md'), 'utf8');
    const spec = JSON.parse(readFileSync(join(attempt, 'spec.json'), 'utf8')) as { readonly nonce: string };
    expect(sent.replaceAll(spec.nonce, 'NONCE')).toBe(run?.agents[0]?.prompt);
  },
  LIMIT_MS,
);
