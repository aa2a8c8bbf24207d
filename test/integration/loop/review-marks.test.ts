import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { afterAll, afterEach, beforeEach, expect, it } from 'vitest';
import { execFileSync } from 'node:child_process';
import { LoopBench, programs, removePrograms, SUM_FIXED } from './fixture.ts';

const LIMIT_MS = 180_000;

/** Claude Code's own stream; the validator `looks` opens the changed file, `stamps` does nothing at all. */
const CLAUDE = `#!${process.execPath}
  import { writeFileSync } from 'node:fs';
  const { AGENT_ID: id, CFN_ROLE: role, CFN_NONCE: nonce, CFN_RESULT_FILE: file } = process.env;
  if (process.argv.includes('--version')) {
    console.log('2.0.0 (Claude Code)');
    process.exit(0);
  }
  process.stdin.resume();
  const print = (event) => process.stdout.write(JSON.stringify({ session_id: 's', ...event }) + '\\n');
  const results = {
    implementer: { nonce, confidence: 0.9, summary: 'adds', files: ['src/sum.js'], issues: [] },
    validator: { nonce, score: 0.95, findings: [], confirmed: [] },
    'product-owner': { nonce, decision: 'PROCEED', reason: 'right', feedback: [], deferred: [] },
  };
  print({ type: 'system', subtype: 'init', model: 'm' });
  if (role === 'implementer') writeFileSync('src/sum.js', ${JSON.stringify(SUM_FIXED)});
  if (id === 'looks') {
    const content = [{ type: 'tool_use', id: 't', name: 'Read', input: { file_path: process.cwd() + '/src/sum.js' } }];
    print({ type: 'assistant', message: { id: '1', content } });
  }
  writeFileSync(file, JSON.stringify(results[role]));
  print({ type: 'result', subtype: 'success', is_error: false, result: 'done', usage: { input_tokens: 1, output_tokens: 1 } });
  process.stdin.on('end', () => process.exit(0));
`;

let bench: LoopBench;
beforeEach(async () => {
  bench = await new LoopBench().create();
});
afterEach(() => {
  bench.finish();
});
afterAll(removePrograms);

it.skipIf(process.platform === 'win32')(
  'an approval that nothing shows to have looked is marked, and counts as before',
  async () => {
    const bin = join(bench.folder, 'fake-bin');
    const home = join(bench.folder, 'fake-home');
    for (const folder of [bin, home]) await mkdir(folder);
    await writeFile(join(bin, 'package.json'), '{ "type": "module" }');
    await writeFile(join(bin, 'claude'), CLAUDE);
    await chmod(join(bin, 'claude'), 0o755);
    const env = {
      ...bench.env,
      PATH: [bin, process.env['PATH']].join(delimiter),
      SHELL: '/bin/sh',
      SHLVL: '1',
      HOME: home,
    };
    const cli = join(await programs(), 'cli.js');
    const cfn = (...args: readonly string[]): string =>
      execFileSync(process.execPath, [cli, ...args], { cwd: bench.repository, env, encoding: 'utf8' });

    const crew = ['--implementer', 'claude', '--product-owner', 'claude', '--validator', 'looks=claude'];
    const rest = ['--validator', 'stamps=claude', '--adversarial-rate', '0', '--evidence', 'node --test'];
    cfn('run', '--json', '--task-id', 'sum', '--task', 'Mend sum', ...crew, ...rest);

    const view = JSON.parse(cfn('status', 'sum', '--json')) as {
      readonly outcome: string;
      readonly consensus: {
        readonly score: number;
        readonly marked: readonly { agentId: string; marks: string[] }[];
      };
    };
    expect(view.outcome).toBe('PROCEED');
    expect(view.consensus.score).toBe(0.95);
    expect(view.consensus.marked).toEqual([
      { agentId: 'looks', marks: ['too-short'] },
      { agentId: 'stamps', marks: ['nothing-opened', 'too-short'] },
    ]);
    expect(cfn('status', 'sum')).toContain(
      'stamps approved: opened no changed file and ran nothing, took less than 5 s',
    );
  },
  LIMIT_MS,
);
