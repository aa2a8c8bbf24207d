/** `cfn split` with a real repository, a real runner and a program of one's own as the agent. */
import { spawn } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parseEpic } from '../../src/protocol/epic-file.ts';
import { LoopBench, removePrograms } from './loop/fixture.ts';

const cli = fileURLToPath(new URL('../../dist/cli.js', import.meta.url));

let bench: LoopBench;
beforeEach(async () => {
  bench = await new LoopBench().create();
});
afterEach(() => bench.finish());
afterAll(removePrograms);

/** The body of an agent in JavaScript: `result(object)` writes its result, with the nonce. */
function agent(body: string): string {
  const file = join(bench.folder, 'planner.mjs');
  const head = `import { existsSync, readFileSync, writeFileSync } from 'node:fs';
const { CFN_RESULT_FILE, CFN_NONCE, CFN_PROMPT_FILE, CFN_REPAIR, CFN_REPAIR_ERROR } = process.env;
const result = (value) => writeFileSync(CFN_RESULT_FILE, JSON.stringify({ nonce: CFN_NONCE, ...value }));
`;
  writeFileSync(file, head + body);
  return `exec:'${process.execPath}' '${file}'`;
}

interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

function start(args: readonly string[]) {
  const child = spawn(process.execPath, [cli, 'split', '--repo', bench.repository, ...args], {
    env: { ...process.env, ...bench.env },
    stdio: ['ignore', 'pipe', 'pipe'],
    cwd: bench.folder,
  });
  let [out, said] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said += text));
  const ended = new Promise<Ended>((resolve) =>
    child.once('close', (code) => resolve({ code, out, err: said })),
  );
  return { child, ended };
}

const split = (...args: readonly string[]): Promise<Ended> => start(args).ended;

/** Of worktrees, checkouts, refs and files of the state folder. */
async function leftovers(): Promise<readonly string[]> {
  const state = await readdir(join(bench.folder, 'state'), { recursive: true }).catch(() => []);
  return [
    ...state.filter((name) => /split-(?!plans)|checkouts.split-plans./.test(name)),
    ...bench.git('for-each-ref', '--format=%(refname)', 'refs/cfn').split('\n').filter(Boolean),
    ...bench.git('status', '--porcelain').split('\n').filter(Boolean),
    ...bench.git('worktree', 'list').split('\n').slice(1).filter(Boolean),
  ];
}

describe('cfn split', () => {
  it('shows what an agent proposes as an epic that can be run, with marks, and leaves nothing behind', async () => {
    const first = bench.git('ls-files').split('\n')[0] ?? '';
    const spec = agent(`
      writeFileSync('written-here.txt', 'by the planner');
      result({ parts: [
        { task: 'The first: half', files: [${JSON.stringify(first)}] },
        { task: 'The "second" half', files: [${JSON.stringify(first)}, '../beside', 'docs/new.md'] },
      ] });`);
    const { code, out, err } = await split('Make it better', '--agent', spec);
    expect([code, err]).toEqual([0, expect.stringContaining('takes the task apart')]);
    expect(parseEpic(out)).toMatchObject({
      ok: true,
      value: {
        description: 'Make it better',
        settings: {
          strategy: 'split',
          parts: [{ task: 'The first: half', files: [first] }, { task: 'The "second" half' }],
        },
      },
    });
    expect(out).toContain(`  # Look: part 1 has "${first}" too.\n`);
    expect(out).toContain('  # Look: "../beside" lies outside of the repository.\n');
    expect(out).toContain('  # Look: "docs/new.md" names no file that exists.\n');
    expect(err).toContain('! Part 2: part 1 has');
    expect(await leftovers()).toEqual([]);
  });

  it('writes an epic beside the one that it is for, whose other settings stay, and never over a file', async () => {
    const epic = join(bench.folder, 'task.cfn.md');
    writeFileSync(
      epic,
      '---\nmode: mvp\nagents: [a=demo, b=demo]\n---\nDo it.\n\n## Requirements\n- be quick\n',
    );
    const spec = agent(`
      const prompt = readFileSync(CFN_PROMPT_FILE, 'utf8');
      const asked = prompt.includes('- be quick') && prompt.includes('exactly 2 parts');
      result({ parts: [{ task: asked ? 'One' : 'not asked', files: [] }, { task: 'Two', files: [] }] });`);
    const args = ['task.cfn.md', '--agents', '2', '--agent', spec, '--write', 'plan.cfn.md'];
    const { code, out } = await split(...args);
    expect([code, out]).toEqual([0, 'Read it, then: cfn run plan.cfn.md\n']);
    const written = readFileSync(join(bench.folder, 'plan.cfn.md'), 'utf8');
    expect(parseEpic(written)).toMatchObject({
      ok: true,
      value: {
        settings: { mode: 'mvp', agents: ['a=demo', 'b=demo'], parts: [{ task: 'One' }, { task: 'Two' }] },
        requirements: ['be quick'],
      },
    });
    expect(await split(...args)).toMatchObject({
      code: 2,
      err: expect.stringContaining('--write') as string,
    });
  });

  it('lets an agent repair what cannot be read, once', async () => {
    const spec = agent(`
      if (CFN_REPAIR) result({ parts: [{ task: CFN_REPAIR_ERROR, files: [] }, { task: 'Two', files: [] }] });
      else result({ parts: [{ task: 'One', files: [] }] });`);
    const { code, out } = await split('--task', 'T', '--agents', '2', '--json', '--agent', spec);
    const told = JSON.parse(out) as { parts: { task: string }[]; costUsd: number | null };
    expect([code, told.parts[0]?.task]).toEqual([0, 'In the result file, parts has 1 entries; it takes 2.']);
    expect(told.costUsd).toBe(null);
  });

  it.each([
    ["result({ parts: 'all' });", 'gave no plan that can be read: In the result file, parts is "all"'],
    ["console.log('nothing');", 'gave no plan that can be read: No result was given'],
    ['process.exit(3);', 'The agent ended as "failed"'],
  ])('refuses %s in one sentence', async (body, sentence) => {
    const { code, out, err } = await split('T', '--agent', agent(body));
    expect([code, out]).toEqual([2, '']);
    expect(err).toContain(sentence);
    expect(await leftovers()).toEqual([]);
  });

  it('is cancelled by Ctrl+C, with the agent, and leaves nothing behind', async () => {
    const marker = join(bench.folder, 'pid');
    const spec = agent(`
      writeFileSync(${JSON.stringify(marker)}, String(process.pid));
      setInterval(() => {}, 1000);`);
    const { child, ended } = start(['T', '--agent', spec]);
    await expect
      .poll(() => existsSync(marker) && readFileSync(marker, 'utf8'), { timeout: 60_000 })
      .toMatch(/\d/);
    child.kill('SIGINT');
    expect((await ended).code).toBe(130);
    expect(() => process.kill(Number(readFileSync(marker, 'utf8')), 0)).toThrow('ESRCH');
    expect(await leftovers()).toEqual([]);
  });

  it.each([
    [[], 'The task is missing'],
    [['T', '--agents', '0'], '--agents is "0"'],
    [['no-such.cfn.md'], 'can not be read'],
    [['T', '--agent', '@profile'], '--agent is "@profile"'],
  ])('refuses %j', async (args, sentence) => {
    expect(await split(...args)).toMatchObject({ code: 2, err: expect.stringContaining(sentence) as string });
  });
});
