import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, expect, it } from 'vitest';
import { GOOD, LoopBench, removePrograms } from './fixture.ts';

const QUICK = ['--evidence', 'git --version', '--validator', 'v1=CREW'];

let bench: LoopBench;
beforeEach(async () => {
  bench = await new LoopBench().create();
});
afterEach(() => {
  bench.finish();
});
afterAll(removePrograms);

function attempt(taskId: string, agentId: string): string {
  const home = join(bench.folder, 'state', 'cfn');
  const id = readdirSync(home).find((name) => /^[0-9a-f]{32}$/.test(name)) ?? '';
  return join(home, id, 'loops', taskId, 'attempts', '1', agentId, '1');
}

it('asks all agents for the one way that was chosen, also in a continued loop, and gives them no server', async () => {
  const variables = { ...GOOD, implementer: [{ ...GOOD.implementer[0], run: ['env > ../env.txt'] }] };
  expect((await bench.run(variables, ...QUICK, '--report-by', 'command', '--no-agent-mcp')).code).toBe(0);
  for (const agentId of ['worker', 'v1', 'owner']) {
    const prompt = readFileSync(join(attempt('sum', agentId), 'prompt.md'), 'utf8');
    expect(prompt).toContain('in this way: write the object to ');
    expect(prompt).toContain(' and run `cfn report "');
  }
  const found = readdirSync(bench.folder, { recursive: true, encoding: 'utf8' });
  const env = found.find((path) => path.endsWith('env.txt')) ?? '';
  expect(readFileSync(join(bench.folder, env), 'utf8')).toContain('CFN_RESULT_FILE=');
  expect(readFileSync(join(bench.folder, env), 'utf8')).not.toContain('CFN_MCP_');

  expect((await bench.cfn('continue', 'sum', '--task', 'Again', '--task-id', 'again')).code).not.toBe(2);
  expect(readFileSync(join(attempt('again', 'worker'), 'prompt.md'), 'utf8')).toContain('run `cfn report "');
}, 120_000);

it('refuses in one sentence what a preset cannot, before anything is made', async () => {
  const epic = join(bench.repository, 'sum.cfn.md');
  writeFileSync(
    epic,
    '---\nreportBy: mcp\nagents: [demo]\nvalidators: [demo]\nproductOwner: human\n---\nMake sum add\n',
  );
  const refused = await bench.cfn('run', 'sum.cfn.md', '--evidence', 'git --version');
  expect(refused.code).toBe(2);
  expect(refused.stderr).toBe('The agent implementer-1 (demo) cannot report by mcp; it can by file.\n');
  const both = await bench.cfn('run', 'sum.cfn.md', '--no-agent-mcp');
  expect(both.stderr).toBe(
    'sum.cfn.md: reportBy is mcp, of which --no-agent-mcp leaves agents none; leave out one of them.\n',
  );
  expect(bench.git('for-each-ref', 'refs/cfn', 'refs/heads/cfn')).toBe('');
}, 120_000);
